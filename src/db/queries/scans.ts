export { latest, latestOfEach, modelOf } from '../scans/latest.ts'
export { reportInputs, revision, storedReport, storeReport } from '../scans/report.ts'
export { create, dropScores, finish, storeFeatures, storeScores, usedFolders } from '../scans/store.ts'
export { refreshAudit } from '../scans/audit.ts'
