import { isFirstRefusal, readOnly } from '../state/read-only.ts'
import { toastError } from '../ui/overlays/Toast.tsx'

/** Does what a command is for. One that changes a project that is open read-only does nothing, and says why once. */
export function perform(command: { changes?: boolean; perform: () => void | Promise<void> }): void {
  const why = command.changes ? readOnly() : null
  if (!why) void command.perform()
  else if (isFirstRefusal()) toastError(null, why)
}
