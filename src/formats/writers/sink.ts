import type { Column } from './schema.ts'
import { HashedFile } from './hashed-file.ts'
import { ParquetSink } from './parquet-sink.ts'
import type { OutputContainer, Sink, Value } from './writer.ts'

/** @param columns all columns of the records, in order; needed for CSV and Parquet */
export async function openSink(folder: string, name: string, container: OutputContainer, columns: readonly Column[] | null): Promise<Sink> {
  const file = await HashedFile.create(folder, name)
  if (container === 'json-lines') {
    return { write: (record) => file.text(`${JSON.stringify(record)}\n`), close: () => file.close(), abandon: () => file.abandon() }
  }
  if (container === 'json-array') return arraySink(file)
  if (!columns) throw new Error(`${container} needs columns`)
  if (container === 'parquet') return new ParquetSink(file, columns)
  return csvSink(
    file,
    columns.map((column) => column.name),
  )
}

function arraySink(file: HashedFile): Sink {
  let first = true
  return {
    write(record) {
      const before = first ? '[\n' : ',\n'
      first = false
      return file.text(`${before}${JSON.stringify(record)}`)
    },
    async close() {
      await file.text(first ? '[]\n' : '\n]\n')
      return file.close()
    },
    abandon: () => file.abandon(),
  }
}

/** RFC 4180: a cell with a comma, quote, line end or blank end is quoted, a quote in it doubled. Lines end with CRLF. */
function csvSink(file: HashedFile, names: readonly string[]): Sink {
  const line = (cells: readonly string[]) => `${cells.join(',')}\r\n`
  let header: string | null = line(names.map(cell))
  return {
    write(record) {
      const text = `${header ?? ''}${line(names.map((name) => cell(record[name])))}`
      header = null
      return file.text(text)
    },
    async close() {
      if (header !== null) await file.text(header)
      return file.close()
    },
    abandon: () => file.abandon(),
  }
}

function cell(value: Value | undefined): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : String(value)
  return /[",\r\n]|^\s|\s$|^\uFEFF|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
