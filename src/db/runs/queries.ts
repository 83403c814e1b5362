import type { Database } from 'better-sqlite3'
import type { SnapshotPair } from '../../protocols/trainer.ts'
import { stepPoint, trainInput, type StepPoint, type TrainOptions } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { priorSfc, turned } from '../../core/losses.ts'
import { sha256 } from '../pairs/hash.ts'
import { imagesOf, PRESENT_TURNS } from '../pairs/columns.ts'
import { incompletePairs, planRun, type PlanInput } from './plan.ts'
import { orientation } from '../scans/orientation.ts'
import { IMAGES } from '../scans/references.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson, storedMessages } from '../sqlite/stored-json.ts'
import { insert as insertJob, type JobRecord } from '../jobs/queries.ts'

export { storeEvents } from './events.ts'
export { flippedPairs, flips } from './flips.ts'
export { notices, sfcSpread } from './notices.ts'

/** A run as it is stored. */
export type RunRecord = {
  id: string
  jobId: string
  trainSource: string
  options: TrainOptions
  /** Relative to the project folder. */
  dir: string
  trainPairs: number
  testPairs: number
  snapshotHash: string
  step: number
  totalSteps: number | null
  pid: number | null
  pidStarted: string | null
  eventOffset: number
  createdAt: string
}

type Row = Omit<RunRecord, 'options'> & { options: string }

const SELECT = `SELECT id, job_id AS jobId, train_source AS trainSource, options, dir, train_pairs AS trainPairs,
  test_pairs AS testPairs, snapshot_hash AS snapshotHash, step, total_steps AS totalSteps, pid, pid_started AS pidStarted,
  event_offset AS eventOffset, created_at AS createdAt FROM runs`

const fromRow = (row: Row): RunRecord => ({ ...row, options: storedJson(trainInput, row.options, 'runs.options') })

export type RunPlan = { trainPairs: number; testSets: { source: string; pairs: number }[]; incomplete: number }

/** How many pairs a run would train and test on, and how many it leaves out for want of an image. @throws BlindfoldError NO_DATA */
export function plan(db: Database, input: PlanInput): RunPlan {
  const pairs = planRun(db, input)
  const tests = new Map<string, number>()
  for (const { role, source } of pairs) if (role === 'test') tests.set(source, (tests.get(source) ?? 0) + 1)
  const testSets = [...tests].map(([source, count]) => ({ source, pairs: count })).sort((a, b) => (a.source < b.source ? -1 : 1))
  return { trainPairs: pairs.filter((pair) => pair.role === 'train').length, testSets, incomplete: incompletePairs(db, input.sources) }
}

/** Numbers of the pairs that a run would train or be tested on. @throws BlindfoldError NO_DATA */
export function plannedPairs(db: Database, input: PlanInput, role: 'train' | 'test'): Float64Array {
  return Float64Array.from(planRun(db, input).flatMap((pair) => (pair.role === role ? [pair.pairId] : [])))
}

/**
 * Makes a run and its job, and pins which pairs, with which texts and labels, it trains and is tested on.
 * @throws BlindfoldError NO_DATA; then nothing was made
 */
