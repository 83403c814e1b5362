/** How much of what both texts begin with is still shown before the first difference. */
const LEAD = 16
/** A common beginning up to this long is shown whole. */
const SHORT = 28
/** Only so many characters are looked at: a list must not read long texts to their end. */
const LOOKED_AT = 2000

/** One line of `text` that shows where it first differs from `other`; a long beginning that both share is left out. */
export function snippet(text: string, other: string): string {
  const line = text.slice(0, LOOKED_AT).replace(/\s+/g, ' ').trim()
  const against = other.slice(0, LOOKED_AT).replace(/\s+/g, ' ').trim()
  let same = 0
  while (same < line.length && line[same] === against[same]) same++
  if (same <= SHORT || same === line.length) return line
  const space = line.indexOf(' ', same - LEAD)
  const from = space >= 0 && space < same ? space + 1 : same - LEAD
  return `… ${line.slice(from)}`
}
