export { foldOfPair, heldOutBy, latest, latestOfEach, modelOf } from '../scans/latest.ts'
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
} from '../scans/report.ts'
export { createProbe, finishProbe, latestProbe, storeProbeScores } from '../scans/probe.ts'
export {
  create,
  dropScores,
  finish,
  storeCurve,
  storeFeatures,
  storeScores,
  storeStability,
  unusedFolders,
  usedFolders,
} from '../scans/store.ts'
export { auditStep, beginAudit, refreshAudit } from '../scans/audit.ts'
