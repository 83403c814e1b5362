import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { APP } from '../../core/app.ts'
import type { HashedFile, WrittenFile } from './hashed-file.ts'
import { huggingFaceInfo, parquetSchema, type Column } from './schema.ts'
import type { Record, Sink, Value } from './writer.ts'

/** A row group ends at so many rows, or at so many bytes: it is in memory until it is written, and so it is for readers. */
const GROUP_ROWS = 1000
const GROUP_BYTES = 16 * 2 ** 20

/** Parquet with the columns' Hugging Face features in its metadata, written row group by row group. */
export class ParquetSink implements Sink {
  readonly #file: HashedFile
  readonly #columns: readonly Column[]
  readonly #buffer = new ByteWriter()
  readonly #writer: ParquetWriter
  #rows: Record[] = []
  #bytes = 0

  constructor(file: HashedFile, columns: readonly Column[]) {
    this.#file = file
    this.#columns = columns
    this.#writer = new ParquetWriter({
      writer: this.#buffer,
      schema: parquetSchema(columns),
      // Bounds of texts and pictures help no query.
      statistics: false,
      kvMetadata: [{ key: 'huggingface', value: huggingFaceInfo(columns) }],
      createdBy: `${APP.name} ${APP.version}`,
    })
  }

  async write(record: Record): Promise<void> {
    this.#rows.push(record)
    this.#bytes += sizeOf(record)
    if (this.#rows.length >= GROUP_ROWS || this.#bytes >= GROUP_BYTES) await this.#endGroup()
  }

  async close(): Promise<WrittenFile> {
    await this.#endGroup()
    await this.#writer.finish()
    await this.#spill()
    return this.#file.close()
  }

  abandon(): Promise<void> {
    return this.#file.abandon()
  }

  async #endGroup(): Promise<void> {
    const rows = this.#rows
    if (rows.length === 0) return
    this.#rows = []
    this.#bytes = 0
    const columnData = this.#columns.map(({ name }) => ({ name, data: rows.map((row) => row[name] ?? null), offsetIndex: false }))
    await this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS })
    await this.#spill()
  }

  /** Moves what the writer has made into the file; its own count of bytes goes on. */
  async #spill(): Promise<void> {
    await this.#file.bytes(this.#buffer.getBytes())
    this.#buffer.index = 0
  }
}

function sizeOf(value: Value | undefined): number {
  if (typeof value === 'string') return value.length
  if (value instanceof Uint8Array) return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce<number>((sum, inner) => sum + sizeOf(inner), 0)
}
