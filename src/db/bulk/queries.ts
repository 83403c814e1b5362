export { begin, list, select, undoable } from './bulk-actions.ts'
export { apply } from './apply.ts'
export { takeBack } from './take-back.ts'
