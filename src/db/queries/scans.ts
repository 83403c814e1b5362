export { latest } from '../scans/latest.ts'
export { modelOf, reportInputs, revision, storedReport, storeReport } from '../scans/report.ts'
export { create, finish, storeFeatures, storeScores, usedFolders } from '../scans/store.ts'
export { refreshAudit } from '../scans/audit.ts'
