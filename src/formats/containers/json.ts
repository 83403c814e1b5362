import { isExact } from './exact-number.ts'
import type { Value } from '../value.ts'

/** Nesting that no data set has; far more of it would exhaust the stack of whatever copies or writes the value. */
export const MAX_DEPTH = 100

/** Whether the value nests more than `levels` deep. */
export function deeper(value: Value, levels = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return levels === 0 || Object.values(value).some((inner) => deeper(inner as Value, levels - 1))
}

/** Digits that a double may not hold, or an exponent beyond its range. Within texts it only costs time. */
const LONG_NUMBER = /[\d.]{16}|\d[eE][+-]?\d{3}/

/**
 * JSON as a value, its numbers exact: one that would not be written with the same digits again, such as most integers beyond 2^53 or
 * 1e400, becomes the text of its digits. Values that nest deeper than `MAX_DEPTH` come as they are, for callers to refuse.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): Value {
  const value = JSON.parse(text) as Value
  if (!LONG_NUMBER.test(text) || deeper(value)) return value
  const exact: Reviver = (_, inner, context) =>
    typeof inner === 'number' && context.source !== undefined && !isExact(context.source, inner) ? context.source : inner
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as Value
}

/** With the text of a primitive value; TypeScript's library does not know of it yet. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

/**
 * JSON as Python's `json` writes it, with `NaN`, `Infinity` and `-Infinity` beside its numbers: these are read as null, and
 * `lost` names the fields of the top level that had one.
 *
 * @throws SyntaxError, as of the JSON without these words
 */
export function parseLoose(text: string): { value: Value; lost: string[] } {
  try {
    return { value: parseJson(text), lost: [] }
  } catch (error) {
    const mark = freeMark(text)
    const marked = markNumbers(text, JSON.stringify(mark))
    if (marked === null) throw error
    let value: Value
    try {
      value = parseJson(marked)
    } catch {
      throw error
    }
    const lost = new Set<string>()
    return { value: deeper(value) ? value : unmarked(value, mark, (field) => lost.add(field), null), lost: [...lost] }
  }
}

/** A text that does not occur in `text`. */
function freeMark(text: string): string {
  let mark = 'no number'
  while (text.includes(mark)) mark += '!'
  return mark
}

/** The text with `mark` in the place of each such word outside of quotes; null where there is none. */
function markNumbers(text: string, mark: string): string | null {
  const pieces: string[] = []
  let found = false
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('"', at)
    const outside = text.slice(at, open < 0 ? text.length : open)
    const replaced = outside.replace(/-?\b(?:NaN|Infinity)\b/g, mark)
    if (replaced !== outside) found = true
    pieces.push(replaced)
    if (open < 0) break
    let close = open + 1
    while (close < text.length && text[close] !== '"') close += text[close] === '\\' ? 2 : 1
    pieces.push(text.slice(open, close + 1))
    at = close + 1
  }
  return found ? pieces.join('') : null
}

function unmarked(value: Value, mark: string, told: (field: string) => void, field: string | null): Value {
  if (value === mark) {
    if (field !== null) told(field)
    return null
  }
  if (Array.isArray(value)) return value.map((entry) => unmarked(entry, mark, told, field))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, unmarked(inner, mark, told, field ?? key)])
  return Object.fromEntries(entries) as Value
}
