import type { Database } from 'better-sqlite3'
import { PRIOR_MM_LOSS, quadrantOf, sfc, softplusNeg } from '../../core/losses.ts'
import { random } from '../../core/random.ts'
import { labelNoise, wrongProbability, type LabelNoise } from '../../core/suspects.ts'
import { resumable } from '../resumable.ts'
import { statement } from '../statement.ts'
import { latest } from './latest.ts'
import { heldOutReferences, type Reference, type Stretch } from './references.ts'

/** A held-out score of the latest scan, with the margin that an image-side reference gave the same text. */
type Score = { pairId: number; fold: number; margin: number; loss: number; textHash: string; mm: Reference | null }

/** Key in `meta` of how often the audit numbers or the splits were written: what tells a report that it is out of date. */
export const AUDIT_COUNTER = 'audit_refreshes'
/** Key in `meta` of the label noise that the suspects were told by, as JSON; absent where no MM-RM has scored enough pairs. */
const NOISE = 'label_noise'
/** Key in `meta`: the audit numbers are being written anew, and not all are yet. */
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

/** The label noise as the last refresh estimated it; null where it could not. */
export function storedNoise(db: Database): LabelNoise | null {
  const row = statement<{ value: string }>(db, 'SELECT value FROM meta WHERE key = ?').get(NOISE)
  return row ? (JSON.parse(row.value) as LabelNoise) : null
}

/**
 * Writes the audit numbers of every pair anew, all in one transaction: for what nobody waits for. Returns how many pairs have
 * numbers. See `beginAudit`.
 */
export function refreshAudit(db: Database): number {
  return db.transaction(() => {
    let pairs = 0
    for (let after: number | null = beginAudit(db) ? 0 : null; after !== null; ) {
      const step: AuditStep = auditStep(db, after)
      pairs += step.pairs
      after = step.next
    }
    return pairs
  }).immediate()
}

/**
 * The audit numbers of all pairs are to be written anew, from the latest finished scan and the held-out margins of MM-RMs and
 * probes (`heldOutReferences`), where those were of the same text; where there is none, the SFC is the prior one, with
 * L = ln 2. `auditStep` does it, some pairs at a time; a project that is opened in between is brought to the end
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
    return { next: last, pairs: write(db, scan.id, { after, last }) }
  })
}

function write(db: Database, scanId: number, stretch: Stretch): number {
  const noise = storedNoise(db)
  statement(
    db,
    `UPDATE pair_state SET scan_id = NULL, scored_hash = NULL, fold = NULL, text_margin = NULL, text_loss = NULL, mm_run = NULL,
       mm_margin = NULL, mm_loss = NULL, sfc = NULL, sfc_kind = NULL, quadrant = NULL, suspect = NULL
     WHERE scan_id IS NOT NULL AND pair_id > ? AND pair_id <= ?
       AND pair_id NOT IN (SELECT pair_id FROM text_scores WHERE scan_id = ? AND pair_id > ? AND pair_id <= ?)`,
  ).run(stretch.after, stretch.last, scanId, stretch.after, stretch.last)
  const set = statement(
    db,
    `UPDATE pair_state SET scan_id = ?, scored_hash = ?, fold = ?, text_margin = ?, text_loss = ?, mm_run = ?, mm_margin = ?, mm_loss = ?, sfc = ?, sfc_kind = ?, quadrant = ?, suspect = ?
     WHERE pair_id = ?`,
  )
  const scores = scoresIn(db, scanId, stretch)
  for (const { pairId, fold, margin, loss, textHash, mm } of scores) {
    const mmLoss = mm && softplusNeg(mm.margin)
    set.run(
      scanId,
      textHash,
      fold,
      margin,
      loss,
      mm?.run ?? null,
      mm?.margin ?? null,
      mmLoss,
      sfc(mmLoss ?? PRIOR_MM_LOSS, loss),
      mm ? 'audit' : 'prior',
      quadrantOf(margin, mm?.margin ?? null),
      mm && noise ? wrongProbability(noise, margin, mm.margin) : null,
      pairId,
    )
  }
  return scores.length
}

function scoresIn(db: Database, scanId: number, stretch: Stretch): Score[] {
  const held = heldOutReferences(db, stretch)
  return statement<Omit<Score, 'mm'>>(
    db,
    'SELECT pair_id AS pairId, fold, margin, loss, text_hash AS textHash FROM text_scores WHERE scan_id = ? AND pair_id > ? AND pair_id <= ? ORDER BY pair_id',
  )
    .all(scanId, stretch.after, stretch.last)
    .map((score) => {
      const found = held.get(score.pairId)
      return { ...score, mm: found?.textHash === score.textHash ? found : null }
    })
}

/** Pairs whose scores are looked at together. */
const LOOKED_AT = 20_000

/** How many labels are wrong, from a draw of the pairs that both models scored; null where that cannot be told. */
function noiseOf(db: Database, scanId: number, seed: number): LabelNoise | null {
  const scored: { pairId: number; margin: number; mm: number }[] = []
  const last = statement<{ last: number }>(db, 'SELECT coalesce(max(pair_id), 0) AS last FROM pair_state').get()?.last ?? 0
  for (let after = 0; after < last; after += LOOKED_AT) {
    for (const { pairId, margin, mm } of scoresIn(db, scanId, { after, last: after + LOOKED_AT })) {
      if (mm) scored.push({ pairId, margin, mm: mm.margin })
    }
  }
  const drawn = scored.length > NOISE_PAIRS ? random(`noise:${seed}`).sample(scored, NOISE_PAIRS) : scored
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
