import path from 'node:path'
import { APP } from '../../core/app.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { pairFeatures } from '../../core/pair-features.ts'
import { groupPlace } from '../../core/resplit.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { ExportRow } from '../../db/pairs/export.ts'
import type { Json } from '../../formats/value.ts'
import { datasetCard } from '../../formats/writers/card.ts'
import { MANIFEST, obstacleOf } from '../../formats/writers/folder.ts'
import { HashedFile, writeWhole, type WrittenFile } from '../../formats/writers/hashed-file.ts'
import { ImageFiles, type ImageSource } from '../../formats/writers/image-files.ts'
import { openSink } from '../../formats/writers/sink.ts'
import type { Sink } from '../../formats/writers/writer.ts'
import { inSplitOrder } from '../../formats/writers/split-names.ts'
import type { WrittenPair } from '../../formats/writers/writer.ts'
import { writeError } from '../../formats/write-error.ts'
import { NewFolder } from '../../node/new-folder.ts'
import { idBucket, type ExportRequest, type Survey } from './survey.ts'

const CHUNK = 500

type Options = {
  db: DbClient
  projectFolder: string
  request: ExportRequest
  surveyed: Survey
  signal: AbortSignal
  onProgress: (pairs: number) => void
}

/**
 * Writes what was surveyed: data files, images, card and manifest, into a folder that takes its place when it is whole.
 *
 * @throws BlindfoldError FILE_NOT_WRITABLE, FILE_UNREADABLE; the signal's reason when aborted; nothing is left then
 */
export async function writeExport(options: Options): Promise<{ pairs: number; images: number }> {
  const { out } = options.request
  const folder = await NewFolder.begin(out).catch((error: unknown) => {
    throw writeError(error, out)
  })
  const writing = new Writing(options, folder.path)
  try {
    const written = await writing.writeAll()
    options.signal.throwIfAborted()
    // Somebody may have put something there meanwhile.
    await requireFree(out, options.projectFolder)
    await folder.commit()
    return written
  } catch (error) {
    // Where even that fails, the first error is the one to tell.
    await writing.abandon().catch(() => {})
    await folder.abandon().catch(() => {})
    throw writeError(error, out)
  }
}

/** @throws BlindfoldError FILE_NOT_WRITABLE where the folder cannot be taken, see `obstacleOf` */
export async function requireFree(out: string, projectFolder: string): Promise<void> {
  const obstacle = await obstacleOf(out, projectFolder)
  if (obstacle === null) return
  throw new BlindfoldError('FILE_NOT_WRITABLE', `${out} cannot be taken for the export. ${obstacle}`, {
    file: out,
    field: 'out',
    remedy: 'Choose a new or empty folder.',
  })
}

class Writing {
  readonly #options: Options
  readonly #folder: string
  readonly #images: ImageFiles
  readonly #sinks = new Map<string, { sink: Sink; file: string; pairs: number }>()
  readonly #ids = new Map<string, Set<string>>()
  #pairs = 0

  constructor(options: Options, folder: string) {
    this.#options = options
    this.#folder = folder
    const { embedded, container } = options.surveyed.shape
    this.#images = new ImageFiles({ projectFolder: options.projectFolder, folder, embed: embedded, container })
  }

