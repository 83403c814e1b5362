/** Part of what names kept readings: with another rule the same text is other tokens. */
export const MARKS_RULE = 'added tokens broken up'

type Config = Record<string, unknown>

/**
 * What text must not say in one piece: the tokens that were added to a vocabulary (`tokenizer.json` and `tokenizer_config.json`), but for
 * blanks and single characters. Longest first, so that no mark hides in another. The trainer has the same rule (its data/chat.py).
 */
export function controlMarks(tokenizer: Config, config: Config): string[] {
  const named = Object.entries(config).flatMap(([key, value]) => (key.endsWith('_token') ? [value] : []))
  const lists = ['additional_special_tokens', 'extra_special_tokens', 'added_tokens_decoder', 'model_specific_special_tokens'].flatMap(
    (key) => entries(config[key]),
  )
  const added = [...entries(tokenizer['added_tokens']), ...named, ...lists].flatMap(textOf)
  const marks = [...new Set(added)].filter((mark) => lengthOf(mark.trim()) > 1)
  return marks.sort((a, b) => lengthOf(b) - lengthOf(a) || (a < b ? -1 : 1))
}

/** The text with a blank behind the first character of every mark in it. */
export function brokenUp(text: string, marks: readonly string[]): string {
  let found = text
  for (const mark of marks) {
    if (!found.includes(mark)) continue
    const [first = ''] = mark.trimStart()
    const at = mark.length - mark.trimStart().length + first.length
    found = found.replaceAll(mark, () => `${mark.slice(0, at)} ${mark.slice(at)}`)
  }
  return found
}

const lengthOf = (text: string): number => [...text].length

const entries = (value: unknown): unknown[] => (typeof value === 'object' && value !== null ? Object.values(value) : [])

/** A token as configurations write it: its text, or an object that has it. */
function textOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string' ? [value.content] : []
}
