export { insertBatch } from '../pairs/insert.ts'
export { assignGroups } from '../pairs/groups.ts'
