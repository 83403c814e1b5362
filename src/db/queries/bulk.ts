export { begin, list, select, undoable } from '../bulk/actions.ts'
export { apply } from '../bulk/apply.ts'
export { takeBack } from '../bulk/take-back.ts'
