import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { estimate } from '../../contract/base.ts'
import { quadrantOf, sfc, softplusNeg, trainingInfluence, turned } from '../../core/losses.ts'
import { USABLE_STATUSES, type PairStatus } from '../../core/vocabulary.ts'
import { random } from '../../core/random.ts'
import { labelNoise, wrongProbability, type LabelNoise } from '../../core/suspects.ts'
import { resumable } from '../worker/resumable.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'
import { latest } from './latest.ts'
import { orientation } from './orientation.ts'
import { heldOutReferences, imagesNow, type Reference, type Stretch } from './references.ts'

/** A held-out score of the latest scan as it is stored: of the text with `textHash`; `present` is the hash of the pair's text now. */
type Stored = { pairId: number; fold: number; margin: number; textHash: string; images: string | null; present: string; status: PairStatus }

/**
 * The same for the label as it is now, with the margin that an image-side reference gave the same responses and images. A stale one is of the text
 * and label that were scored.
 */
type Score = {
  pairId: number
  fold: number
  margin: number
  mm: { run: string; margin: number } | null
  stale: boolean
  status: PairStatus
}

/** Key in `meta` of how often the audit numbers or the splits were written: what tells a report that it is out of date. */
export const AUDIT_COUNTER = 'audit_refreshes'
/** Key in `meta` of the label noise behind the probabilities of a wrong label, as JSON; absent where no MM-RM has scored enough pairs. */
const NOISE = 'label_noise'
/** Key in `meta` of the mean training influence as the last refresh found it, over the pairs that have one: neither tied, discarded nor stale. */
const INFLUENCE = 'mean_influence'
/** Key in `meta`: the audit numbers are being rewritten, and some are still old. */
const BEHIND = 'audit_behind'
/** Pairs a step: some tens of milliseconds. */
const STEP = 2000
/** So many pairs, drawn by chance, tell how many labels are wrong as well as a million do. */
const NOISE_PAIRS = 20_000

/** Every report made until now is out of date: audit numbers, or the splits that it tells apart, have changed. */
export function reportsChanged(db: Database): void {
  statement(
    db,
    "INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
  ).run(AUDIT_COUNTER)
}

const labelNoiseSchema = z.object({ text: z.number(), mm: z.number(), wrong: estimate })

/** The label noise as the last refresh estimated it; null where it could not. */
export function storedNoise(db: Database): LabelNoise | null {
  const row = statement<{ value: string }>(db, 'SELECT value FROM meta WHERE key = ?').get(NOISE)
  return row ? storedJson(labelNoiseSchema, row.value, `meta.${NOISE}`) : null
}

/** Mean training influence at the last refresh; null where no pair has one. */
export function meanInfluence(db: Database): number | null {
  const row = statement<{ value: string }>(db, 'SELECT value FROM meta WHERE key = ?').get(INFLUENCE)
  const { sum, pairs } = row ? storedJson(influenceSum, row.value, `meta.${INFLUENCE}`) : { sum: 0, pairs: 0 }
  return pairs === 0 ? null : sum / pairs
}

const influenceSum = z.object({ sum: z.number(), pairs: z.number() })
type Influence = z.infer<typeof influenceSum>

/**
 * Brings a pair's numbers in line with its text, label and images as they are now: turns the margins where its label was flipped, marks
 * them as stale where text or images are others than those that were scored, and as current where they are the same again.
 */
export function renewScores(db: Database, pairId: number): void {
  const scored = statement<{ scanId: number | null }>(db, 'SELECT scan_id AS scanId FROM pair_state WHERE pair_id = ?').get(pairId)
  if (scored?.scanId == null) return
  const scan = latest(db)
  if (scan) write(db, scan.id, { after: pairId - 1, last: pairId })
}

/**
 * Rewrites the audit numbers of every pair in one transaction, for work that no request waits for. Returns how many pairs have
 * numbers. See `beginAudit`.
 */
export function refreshAudit(db: Database): number {
  return db
    .transaction(() => {
      let pairs = 0
      for (let after: number | null = beginAudit(db) ? 0 : null; after !== null;) {
        const step: AuditStep = auditStep(db, after)
        pairs += step.pairs
        after = step.next
      }
      return pairs
    })
    .immediate()
}

