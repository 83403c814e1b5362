import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Report, SliceDimension } from '../../contract/overview.ts'
import type { PairFilter } from '../../contract/pairs.ts'
import { siblingEntry } from '../../core/entry.ts'
import { random } from '../../core/random.ts'
import { judgedRows, ScoredColumns, type Scored } from '../../core/report/scored.ts'
import { MEASURED_FILTERS } from '../../core/pair-filters.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { Session } from '../backend.ts'
import type { Texts, WorkerInputs } from './report-worker.ts'

/** Rows per read. Small, so that other queries are not blocked. */
const CHUNK = 5000
/** The language of so many pairs is told, drawn by the seed: it takes a fifth of a millisecond each. */
const LANGUAGES = 4000
/** The largest tags; a data set with one tag a pair has no parts. */
const TAGS = 30

/**
 * The blind-test report of the open project; null before the first scan, and where no scored pair is left. It is made
 * once for each state of the data and then read back.
 */
export async function reportOf({ db, path, readOnly }: Session): Promise<Report | null> {
  const scan = await db.scans.latest()
  if (!scan) return null
  const revision = await db.scans.revision()
  const stored = await db.scans.storedReport(scan.id, revision)
  if (stored) return stored
  const scored = await scoredPairs(db, scan.id)
  if (scored.n === 0) return null
  const { counts, features, learningCurve, stability, noise, probed } = await db.scans.reportFacts(scan.id)
  const made = await computed({
    scan: { ...scan, characters: scan.options.characters, learningCurve },
    counts,
    features,
    scored,
    memberships: await memberships(db),
    texts: await someTexts(db, scored, scan.seed),
    others: await otherScans(db, scan.id),
    noise,
    probed,
    stability,
  })
  const report: Report = { project: basename(path, '.blindfold'), ...made }
  // If the data changed meanwhile, the next request builds it again.
  if (!readOnly && (await db.scans.revision()) === revision) await db.scans.storeReport(scan.id, revision, report)
  return report
}

async function scoredPairs(db: DbClient, scanId: number): Promise<Scored> {
  const columns = new ScoredColumns()
  for (let after = 0; ;) {
    const rows = await db.scans.scoredRows(scanId, after, CHUNK)
    const last = rows.at(-1)
    if (!last) return columns.finish()
    columns.addRows(rows)
    after = last.id
  }
}

/** Every id that `read` gives, batch by batch. */
async function gathered(read: (after: number) => Promise<Float64Array>): Promise<Float64Array> {
  const batches: Float64Array[] = []
  for (let after = 0; ;) {
    const ids = await read(after)
    if (ids.length === 0) break
    batches.push(ids)
    after = ids.at(-1) as number
  }
  const all = new Float64Array(batches.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const batch of batches) {
    all.set(batch, at)
    at += batch.length
  }
  return all
}

async function memberships(db: DbClient): Promise<WorkerInputs['memberships']> {
  const slices = (await db.slices.list()).filter(({ filter }) => !MEASURED_FILTERS.some((name) => filter[name] !== undefined))
  const tags = (await db.pairs.facets()).tags.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, TAGS)
  const wanted: { dimension: SliceDimension & ('slice' | 'tag'); value: string; filter: PairFilter }[] = [
    ...slices.map(({ name, filter }) => ({ dimension: 'slice' as const, value: name, filter })),
    ...tags.map(({ value }) => ({ dimension: 'tag' as const, value, filter: { tags: [value] } })),
  ]
  const found: WorkerInputs['memberships'] = []
  for (const part of wanted) found.push({ ...part, ids: await gathered((after) => db.scans.idsOf(part.filter, after, 10 * CHUNK)) })
  return found
}

async function otherScans(db: DbClient, scanId: number): Promise<WorkerInputs['others']> {
  const found: WorkerInputs['others'] = []
  for (const { id, proxy, model } of (await db.scans.latestOfEach()).filter(({ id }) => id !== scanId)) {
    const margins: number[] = []
    const ids = await gathered(async (after) => {
      const batch = await db.scans.marginsOf(id, after, 10 * CHUNK)
      for (const margin of batch.margins) margins.push(margin)
      return batch.ids
    })
    found.push({ scanId: id, proxy, model, ids, margins: Float64Array.from(margins) })
  }
  return found
}

/** Texts of some of the rows that the report is about, by place: enough to detect their language. */
async function someTexts(db: DbClient, scored: Scored, seed: number): Promise<Texts> {
  const rows = [...judgedRows(scored)]
  const drawn =
    rows.length > LANGUAGES
      ? random(`languages:${seed}`)
          .sample(rows, LANGUAGES)
          .sort((a, b) => a - b)
      : rows
  const texts: Texts = []
  for (let from = 0; from < drawn.length; from += 1000) {
    const places = drawn.slice(from, from + 1000)
    const ids = places.map((row) => scored.numbers.id[row] as number)
    const found = new Map(
      (await db.pairs.chunk(0, ids.length, { pairIds: ids })).map(({ pairId, prompt, chosen }) => [
        pairId,
        `${prompt.slice(0, 300)}\n${chosen.slice(0, 300)}`,
      ]),
    )
    for (const [i, row] of places.entries()) {
      const text = found.get(ids[i] as number)
      if (text !== undefined) texts.push([row, text])
    }
  }
  return texts
}

function computed(inputs: WorkerInputs): Promise<Omit<Report, 'project'>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(siblingEntry(import.meta.url, 'report-worker')), { workerData: inputs, name: 'report' })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
