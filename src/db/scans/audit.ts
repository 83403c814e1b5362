import type { Database } from 'better-sqlite3'
import { PRIOR_MM_LOSS, quadrantOf, sfc, softplusNeg } from '../../core/losses.ts'
import { random } from '../../core/random.ts'
import { labelNoise, wrongProbability, type LabelNoise } from '../../core/suspects.ts'
import { statement } from '../statement.ts'
import { latest } from './latest.ts'
import { heldOutReferences, type Reference } from './references.ts'

type Score = { pairId: number; fold: number; margin: number; loss: number; textHash: string }

/** Key in `meta` of how often the audit numbers or the splits were written: what tells a report that it is out of date. */
export const AUDIT_COUNTER = 'audit_refreshes'
/** Key in `meta` of the label noise that the suspects were told by, as JSON; absent where no MM-RM has scored enough pairs. */
const NOISE = 'label_noise'
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
 * Writes the audit numbers of every pair anew, from the latest finished scan and the held-out margins of MM-RMs and probes
 * (`heldOutReferences`), where those were of the same text. Where there is none, the SFC is the prior one, with L = ln 2. In one
 * transaction; returns how many pairs have numbers.
 */
export function refreshAudit(db: Database): number {
  return db.transaction(() => {
    const scan = latest(db)
    if (!scan) return 0
    const held = heldOutReferences(db)
    const scores = statement<Score>(
      db,
      'SELECT pair_id AS pairId, fold, margin, loss, text_hash AS textHash FROM text_scores WHERE scan_id = ?',
    ).all(scan.id)
    const referenceOf = ({ pairId, textHash }: Score): Reference | null => {
      const found = held.get(pairId)
      return found?.textHash === textHash ? found : null
    }
    const noise = noiseOf(db, scores, referenceOf, scan.seed)
    const set = statement(
      db,
      `UPDATE pair_state SET scan_id = ?, scored_hash = ?, fold = ?, text_margin = ?, text_loss = ?, mm_run = ?, mm_margin = ?,
         mm_loss = ?, sfc = ?, sfc_kind = ?, quadrant = ?, suspect = ? WHERE pair_id = ?`,
    )
    statement(
      db,
      `UPDATE pair_state SET scan_id = NULL, scored_hash = NULL, fold = NULL, text_margin = NULL, text_loss = NULL, mm_run = NULL,
         mm_margin = NULL, mm_loss = NULL, sfc = NULL, sfc_kind = NULL, quadrant = NULL, suspect = NULL
       WHERE scan_id IS NOT NULL AND pair_id NOT IN (SELECT pair_id FROM text_scores WHERE scan_id = ?)`,
    ).run(scan.id)
    for (const score of scores) {
      const { pairId, fold, margin, loss, textHash } = score
      const mm = referenceOf(score)
      const mmLoss = mm && softplusNeg(mm.margin)
      set.run(
        scan.id,
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
    reportsChanged(db)
    return scores.length
  }).immediate()
}

/** How many labels are wrong, from a draw of the pairs that both models scored; kept for the report. */
function noiseOf(db: Database, scores: readonly Score[], referenceOf: (score: Score) => Reference | null, seed: number): LabelNoise | null {
  const scored = scores.filter((score) => referenceOf(score))
  const drawn = scored.length > NOISE_PAIRS ? random(`noise:${seed}`).sample(scored, NOISE_PAIRS) : scored
  const groupOf = statement<{ group: string }>(db, 'SELECT coalesce(group_id, text_hash) AS "group" FROM pair_state WHERE pair_id = ?')
  const groups = new Map<string, number>()
  const numbered = drawn.map(({ pairId }) => {
    const { group } = groupOf.get(pairId) as { group: string }
    return groups.get(group) ?? (groups.set(group, groups.size), groups.size - 1)
  })
  const noise = labelNoise({
    text: Float64Array.from(drawn, ({ margin }) => margin),
    mm: Float64Array.from(drawn, (score) => (referenceOf(score) as Reference).margin),
    groups: Int32Array.from(numbered),
  })
  if (noise) statement(db, 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(NOISE, JSON.stringify(noise))
  else statement(db, 'DELETE FROM meta WHERE key = ?').run(NOISE)
  return noise
}
