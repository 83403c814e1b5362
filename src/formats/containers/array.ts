import { QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT, isSpace } from './json-bytes.ts'
import { parseLoose } from './json.ts'
import { MAX_RECORD_BYTES, type RawRecord, type Splitter } from '../record.ts'

/**
 * Cuts the entries of a top-level JSON array by brackets and quotes: a damaged entry is then one bad record and not the
 * end of the file. Where its quotes or brackets do not pair, it seems to reach over the entries behind it; what was cut
 * then is no JSON, and is cut again wherever an object begins with the key that the first entry of the file begins with.
 * A file that ends too early yields what came before and one record for the rest; where text follows the array's `]`, its
 * entries go on.
 *
 * @param offset where in the file the first chunk begins; it must begin with white space or the array's `[`
 */
export function arraySplitter(offset = 0, limit = MAX_RECORD_BYTES): Splitter {
  let row = 0
  let end = offset
  let parts: Buffer[] = []
  let pending = 0
  let overlong = false
  /** 0 before and behind the array, 1 between its entries. */
  let depth = 0
  let inText = false
  let escaped = false
  let state: 'before' | 'inside' | 'behind' = 'before'
  /** The array seemed to end, and text came behind. */
  let goneOn = false
  /** How the first entry begins; null where that is no object with a key. */
  let opening: RegExp | null | undefined

  function keep(part: Buffer): void {
    pending += part.length
    if (pending > limit) {
      if (!overlong) parts = [Buffer.concat(parts).subarray(0, 1024)]
      overlong = true
    } else if (part.length > 0) parts.push(part)
  }

  /** The entry gathered until now, or several where it reaches over others; none for the nothing before `]` in `[]` and in `[1,]`. */
  function take(last: boolean, problem: string | null): RawRecord[] {
    const bytes = trim(Buffer.concat(parts))
    parts = []
    pending = 0
    const tooLong = overlong
    overlong = false
    if (last && bytes.length === 0 && !tooLong) return []
    opening ??= openingOf(bytes)
    const cut = opening === null || tooLong ? [bytes] : recut(bytes, opening)
    return cut.map((entry, i): RawRecord => {
      // An unpaired quote hides the end of the array, too: it then stands behind the last entry.
      const whole = i > 0 && entry.at(-1) === CLOSE_ARRAY ? trim(entry.subarray(0, -1)) : null
      if (whole && isJson(whole)) return { row: ++row, end, bytes: whole, problem: null }
      const why = tooLong ? `The record is longer than ${limit} bytes.` : i === cut.length - 1 ? problem : null
      return { row: ++row, end, bytes: entry, problem: why }
    })
  }

  return {
    push(chunk) {
      const records: RawRecord[] = []
      let from = 0
      const close = (at: number, last: boolean): void => {
        keep(chunk.subarray(from, at))
        end += at + 1 - from
        from = at + 1
        records.push(...take(last, null))
      }
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] as number
        if (state === 'behind' && !isSpace(byte)) {
          // A bracket too many is more likely than a second text: the entries go on.
          state = 'inside'
          goneOn = true
          if (byte === COMMA) {
            end += at + 1 - from
            from = at + 1
            continue
          }
        }
        if (inText) {
          if (escaped) escaped = false
          else if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) inText = false
        } else if (state === 'inside') {
          if (byte === QUOTE) inText = true
          else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
          else if (byte === COMMA && depth === 1) close(at, false)
          else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
            if (depth > 1) depth--
            else if (byte === CLOSE_ARRAY) {
              close(at, true)
              state = 'behind'
            }
          }
        } else if (state === 'before') {
          if (byte === OPEN_ARRAY) {
            state = 'inside'
            depth = 1
            end += at + 1 - from
            from = at + 1
          }
        }
      }
      if (state === 'inside') keep(chunk.subarray(from))
      end += chunk.length - from
      return records
    },
    end() {
      if (state === 'inside') {
        const problem = goneOn
          ? 'There is more text after the end of the array.'
          : 'The file ends in the middle of this record, or before the end of the array.'
        const rest = take(true, problem)
        return rest.length > 0 || goneOn
          ? rest
          : [{ row: ++row, end, bytes: Buffer.alloc(0), problem: 'The file ends before the end of the array.' }]
      }
      return []
    },
  }
}

/** What stands before an entry that begins as this one does, as a pattern over bytes as Latin-1. */
export function openingOf(entry: Buffer): RegExp | null {
  const [begin] = /^\{\s*"(?:[^"\\]|\\.){1,100}"\s*:/.exec(entry.toString('latin1', 0, 1000)) ?? []
  if (begin === undefined) return null
  const key = begin.slice(begin.indexOf('"'), begin.lastIndexOf('"') + 1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`,\\s*(?=\\{\\s*${key}\\s*:)`, 'g')
}

/** An entry that is no JSON, though others begin inside it, as the entries that it seems to hold. */
export function recut(bytes: Buffer, opening: RegExp): Buffer[] {
  const text = bytes.toString('latin1')
  const inner = [...text.matchAll(opening)]
  if (inner.length === 0 || isJson(bytes)) return [bytes]
  const starts = [0, ...inner.map((match) => match.index + match[0].length)]
  const ends = [...inner.map((match) => match.index), bytes.length]
  return starts.map((start, i) => trim(bytes.subarray(start, ends[i])))
}

export function isJson(bytes: Buffer): boolean {
  try {
    parseLoose(bytes.toString('utf8'))
    return true
  } catch {
    return false
  }
}

export function trim(bytes: Buffer): Buffer {
  let from = 0
  let to = bytes.length
  while (from < to && isSpace(bytes[from] as number)) from++
  while (to > from && isSpace(bytes[to - 1] as number)) to--
  return bytes.subarray(from, to)
}
