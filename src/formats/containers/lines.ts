import { MAX_RECORD_BYTES, type RawRecord, type Splitter } from '../record.ts'

const LF = 0x0a
const CR = 0x0d

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR)

/**
 * Cuts JSONL at line feeds; a carriage return before one is dropped, blank lines are counted but are no records, the last
 * line needs no end. Works on bytes, so that a wrong byte spoils its own line only.
 *
 * @param offset where in the file the first chunk begins
 */
export function lineSplitter(offset = 0, limit = MAX_RECORD_BYTES): Splitter {
  let row = 0
  let end = offset
  let parts: Buffer[] = []
  let pending = 0
  let overlong = false

  function keep(part: Buffer): void {
    pending += part.length
    if (pending > limit) {
      // The head is kept to show what it was.
      if (!overlong) parts = [Buffer.concat(parts).subarray(0, 1024)]
      overlong = true
    } else if (part.length > 0) parts.push(part)
  }

  function take(): RawRecord | null {
    row++
    let bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    const problem = overlong ? `The line is longer than ${limit} bytes.` : null
    parts = []
    pending = 0
    overlong = false
    if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1)
    return problem === null && isBlank(bytes) ? null : { row, end, bytes, problem }
  }

  /**
   * Counts the blank lines from a beginning of a line on; gives where the next line with something in it begins, or the last
   * one that is not complete. Byte by byte, because hundreds of millions of blank lines fit into a small compressed file.
   */
  function skipBlank(chunk: Buffer, from: number): number {
    let line = from
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === LF) {
        row++
        line = at + 1
      } else if (byte !== CR && byte !== 0x20 && byte !== 0x09) break
    }
    end += line - from
    return line
  }

  return {
    push(chunk) {
      const records: RawRecord[] = []
      let from = pending === 0 ? skipBlank(chunk, 0) : 0
      for (let at = chunk.indexOf(LF, from); at !== -1; at = chunk.indexOf(LF, from)) {
        keep(chunk.subarray(from, at))
        end += at + 1 - from
        from = at + 1
        const record = take()
        if (record) records.push(record)
        from = skipBlank(chunk, from)
      }
      keep(chunk.subarray(from))
      end += chunk.length - from
      return records
    },
    end() {
      const record = pending > 0 ? take() : null
      return record ? [record] : []
    },
  }
}
