import { isJson, openingOf, recut, trim } from '../containers/array.ts'
import { QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT, isSpace } from '../containers/json-bytes.ts'
import { isRecordLike, partialJson, type Step } from '../containers/json-shape.ts'
import { MAX_RECORD_BYTES, type RawRecord, type Splitter } from '../record.ts'

const COLON = 0x3a

const isOpen = (byte: number): boolean => byte === OPEN_OBJECT || byte === OPEN_ARRAY

/** A list or object that the place in the text is inside of. `matched`: how many steps lead here; -1 where it is beside the way. */
type Frame = { list: boolean; key: string | null; matched: number }

/** Longest name of a key that is looked at, in bytes. */
const MAX_KEY = 1000
/** So much of the first entry of a list beside the way is looked at, in bytes. */
const LOOK = 4096

/**
 * Cuts the records that stand inside a JSON text at the given steps from its top; no steps are values after one another.
 * A record that is keyed brings its key, one in a list that a `*` step names the name of that list as its split. Where
 * quotes or brackets do not pair, what was cut is cut again wherever a record seems to begin. A list beside the way whose
 * entries look like records is not read, and a bad record at the end names it.
 *
 * @param offset where in the file the first chunk begins
 */
export function nestedSplitter(steps: readonly Step[], offset = 0, limit = MAX_RECORD_BYTES): Splitter {
  const stack: Frame[] = [{ list: false, key: null, matched: 0 }]
  /** Lists beside the way that were looked into, and those that seem to hold records. */
  const known = new Set<string>()
  const beside = new Set<string>()
  let row = 0
  let end = offset
  /** Of the record that is being gathered. */
  let parts: Buffer[] | null = null
  let pending = 0
  let overlong = false
  let depth = 0
  let inText = false
  let escaped = false
  /** Whether the next text of an object is a key. */
  let atKey = false
  let keyBytes: number[] = []
  /** What follows a record that begins as the first one does. */
  let opening: RegExp | null | undefined = steps.length === 0 ? /\n(?=\{)/g : undefined

  function keep(part: Buffer): void {
    if (parts === null || part.length === 0) return
    pending += part.length
    if (pending > limit) {
      if (!overlong) parts = [Buffer.concat(parts).subarray(0, 1024)]
      overlong = true
    } else parts.push(part)
  }

  function take(problem: string | null): RawRecord[] {
    const bytes = trim(Buffer.concat(parts ?? []))
    const tooLong = overlong
    parts = null
    pending = 0
    overlong = false
    if (bytes.length === 0 && !tooLong) return []
    opening ??= openingOf(bytes)
    const cut = opening === null || tooLong ? [bytes] : recut(bytes, opening)
    return cut.map((entry, i): RawRecord => {
      const whole = i > 0 || problem !== null ? withoutEnd(entry) : null
      const why = tooLong ? `The record is longer than ${limit} bytes.` : i === cut.length - 1 && whole === null ? problem : null
      return { row: ++row, end, bytes: whole ?? entry, problem: why, ...named() }
    })
  }

  /** What the keys on the way say of a record. */
  function named(): Pick<RawRecord, 'key' | 'split'> {
    const at = steps.indexOf('*')
    const key = at < 0 ? null : (stack[at + 1]?.key ?? null)
    if (key === null) return {}
    return at === steps.length - 1 ? { key } : { split: key }
  }

  const fits = (parent: Frame): number => {
    const step = steps[parent.matched]
    if (parent.matched < 0 || step === undefined) return -1
    return (parent.list ? step === '[]' : step === '*' || step === parent.key) ? parent.matched + 1 : -1
  }

  /** A value begins at this place of the chunk: whether it is a record. */
  function begins(byte: number, chunk: Buffer, at: number): boolean {
    const parent = stack.at(-1) as Frame
    const top = stack.length === 1
    const matched = top ? (steps.length === 0 ? 0 : -1) : fits(parent)
    if (top ? steps.length === 0 : matched === steps.length) return true
    if (byte === OPEN_OBJECT && parent.list && stack.length === 3 && parent.matched < 0) {
      const name = stack[1]?.key ?? ''
      if (!known.has(name) && isRecordLike(partialJson(chunk.toString('utf8', at, at + LOOK)).value)) beside.add(name)
      known.add(name)
    }
    if (isOpen(byte)) {
      stack.push({ list: byte === OPEN_ARRAY, key: null, matched: top ? 0 : matched })
      atKey = byte === OPEN_OBJECT
    }
    return false
  }

  return {
    push(chunk) {
      const records: RawRecord[] = []
      let from = 0
      const close = (at: number): void => {
        keep(chunk.subarray(from, at))
        end += at - from
        from = at
        records.push(...take(null))
      }
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] as number
        if (inText) {
          if (escaped) escaped = false
          else if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) {
            inText = false
            if (parts !== null && depth === 0) close(at + 1)
            else if (parts === null && atKey) (stack.at(-1) as Frame).key = keyOf(keyBytes)
          }
          if (inText && parts === null && atKey && keyBytes.length < MAX_KEY) keyBytes.push(byte)
        } else if (parts !== null) {
          if (byte === QUOTE) inText = true
          else if (isOpen(byte)) depth++
          else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
            if (depth > 1) depth--
            else if (depth === 1) {
              depth = 0
              close(at + 1)
            } else {
              close(at)
              at--
            }
          } else if (depth === 0 && (byte === COMMA || isSpace(byte))) {
            close(at)
            at--
          }
        } else if (byte === QUOTE) {
          inText = true
          keyBytes = []
          if (!atKey && begins(byte, chunk, at)) {
            end += at - from
            from = at
            parts = []
          }
        } else if (byte === COLON) atKey = false
        else if (byte === COMMA) atKey = stack.length > 1 && !(stack.at(-1) as Frame).list
        else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          if (stack.length > 1 && (stack.at(-1) as Frame).list === (byte === CLOSE_ARRAY)) stack.pop()
          atKey = false
        } else if (
          !isSpace(byte) &&
          !atKey &&
          (isOpen(byte) || (stack.at(-1) as Frame).list || stack.length === 1 || (stack.at(-1) as Frame).key !== null)
        ) {
          if (begins(byte, chunk, at)) {
            end += at - from
            from = at
            parts = []
            depth = isOpen(byte) ? 1 : 0
          }
        }
      }
      keep(chunk.subarray(from))
      end += chunk.length - from
      return records
    },
    end() {
      const records = parts === null ? [] : take('The file ends in the middle of this record.')
      if (parts === null && stack.length > 1 && records.length === 0)
        records.push({ row: ++row, end, bytes: Buffer.alloc(0), problem: 'The file ends before the end of its JSON.' })
      for (const name of beside)
        records.push({
          row: ++row,
          end,
          bytes: Buffer.alloc(0),
          problem: `The list “${name}” beside the records was not read.`,
          code: 'malformed-record',
        })
      return records
    },
  }
}

function keyOf(bytes: readonly number[]): string {
  const text = Buffer.from(bytes).toString('utf8')
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

/** The record without the brackets that close what is around it; null where it then is no JSON either. */
function withoutEnd(entry: Buffer): Buffer | null {
  for (let to = entry.length; to > 0;) {
    const bytes = trim(entry.subarray(0, to))
    if (isJson(bytes)) return bytes
    const last = bytes.at(-1)
    if (last !== CLOSE_OBJECT && last !== CLOSE_ARRAY && last !== COMMA) return null
    if (entry.length - bytes.length > 20) return null
    to = bytes.length - 1
  }
  return null
}