/**
 * Starts rewriting the audit numbers of all pairs, from the latest finished scan and the held-out margins of MM-RMs and
 * probes (`heldOutReferences`), where those were of the same responses and images; where there is none, the pair has no audit SFC. `auditStep` does it, some pairs at a time; a project that is opened in between is brought to the end
 * (`catchUpAudit`). False where there is no scan.
 */
export function beginAudit(db: Database): boolean {
  return db.transaction(() => {
    const scan = latest(db)
    if (!scan) return false
    storeNoise(db, noiseOf(db, scan.id, scan.seed))
    statement(db, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, '1')").run(BEHIND)
    return true
  })()
}

/** Finishes what a process that ended has begun. */
export function catchUpAudit(db: Database): void {
  if (statement(db, 'SELECT 1 FROM meta WHERE key = ?').get(BEHIND)) refreshAudit(db)
}

/** Where to go on, null at the end; how many of the pairs have numbers. */
export type AuditStep = { next: number | null; pairs: number }

/** Writes the audit numbers of the next pairs, those with ids above `after`. Behind the last one they count as renewed. */
export function auditStep(db: Database, after: number, limit = STEP): AuditStep {
  return resumable(db, () => {
    const scan = latest(db)
    const last = statement<{ last: number | null }>(
      db,
      'SELECT max(pair_id) AS last FROM (SELECT pair_id FROM pair_state WHERE pair_id > ? ORDER BY pair_id LIMIT ?)',
    ).get(after, limit)?.last
    if (!scan || last == null) {
      statement(db, 'DELETE FROM meta WHERE key = ?').run(BEHIND)
      reportsChanged(db)
      return { next: null, pairs: 0 }
    }
    const { influence, pairs } = write(db, scan.id, { after, last })
    const before = after === 0 ? undefined : statement<{ value: string }>(db, 'SELECT value FROM meta WHERE key = ?').get(INFLUENCE)
    const { sum, pairs: of } = before ? storedJson(influenceSum, before.value, `meta.${INFLUENCE}`) : { sum: 0, pairs: 0 }
    const now: Influence = { sum: sum + influence.sum, pairs: of + influence.pairs }
    statement(db, 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(INFLUENCE, JSON.stringify(now))
    return { next: last, pairs }
  })
}

function write(db: Database, scanId: number, stretch: Stretch): { pairs: number; influence: Influence } {
  const noise = storedNoise(db)
  statement(
    db,
    `UPDATE pair_state SET scan_id = NULL, fold = NULL, text_margin = NULL, text_loss = NULL, mm_run = NULL,
       mm_margin = NULL, mm_loss = NULL, audit_sfc = NULL, quadrant = NULL, suspect = NULL, stale = 0
     WHERE scan_id IS NOT NULL AND pair_id > ? AND pair_id <= ?
       AND pair_id NOT IN (SELECT pair_id FROM text_scores WHERE scan_id = ? AND pair_id > ? AND pair_id <= ?)`,
  ).run(stretch.after, stretch.last, scanId, stretch.after, stretch.last)
  const set = statement(
    db,
    `UPDATE pair_state SET scan_id = ?, fold = ?, text_margin = ?, text_loss = ?, mm_run = ?, mm_margin = ?, mm_loss = ?, audit_sfc = ?, quadrant = ?, suspect = ?, stale = ?
     WHERE pair_id = ?`,
  )
  const scores = scoresIn(db, scanId, stretch)
  const influence: Influence = { sum: 0, pairs: 0 }
  for (const { pairId, fold, margin, mm, stale, status } of scores) {
    const loss = softplusNeg(margin)
    const mmLoss = mm && softplusNeg(mm.margin)
    set.run(
      scanId,
      fold,
      margin,
      loss,
      mm?.run ?? null,
      mm?.margin ?? null,
      mmLoss,
      mmLoss === null ? null : sfc(mmLoss, loss),
      quadrantOf(margin, mm?.margin ?? null),
      mm && noise ? wrongProbability(noise, margin, mm.margin) : null,
      stale ? 1 : 0,
      pairId,
    )
    if (!mm || stale || !USABLE.has(status)) continue
    influence.sum += trainingInfluence(margin, mm.margin)
    influence.pairs++
  }
  return { pairs: scores.length, influence }
}

const USABLE = new Set<PairStatus>(USABLE_STATUSES)

function scoresIn(db: Database, scanId: number, stretch: Stretch): Score[] {
  const held = heldOutReferences(db, stretch)
  return statement<Stored>(
    db,
    `SELECT t.pair_id AS pairId, t.fold, t.margin, t.text_hash AS textHash, t.images, s.text_hash AS present, s.status
     FROM text_scores t JOIN pair_state s ON s.pair_id = t.pair_id
     WHERE t.scan_id = ? AND t.pair_id > ? AND t.pair_id <= ? ORDER BY t.pair_id`,
  )
    .all(scanId, stretch.after, stretch.last)
    .map((score) => asItStands(db, score, held.get(score.pairId) ?? null))
}

function asItStands(db: Database, { pairId, fold, margin, textHash, images, present, status }: Stored, reference: Reference | null): Score {
  const turn = orientation(db, pairId, textHash, present)
  const target = turn === 0 ? textHash : present
  const mmTurn = reference ? orientation(db, pairId, reference.textHash, target) : 0
  const now = reference && reference.images !== null ? imagesNow(db, pairId) : null
  // A reference of other images than the scan knew, and than there are, is of neither.
  const holds = reference && mmTurn !== 0 && (reference.images === now || images === null || reference.images === images)
  return {
    ...{ pairId, fold, status },
    margin: turn === -1 ? turned(margin) : margin,
    mm: holds ? { run: reference.run, margin: mmTurn === -1 ? turned(reference.margin) : reference.margin } : null,
    stale: turn === 0 || (holds === true && reference.images !== now),
  }
}

/** Pairs whose scores are looked at together. */
const LOOKED_AT = 20_000

/**
 * How many labels are wrong, from a draw of the pairs that both models scored and a report is about: those that name an image, or, where
 * none does, all. Null where both models are too weak for an estimate, or the pairs too few.
 */
function noiseOf(db: Database, scanId: number, seed: number): LabelNoise | null {
  const scored: { pairId: number; margin: number; mm: number; named: boolean }[] = []
  const naming = statement<{ id: number }>(
    db,
    'SELECT pair_id AS id FROM pair_images WHERE pair_id > ? AND pair_id <= ? UNION SELECT pair_id FROM missing_images WHERE pair_id > ? AND pair_id <= ?',
  )
  const last = statement<{ last: number }>(db, 'SELECT coalesce(max(pair_id), 0) AS last FROM pair_state').get()?.last ?? 0
  for (let after = 0; after < last; after += LOOKED_AT) {
    const until = after + LOOKED_AT
    const named = new Set(naming.all(after, until, after, until).map(({ id }) => id))
    for (const { pairId, margin, mm } of scoresIn(db, scanId, { after, last: until })) {
      if (mm) scored.push({ pairId, margin, mm: mm.margin, named: named.has(pairId) })
    }
  }
  const withImage = scored.filter(({ named }) => named)
  const about = withImage.length > 0 ? withImage : scored
  const drawn = about.length > NOISE_PAIRS ? random(`noise:${seed}`).sample(about, NOISE_PAIRS) : about
  const groupOf = statement<{ group: string }>(db, 'SELECT coalesce(group_id, text_hash) AS "group" FROM pair_state WHERE pair_id = ?')
  const groups = new Map<string, number>()
  const numbered = drawn.map(({ pairId }) => {
    const { group } = groupOf.get(pairId) as { group: string }
    return groups.get(group) ?? (groups.set(group, groups.size), groups.size - 1)
  })
  return labelNoise({
    text: Float64Array.from(drawn, ({ margin }) => margin),
    mm: Float64Array.from(drawn, ({ mm }) => mm),
    groups: Int32Array.from(numbered),
  })
}

/** Kept for the report. */
function storeNoise(db: Database, noise: LabelNoise | null): void {
  if (noise) statement(db, 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(NOISE, JSON.stringify(noise))
  else statement(db, 'DELETE FROM meta WHERE key = ?').run(NOISE)
}
