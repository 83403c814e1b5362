import { isFirstRefusal, readOnly } from '../state/read-only.ts'
import { toastError } from '../ui/Toast.tsx'
import type { Command } from './registry.ts'

/** Does what a command is for. One that changes a project that is open read-only does nothing, and says why once. */
export function perform(command: Command): void {
  const why = command.changes ? readOnly() : null
  if (!why) void command.perform()
  else if (isFirstRefusal()) toastError(null, why)
}
