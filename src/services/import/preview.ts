import path from 'node:path'
import type { DataFile, ImportInput, ImportPreview, Rejection } from '../../contract/imports.ts'
import { Columns, suggestMap, type Column } from '../../formats/column-map.ts'
import { openRecords } from '../../formats/containers/container.ts'
import { mergeFaults, type Format, type RawPair } from '../../formats/format.ts'
import { type JsonObject } from '../../formats/value.ts'
import { suggestTried } from '../../formats/map-trial.ts'
import { parseRecord, type RawRecord } from '../../formats/record.ts'
import { formatOf } from '../../formats/registry.ts'
import { inOrder } from '../../jobs/intake/in-order.ts'
import { imagesFolder } from './images-folder.ts'
import { conventionOf, planImport, type ImportPlan } from './import-plan.ts'
import { ImagePeek, type Peeked } from './preview-images.ts'

/** Records that are looked at in all, files they are taken from, and good pairs that are shown. */
const RECORDS = 200
const FILES = 4
const PAIRS = 10
const WIDTH = 4

type Request = Pick<ImportInput, 'file' | 'format' | 'imagesDir' | 'map' | 'labels' | 'encoding'>
type Shown = ImportPreview['pairs'][number]

/**
 * What an import would make of the first records; of a folder, of the first records of its first files. Where no known
 * format fits it says which columns there are. Writes nothing.
 *
 * @throws what `planImport` throws; BlindfoldError FILE_NOT_FOUND where the image folder does not exist
 */
export async function previewImport(request: Request): Promise<ImportPreview> {
  const plan = await planImport(request)
  const { file, files, format, confidence, map } = plan
  const imagesDir =
    format === null
      ? path.resolve(request.imagesDir ?? path.dirname(file))
      : await imagesFolder(request.imagesDir, { file, files, format, map })
  const seen = new Seen(
    new ImagePeek({ imagesDir, chosen: request.imagesDir !== undefined, dataDir: path.dirname(plan.files[0]?.file ?? plan.file) }),
  )
  const looked = spread(files)
  for (const each of looked) {
    const reader = format === null ? null : await formatOf(each.file, format, map, conventionOf(plan))
    await seen.file(each, reader, Math.ceil(RECORDS / looked.length))
  }
  const columns = seen.columns.list()
  return {
    file,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    files,
    format,
    confidence,
    alternatives: (plan.detection?.candidates.slice(1) ?? []).map((other) => ({ format: other.format.id, confidence: other.confidence })),
    imagesDir,
    suggestedSource: suggestSource(plan),
    columns,
    label: plan.label,
    ...suggestion(columns, plan),
    hosts: [...seen.hosts].map(([host, images]) => ({ host, images })).sort((a, b) => b.images - a.images),
    records: seen.records,
    tied: seen.tied,
    missingImages: seen.missingImages,
    pairs: seen.pairs,
    rejections: seen.rejections,
  }
}

/** Tried on the records of the detection where there was one. */
function suggestion(columns: Column[], { detection }: ImportPlan): Pick<ImportPreview, 'suggestedMap' | 'suggestedLoss'> {
  if (detection === null || detection.sample.length === 0) return { suggestedMap: suggestMap(columns), suggestedLoss: null }
  const { map, records, lost } = suggestTried(columns, detection.sample)
  return { suggestedMap: map, suggestedLoss: { records, lost } }
}

/** The first files of every split in turn, so that a look at few of them sees each. */
function spread(files: ImportPlan['files']): ImportPlan['files'] {
  const firsts = files.filter(({ split }, index) => files.findIndex((other) => other.split === split) === index)
  return [...firsts, ...files.filter((file) => !firsts.includes(file))].slice(0, FILES)
}

/** Gathers what the records say. */
class Seen {
  records = 0
  tied = 0
  missingImages = 0
  readonly pairs: Shown[] = []
  readonly rejections: Rejection[] = []
  readonly hosts = new Map<string, number>()
  readonly columns = new Columns()
  readonly #images: ImagePeek

  constructor(images: ImagePeek) {
    this.#images = images
  }

  async file({ file: name, encoding }: DataFile, format: Format | null, count: number): Promise<void> {
    const source = await openRecords(name, encoding)
    try {
      const work = (raw: RawRecord) => look(raw, format, this.#images)
      for await (const { result } of inOrder(first(source.records(), count), WIDTH, work)) await this.#add(result)
    } finally {
      await source.close()
    }
  }

  async #add({ row, record, pairs, rejection }: Looked): Promise<void> {
    this.records += 1
    if (record) this.columns.addRecord(record)
    if (rejection) this.rejections.push(rejection)
    for (const { pair, images } of pairs) {
      if (pair.tied) this.tied += 1
      for (const { missing, host } of images) {
        if (host !== null) this.hosts.set(host, (this.hosts.get(host) ?? 0) + 1)
        else if (missing !== null) this.missingImages += 1
      }
      if (this.pairs.length >= PAIRS) continue
      const { externalId, prompt, chosen, rejected } = pair
      const thumbnails = await Promise.all(images.map((image) => this.#images.thumbnail(image)))
      this.pairs.push({ row, externalId, prompt, chosen, rejected, thumbnails: thumbnails.filter((url) => url !== null) })
    }
  }
}

type Looked = { row: number; record: JsonObject | null; pairs: { pair: RawPair; images: Peeked[] }[]; rejection: Rejection | null }

/** Reads one record and the headers of its images; every pixel is decoded only when the record is imported. */
async function look(raw: RawRecord, format: Format | null, images: ImagePeek): Promise<Looked> {
  const { row } = raw
  const parsed = parseRecord(raw)
  const refused = (record: JsonObject | null, fault: Omit<Rejection, 'row'>): Looked => ({
    row,
    record,
    pairs: [],
    rejection: { row, ...fault },
  })
  if ('fault' in parsed) return refused(null, parsed.fault)
  const { record } = parsed
  if (format === null) return { row, record, pairs: [], rejection: null }
  const reading = format.read(record)
  if ('faults' in reading) return refused(record, mergeFaults(reading.faults))
  const pairs: Looked['pairs'] = []
  for (const pair of reading.pairs) {
    const peeked = await Promise.all(pair.images.map((reference) => images.look(reference)))
    const bad = peeked.find(({ fault }) => fault !== null)?.fault
    if (bad) return refused(record, bad)
    pairs.push({ pair, images: peeked })
  }
  return { row, record, pairs, rejection: null }
}

async function* first<Item>(items: AsyncIterable<Item>, count: number): AsyncGenerator<Item, void, undefined> {
  let seen = 0
  for await (const item of items) {
    yield item
    if (++seen === count) return
  }
}

const GENERIC =
  /^(train(ing)?|test|val(id(ation)?)?|dev|data(set)?|dataset_info|pairs|preferences?|dpo|index|output|sample|all)(-[0-9]+-of-[0-9]+)?$/i
const ENDINGS = /(\.(jsonl?|ndjson|txt|csv|tsv|parquet|gz))+$/i

/** A name for the source: the file's or folder's own, or the folder's above where that is what every data file is called. */
function suggestSource({ file }: ImportPlan): string {
  const stem = path.basename(file).replace(ENDINGS, '')
  const folder = path.basename(path.dirname(file))
  return ((GENERIC.test(stem) || stem === '') && folder !== '' ? folder : stem || 'source').slice(0, 200)
}