  async writeAll(): Promise<{ pairs: number; images: number }> {
    const { db, surveyed, signal, onProgress } = this.#options
    for (let after = 0; ;) {
      signal.throwIfAborted()
      const rows = await db.pairs.exportChunk(after, CHUNK, surveyed.selection)
      const last = rows.at(-1)
      if (!last) break
      after = last.pairId
      const held = rows.flatMap((row) => prepared(row, surveyed) ?? [])
      await this.#images.prepare(
        held.flatMap(({ row }) => row.images),
        signal,
      )
      for (const { row, pair } of held) {
        signal.throwIfAborted()
        await this.#write(row, pair)
        onProgress(++this.#pairs)
      }
    }
    await this.#finish()
    return { pairs: this.#pairs, images: this.#images.count }
  }

  async abandon(): Promise<void> {
    for (const { sink } of this.#sinks.values()) await sink.abandon()
  }

  async #write(row: ExportRow, pair: WrittenPair): Promise<void> {
    const { surveyed, request } = this.#options
    const { writer, shape, names, cutoff } = surveyed
    const split = request.resplit
      ? groupPlace(row.groupId ?? '', request.resplit.seed) <= (cutoff ?? -1)
        ? 'test'
        : 'train'
      : names.of(row.split)
    let out = this.#sinks.get(split)
    if (!out) {
      const file = writer.file(split)
      out = { sink: await openSink(this.#folder, file, writer.container, writer.columns(shape)), file, pairs: 0 }
      this.#sinks.set(split, out)
    }
    const images = []
    for (const image of row.images) images.push(await this.#images.take(image satisfies ImageSource))
    const externalId = this.#ownId(idBucket(row, request), pair.externalId)
    await out.sink.write(writer.record({ ...pair, externalId, split: request.resplit ? split : row.split }, images, shape))
    out.pairs++
  }

  /** The id, where no pair before it has it: read back, a second one would be refused. */
  #ownId(bucket: string, id: string | null): string | null {
    if (id === null) return null
    const ids = this.#ids.get(bucket) ?? new Set()
    this.#ids.set(bucket, ids)
    if (ids.has(id)) return null
    ids.add(id)
    return id
  }

  async #finish(): Promise<void> {
    const { request, surveyed } = this.#options
    const { writer, shape, sources, lost } = surveyed
    const data: { split: string; file: string; pairs: number; bytes: number }[] = []
    const files: WrittenFile[] = []
    for (const [split, { sink, file, pairs }] of [...this.#sinks].sort(([a], [b]) => inSplitOrder(a, b))) {
      const written = await sink.close()
      files.push(written)
      data.push({ split, file, pairs, bytes: written.bytes })
    }
    this.#sinks.clear()
    const name = path.basename(request.out)
    const { label, resplit } = request
    const columns = writer.columns(shape)
    const card = datasetCard({ name, writer, shape, columns, splits: data, sources, images: this.#images.count, label, resplit, lost })
    files.push(await writeWhole(this.#folder, 'README.md', card))
    for (const [file, text] of Object.entries(writer.beside?.(data, shape) ?? {})) files.push(await writeWhole(this.#folder, file, text))
    await this.#manifest(data, files)
  }

  /** Entry by entry, for there may be a hundred thousand images. */
  async #manifest(splits: readonly { split: string; file: string; pairs: number }[], files: readonly WrittenFile[]): Promise<void> {
    const { request, surveyed } = this.#options
    const { format, filter, label, includeExcluded, columns, csvFormulas, resplit } = request
    const head = {
      ...{ generator: APP.name, version: APP.version, format, createdAt: new Date().toISOString() },
      ...{ pairs: this.#pairs, images: this.#images.count, filter, label, includeExcluded, columns, csvFormulas, resplit },
      imagesAs: surveyed.shape.embedded ? 'embedded' : 'files',
      splits: splits.map(({ split, file, pairs }) => ({ split, file, pairs })),
      lost: surveyed.lost,
    }
    const manifest = await HashedFile.create(this.#folder, MANIFEST)
    await manifest.text(`${JSON.stringify(head, null, 2).slice(0, -2)},\n  "files": [`)
    let before = '\n'
    for (const list of [files, this.#images.written.values()]) {
      for (const file of list) {
        await manifest.text(`${before}    ${JSON.stringify(file)}`)
        before = ',\n'
      }
    }
    await manifest.text('\n  ]\n}\n')
    await manifest.close()
  }
}

/** The pair as the writer takes it; null where the format cannot hold it. */
function prepared(row: ExportRow, { writer, weighing }: Survey): { row: ExportRow; pair: WrittenPair } | null {
  const { prompt, chosen, rejected, messages } = row
  const features = pairFeatures({
    ...{ prompt, chosen, rejected, messages },
    images: row.images.length,
    missing: row.images.filter((image) => 'missing' in image).length,
    metadata: Object.keys(row.metadata).length > 0,
    tags: row.tags.length > 0,
    reviewed: row.history.length > 0 || row.status !== 'unreviewed',
    scored: row.priorSfc !== null,
  })
  if (writer.refuses(features) !== null) return null
  const sfc = weighing?.kind === 'audit' ? row.auditSfc : row.priorSfc
  const weight = sfc === null || !weighing?.meanSfc ? 1 : sfc / weighing.meanSfc
  const pair = {
    ...row,
    weight,
    messages: writer.keepsTurns(features) ? messages : null,
    metadata: row.metadata as { [key: string]: Json },
  }
  return { row, pair }
}
