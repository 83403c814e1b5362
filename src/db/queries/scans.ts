export { latest, latestOfEach, modelOf } from '../scans/latest.ts'
export { idsOf, marginsOf, reportFacts, revision, scoredRows, storedReport, storeReport } from '../scans/report.ts'
export { create, dropScores, finish, storeCurve, storeFeatures, storeScores, usedFolders } from '../scans/store.ts'
export { refreshAudit } from '../scans/audit.ts'
