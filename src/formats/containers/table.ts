import Papa from 'papaparse'
import { GUARD_COLUMN, GUARDED, unguarded } from '../../core/formulas.ts'
import { MAX_RECORD_BYTES, type RawRecord, type Splitter } from '../record.ts'
import type { JsonObject } from '../value.ts'

const QUOTE = 0x22
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Delimiters that are recognised, and what such a file is called. */
export const DELIMITERS = [
  ['\t', 'tsv'],
  [',', 'csv'],
  [';', 'csv'],
  ['|', 'csv'],
] as const

/** The cells of one row, or null where its quotes do not pair. */
export function cells(line: string, delimiter: string): string[] | null {
  // A given newline keeps papaparse from guessing one.
  const { data, errors } = Papa.parse<string[]>(line, { delimiter, newline: '\n', header: false })
  return errors.some(({ type }) => type === 'Quotes') || data.length > 1 ? null : (data[0] ?? [])
}

/** So many unclosed quotes are looked behind, one line each; a file of nothing else must not take for ever. */
const MAX_RESUMPTIONS = 100

/**
 * Cuts a table into rows: the first names the columns, every other is a record, numbered from 1 behind the header (a row
 * may take several lines of the file). Blank lines are no rows. Cells are text; an empty cell is absent. Cells that an export of
 * Blindfold guarded against spreadsheets are as they were before.
 *
 * Where a quoted cell is never closed, all that follows seems to belong to it: then its first line is one bad record, and
 * cutting goes on behind that line.
 *
 * @param offset where in the file the first chunk begins
 */
export function tableSplitter(delimiter: string, offset = 0, limit = MAX_RECORD_BYTES): Splitter {
  const separator = delimiter.charCodeAt(0)
  let columns: string[] | null = null
  let row = 0
  let end = offset
  let resumptions = 0
  let parts: Buffer[] = []
  let pending = 0
  /** Where in a row the next byte stands. */
  let state: 'cell start' | 'plain' | 'quoted' | 'quote in quotes' = 'cell start'

  function begin(): void {
    parts = []
    pending = 0
    state = 'cell start'
  }

  /** The row gathered until now; null for the header and for a blank line. */
  function take(): RawRecord | null {
    let bytes: Buffer = Buffer.concat(parts)
    begin()
    if (bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1)
    if (bytes.toString('latin1').trim() === '') return null
    let text: string | null
    try {
      text = strict.decode(bytes)
    } catch {
      text = null
    }
    if (columns === null) {
      columns = columnNames(text === null ? [] : (cells(text, delimiter) ?? []))
      return null
    }
    // Parsed as it is, it tells which byte is wrong.
    if (text === null) return { row: ++row, end, bytes, problem: null }
    const found = cells(text.replaceAll('\r\n', '\n'), delimiter)
    if (found === null) return bad(bytes, 'The quotes of a cell do not match, or there is text outside them.')
    if (found.length !== columns.length)
      return bad(bytes, `The row has ${found.length} cells, but the header has ${columns.length} columns.`)
    const guard = columns.indexOf(GUARD_COLUMN)
    const isGuarded = guard >= 0 && found[guard] === GUARDED
    const value: JsonObject = {}
    columns.forEach((name, i) => {
      const cell = isGuarded ? unguarded(found[i] ?? '') : found[i]
      // Defined, not assigned: a column may be called __proto__.
      if (cell !== '' && !(isGuarded && i === guard))
        Object.defineProperty(value, name, { value: cell, enumerable: true, configurable: true, writable: true })
    })
    return { row: ++row, end, bytes, value, problem: null }
  }

  const bad = (bytes: Buffer, problem: string): RawRecord => ({ row: ++row, end, bytes, problem, code: 'malformed-record' })

  /** The first line of what was gathered as a bad record, and the rows behind it. */
  function resume(problem: string): RawRecord[] {
    const gathered = Buffer.concat(parts)
    const line = gathered.indexOf(LINE_FEED)
    begin()
    const rest = line < 0 ? gathered.subarray(gathered.length) : gathered.subarray(line + 1)
    const goesOn = line >= 0 && ++resumptions <= MAX_RESUMPTIONS
    // What lies behind the line is gone through once more.
    if (goesOn) end -= rest.length
    const records = [bad(gathered.subarray(0, Math.min(1024, line < 0 ? gathered.length : line)), problem)]
    if (goesOn) records.push(...push(rest))
    return records
  }

  function push(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'quote in quotes'
      } else if (byte === QUOTE && state !== 'plain') state = 'quoted'
      else if (byte === separator) state = 'cell start'
      else if (byte === LINE_FEED) {
        parts.push(chunk.subarray(from, at))
        end += at + 1 - from
        from = at + 1
        const record = take()
        if (record) records.push(record)
      } else state = 'plain'
    }
    parts.push(chunk.subarray(from))
    pending += chunk.length - from
    end += chunk.length - from
    if (pending > limit) records.push(...resume(`The row is longer than ${limit} bytes. A quote may be missing.`))
    return records
  }

  return {
    push,
    end() {
      const records: RawRecord[] = []
      // The last time ends it: what cutting does not go on behind is one bad record.
      while (state === 'quoted') records.push(...resume('A quoted cell of the row is not closed.'))
      const record = take()
      return record ? [...records, record] : records
    },
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Names told apart: an empty one is called after its place, a repeated one gets a number. */
export function columnNames(header: readonly string[]): string[] {
  const names: string[] = []
  header.forEach((cell, i) => {
    const wanted = cell.trim() || `column ${i + 1}`
    let name = wanted
    for (let n = 2; names.includes(name); n++) name = `${wanted} ${n}`
    names.push(name)
  })
  return names
}
