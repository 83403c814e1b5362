import { promptText } from '../../core/messages.ts'
import { sameTurns, type Turn } from '../conversation.ts'
import type { Fields } from '../fields.ts'

/**
 * Takes the opening turns that both lists share off them: the prompt of two whole conversations. At least one turn stays on each side:
 * it is the response, even where both say the same.
 */
export function sharedOpening(chosen: Turn[], rejected: Turn[]): Turn[] {
  let shared = 0
  const limit = Math.min(chosen.length, rejected.length) - 1
  while (shared < limit && sameTurns(chosen.slice(shared, shared + 1), rejected.slice(shared, shared + 1))) shared++
  rejected.splice(0, shared)
  return chosen.splice(0, shared)
}

/** Whether both sides are whole conversations, question included, and not responses alone. */
export const areWhole = (chosen: readonly Turn[], rejected: readonly Turn[]): boolean =>
  [chosen, rejected].every((turns) => turns.length > 1 && turns[0]?.role !== 'assistant')

/**
 * As `sharedOpening`, for conversations that must ask the same: faults are noted where they open with different questions, or go on
 * with different ones.
 */
export function requiredOpening(fields: Fields, at: { chosen: string; rejected: string }, chosen: Turn[], rejected: Turn[]): Turn[] {
  const opening = sharedOpening(chosen, rejected)
  if (fields.faults.length > 0) return opening
  if (opening.length === 0)
    fields.addFault(
      at.rejected,
      'wrong-type',
      `“${at.chosen}” and “${at.rejected}” begin with different prompts, so their responses cannot be compared.`,
    )
  else if ([chosen, rejected].some((turns) => turns[0]?.role !== 'assistant')) {
    fields.addFault(
      at.rejected,
      'wrong-type',
      `“${at.chosen}” and “${at.rejected}” continue with different prompts after their shared beginning, so their responses cannot be compared.`,
    )
  }
  return opening
}

/** Whether a text is the whole of an opening, or a question in it. */
export function isAskedIn(opening: readonly Turn[], text: string): boolean {
  const texts = opening.map(({ role, content }) => ({ role, content: content.filter((part) => part.type === 'text') }))
  return [texts, ...texts.filter(({ role }) => role === 'user').map((turn) => [turn])].some(
    (turns) => promptText(turns).trim() === text.trim(),
  )
}
