export { begin, list, select, undoable } from '../bulk/bulk-actions.ts'
export { apply } from '../bulk/apply.ts'
export { takeBack } from '../bulk/take-back.ts'