export function create(db: Database, job: JobRecord, run: { id: string; dir: string; options: TrainOptions }): void {
  db.transaction(() => {
    const pairs = planRun(db, run.options)
    const train = pairs.filter((pair) => pair.role === 'train').length
    insertJob(db, job)
    statement(
      db,
      `INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      run.id,
      job.id,
      run.options.method,
      [...run.options.sources].sort().join('+'),
      run.options.seed,
      JSON.stringify(run.options),
      run.dir,
      sha256(pairs.map(({ role, uid, textHash }) => `${role} ${uid} ${textHash}\n`).join('')),
      train,
      pairs.length - train,
      job.createdAt,
    )
    const pin = statement(db, `INSERT INTO run_pairs (run_id, pair_id, role, text_hash, images) VALUES (?, ?, ?, ?, ${IMAGES('?')})`)
    for (const { pairId, role, textHash } of pairs) pin.run(run.id, pairId, role, textHash, pairId)
  }).immediate()
}

/** @throws BlindfoldError NOT_FOUND */
export function get(db: Database, id: string): RunRecord {
  const row = statement<Row>(db, `${SELECT} WHERE id = ?`).get(id)
  if (!row) throw new BlindfoldError('NOT_FOUND', `Run ${id} not found.`, { remedy: 'Choose a run from the list of runs.' })
  return fromRow(row)
}

/** The newest runs first. */
export function list(db: Database): RunRecord[] {
  return statement<Row>(db, `${SELECT} ORDER BY created_at DESC, rowid DESC`).all().map(fromRow)
}

/** The sources whose pairs a run is tested on, in the order of their names. */
export function testSources(db: Database, id: string): string[] {
  return statement<{ name: string }>(
    db,
    `SELECT DISTINCT o.name FROM run_pairs r JOIN pair_state s ON s.pair_id = r.pair_id JOIN sources o ON o.id = s.source_id
     WHERE r.run_id = ? AND r.role = 'test' ORDER BY o.name`,
  )
    .all(id)
    .map((row) => row.name)
}

/**
 * The next pairs of a run behind `afterId`, at most `limit`, with the texts that were pinned: what was said of a pair
 * since is not seen, for annotations are never changed and the pinned text is found among them by its hash.
 * `source` limits to the pairs of one source. With `weighing` training pairs weigh their SFC of that kind over its mean, and 1 where
 * they have none that holds: those without a score, with a stale one, or with a label that was turned round since.
 */
export function snapshotChunk(
  db: Database,
  id: string,
  which: { role: 'train' | 'test'; source: string | null; weighing: Weighing | null },
  afterId: number,
  limit: number,
): SnapshotPair[] {
  const rows = statement<{
    id: number
    group: string
    prompt: string
    chosen: string
    rejected: string
    messages: string | null
    auditSfc: number | null
    textLoss: number | null
  }>(
    db,
    `SELECT ${PRESENT_TURNS} AS messages, p.id, coalesce(s.group_id, 'pair:' || p.id) AS "group", coalesce(a.prompt, p.prompt) AS prompt,
            coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected,
            ${HOLDS('s.audit_sfc')} AS auditSfc, ${HOLDS('s.text_loss')} AS textLoss
     FROM run_pairs r JOIN pairs p ON p.id = r.pair_id JOIN pair_state s ON s.pair_id = r.pair_id
     JOIN sources o ON o.id = s.source_id
     LEFT JOIN annotations a ON a.id =
       (SELECT max(x.id) FROM annotations x WHERE x.pair_id = r.pair_id AND x.text_hash = r.text_hash)
     WHERE r.run_id = ? AND r.role = ? AND r.pair_id > ? AND (? IS NULL OR o.name = ?) ORDER BY r.pair_id LIMIT ?`,
  ).all(id, which.role, afterId, which.source, which.source, limit)
  const { weighing } = which
  return rows.map(({ id: pair, auditSfc, textLoss, messages, ...texts }) => {
    const sfc = weighing?.kind === 'audit' ? auditSfc : textLoss === null ? null : priorSfc(textLoss)
    return {
      ...texts,
      ...{ id: String(pair), images: imagesOf(db, pair) },
      ...(messages !== null && { messages: storedMessages(messages) ?? [] }),
      ...(weighing && which.role === 'train' && { weight: sfc === null ? 1 : sfc / weighing.meanSfc }),
    }
  })
}

/** A number of a pair, where it is that of the pinned text and label. */
const HOLDS = (column: string): string => `iif(s.stale = 0 AND s.text_hash = r.text_hash, ${column}, NULL)`

/** Which SFC weighs a run's training pairs, its mean, and how many have one and how many have not, which weigh 1. */
export type Weighing = { kind: 'prior' | 'audit'; meanSfc: number; weighed: number; others: number }

/**
 * By the audit SFC where one of the training pairs has one, else by the prior: values of the two are never averaged together. Null where no
 * training pair has a score that holds.
 */
export function weighing(db: Database, id: string): Weighing | null {
  const sums = { prior: { sum: 0, pairs: 0 }, audit: { sum: 0, pairs: 0 } }
  let pairs = 0
  const rows = statement<{ auditSfc: number | null; textLoss: number | null }>(
    db,
    `SELECT ${HOLDS('s.audit_sfc')} AS auditSfc, ${HOLDS('s.text_loss')} AS textLoss
     FROM run_pairs r JOIN pair_state s ON s.pair_id = r.pair_id WHERE r.run_id = ? AND r.role = 'train' ORDER BY r.pair_id`,
  )
  for (const { auditSfc, textLoss } of rows.iterate(id)) {
    pairs++
    for (const [of, sfc] of [
      [sums.audit, auditSfc],
      [sums.prior, textLoss === null ? null : priorSfc(textLoss)],
    ] as const) {
      if (sfc === null) continue
      of.sum += sfc
      of.pairs++
    }
  }
  const kind = sums.audit.pairs > 0 ? 'audit' : 'prior'
  const { sum, pairs: weighed } = sums[kind]
  return weighed === 0 ? null : { kind, meanSfc: sum / weighed, weighed, others: pairs - weighed }
}

/** Remembers the trainer's process; `started` tells it from a later one with the same number. */
export function setProcess(db: Database, id: string, pid: number | null, started: string | null): void {
  statement(db, 'UPDATE runs SET pid = ?, pid_started = ? WHERE id = ?').run(pid, started, id)
}

/** The curve of a run beyond the step `after`, by step. */
export function steps(db: Database, id: string, after = -1): StepPoint[] {
  return statement<{ point: string }>(db, 'SELECT point FROM run_steps WHERE run_id = ? AND step > ? ORDER BY step')
    .all(id, after)
    .map((row) => storedJson(stepPoint, row.point, 'run_steps.point'))
}

/** Margins (log-odds) of a run on its test pairs, for their labels as they are now; null where its method has no such branch. */
export type EvalRow = {
  pairId: number
  source: string
  group: string
  /** Of the present text, or, where that is another one, of the text and label that were pinned. */
  textHash: string
  mm: number | null
  text: number | null
}

/** All test pairs of a run that were scored and are held out, by source and pair. A label that was flipped since turns both margins. */
export function evalRows(db: Database, id: string): EvalRow[] {
  return statement<EvalRow & { present: string }>(
    db,
    `SELECT e.pair_id AS pairId, o.name AS source, coalesce(s.group_id, 'pair:' || e.pair_id) AS "group",
            r.text_hash AS textHash, s.text_hash AS present, e.mm_margin AS mm, e.text_margin AS text
     FROM run_eval e JOIN run_pairs r ON r.run_id = e.run_id AND r.pair_id = e.pair_id AND r.role = 'test' AND r.regrouped = 0
     JOIN pair_state s ON s.pair_id = e.pair_id JOIN sources o ON o.id = s.source_id
     WHERE e.run_id = ? ORDER BY o.name, e.pair_id`,
  )
    .all(id)
    .map(({ present, ...row }) => {
      if (orientation(db, row.pairId, row.textHash, present) !== -1) return row
      return { ...row, textHash: present, mm: row.mm === null ? null : turned(row.mm), text: row.text === null ? null : turned(row.text) }
    })
}
