/** One turn of a conversation. */
export type Turn = { role: string; text: string }

/**
 * A conversation as one text, the rule for all formats: a single user turn is its text alone; anything else is every
 * turn as `role: text`, parted by blank lines, in order.
 */
export function flattenTurns(turns: readonly Turn[]): string {
  const [only] = turns
  if (turns.length === 1 && only && only.role === 'user') return only.text
  return turns.map(({ role, text }) => `${role}: ${text}`).join('\n\n')
}

/** A response as one text: a single assistant turn is its text alone, more turns are flattened like a prompt. */
export function flattenResponse(turns: readonly Turn[]): string {
  const [only] = turns
  return turns.length === 1 && only && only.role === 'assistant' ? only.text : flattenTurns(turns)
}
