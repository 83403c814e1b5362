export { foldOfPair, heldOutBy, latest, latestOfEach, modelOf } from './latest.ts'
export {
  examplePairs,
  idsOf,
  largestMargins,
  marginsOf,
  reported,
  reportFacts,
  revision,
  scoredRows,
  storedReport,
  storeReport,
} from './report.ts'
export { createProbe, finishProbe, latestProbe, storeProbeScores } from './probe.ts'
export { create, dropScores, finish, storeCurve, storeFeatures, storeScores, storeStability, unusedFolders, usedFolders } from './store.ts'
export { auditStep, beginAudit, refreshAudit } from './audit.ts'
