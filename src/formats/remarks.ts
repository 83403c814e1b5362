import type { RemarkCode } from '../contract/imports.ts'
import { type RawPair } from './format.ts'
import { isObject, type JsonObject, type Value } from './value.ts'
import { saysImage } from './images/image-fields.ts'
import { isNoImage, looksLikeImage } from './images/image-values.ts'
import { structured } from './structured.ts'

/** What is to be said of a field of one record that was read. */
export type Remark = { code: RemarkCode; field: string }

const LIST_ENTRIES = 1000
/** Keys by which turns are known, and what is read of them. */
const TURN = new Set(['role', 'content', 'from', 'value'])

/**
 * What a person should know of a record that became pairs: fields that no part of a pair uses (kept as metadata, with those that
 * look like images named as such), keys of turns that are not kept at all, and numbers that were none.
 *
 * @param lost as in `ParsedRecord`
 * @param verdict the columns that say which response is better: they are used, though kept as metadata too
 */
export function remarksOf(
  record: JsonObject,
  pairs: readonly RawPair[],
  lost: readonly string[],
  verdict: readonly string[] = [],
): Remark[] {
  const remarks: Remark[] = lost.map((field) => ({ code: 'not-a-number', field }))
  const [pair] = pairs
  if (!pair) return remarks
  for (const [field, value] of Object.entries(record)) {
    if (value === null || value === '' || verdict.includes(field)) continue
    if (Object.hasOwn(pair.metadata, field)) remarks.push({ code: isUnusedImage(field, value) ? 'unused-image' : 'metadata', field })
    // A text that was kept to the letter has lost no key.
    else if (![pair.prompt, pair.chosen, pair.rejected].some((text) => text === value))
      for (const key of turnKeys(value)) remarks.push({ code: 'dropped', field: `${field}[].${key}` })
  }
  // What a reader keeps of the inside of a field is named by its place, such as `input.tools`.
  for (const [name, held] of Object.entries(pair.metadata))
    if (!Object.hasOwn(record, name) && name.includes('.') && holdsSomething(held)) remarks.push({ code: 'metadata', field: name })
  return remarks
}

const holdsSomething = (value: Value): boolean => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

function isUnusedImage(field: string, value: Value): boolean {
  const inner = structured(value)
  return looksLikeImage(inner) || (saysImage(field) && typeof inner === 'string' && !isNoImage(inner) && /^\S+\/\S+$/.test(inner))
}

/** Keys that turns of a conversation have beside those that are read, and that hold something. */
function turnKeys(value: Value): Set<string> {
  const found = new Set<string>()
  const inner = structured(value)
  const turns = Array.isArray(inner) ? inner.slice(0, LIST_ENTRIES) : [inner]
  for (const turn of turns) {
    if (!isObject(turn) || !(('role' in turn && 'content' in turn) || ('from' in turn && 'value' in turn))) continue
    for (const [key, held] of Object.entries(turn)) if (!TURN.has(key) && holdsSomething(held)) found.add(key)
  }
  return found
}

/** So many fields are listed by name; later ones are counted together. */
const FIELDS = 200
const OTHERS = '…'

export type CountedRemark = Remark & { records: number; firstRow: number }

/** Counts remarks by what they say of which field. */
export class RemarkCounts {
  readonly #counts = new Map<string, CountedRemark>()

  addRemarks(remarks: readonly Remark[], row: number): void {
    for (const { code, field } of remarks) {
      const name = this.#counts.size < FIELDS || this.#counts.has(`${code} ${field}`) ? field : OTHERS
      const known = this.#counts.get(`${code} ${name}`)
      if (known) known.records += 1
      else this.#counts.set(`${code} ${name}`, { code, field: name, records: 1, firstRow: row })
    }
  }

  list(): CountedRemark[] {
    return [...this.#counts.values()]
  }

  get size(): number {
    return this.#counts.size
  }
}
