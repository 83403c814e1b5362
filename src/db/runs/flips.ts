import type { Database } from 'better-sqlite3'
import type { FlipKind, Flips } from '../../contract/training.ts'
import { turned } from '../../core/losses.ts'
import { orientation } from '../scans/orientation.ts'
import { statement } from '../sqlite/statement.ts'

type Row = { pairId: number; source: string; before: number; after: number; beforeHash: string; afterHash: string; present: string }

/**
 * Margins of both runs on the pairs that both were tested on with the same responses, for the label as it is now, or as `from` had it where the
 * text has changed since. A run without an image branch is judged by its text branch.
 */
function* tested(db: Database, from: string, to: string): Generator<Pick<Row, 'pairId' | 'source' | 'before' | 'after'>> {
  const rows = statement<Row>(
    db,
    `SELECT a.pair_id AS pairId, o.name AS source, coalesce(a.mm_margin, a.text_margin) AS before, coalesce(b.mm_margin, b.text_margin) AS after,
            p.text_hash AS beforeHash, q.text_hash AS afterHash, s.text_hash AS present
     FROM run_eval a JOIN run_eval b ON b.pair_id = a.pair_id AND b.run_id = @to
     JOIN run_pairs p ON p.run_id = a.run_id AND p.pair_id = a.pair_id AND p.role = 'test' AND p.regrouped = 0
     JOIN run_pairs q ON q.run_id = b.run_id AND q.pair_id = b.pair_id AND q.role = 'test' AND q.regrouped = 0
     JOIN pair_state s ON s.pair_id = a.pair_id JOIN sources o ON o.id = s.source_id
     WHERE a.run_id = @from ORDER BY a.pair_id`,
  ).all({ from, to })
  for (const { pairId, source, before, after, beforeHash, afterHash, present } of rows) {
    const target = orientation(db, pairId, beforeHash, present) === 0 ? beforeHash : present
    const turns = [orientation(db, pairId, beforeHash, target), orientation(db, pairId, afterHash, target)] as const
    if (turns[1] === 0) continue
    yield { pairId, source, before: turns[0] === -1 ? turned(before) : before, after: turns[1] === -1 ? turned(after) : after }
  }
}

/** By source. */
export function flips(db: Database, from: string, to: string): Flips {
  const sources = new Map<string, Flips['sources'][number]>()
  for (const { source, before, after } of tested(db, from, to)) {
    const counts = sources.get(source) ?? { source, pairs: 0, won: 0, lost: 0 }
    sources.set(source, counts)
    counts.pairs++
    if (before <= 0 && after > 0) counts.won++
    if (before > 0 && after <= 0) counts.lost++
  }
  const named = [...sources.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
  return { pairs: named.reduce((sum, { pairs }) => sum + pairs, 0), sources: named }
}

/** By id. */
export function flippedPairs(db: Database, from: string, to: string, kind: FlipKind, source: string | null): Float64Array {
  const found: number[] = []
  for (const pair of tested(db, from, to)) {
    const [loser, winner] = kind === 'won' ? [pair.before, pair.after] : [pair.after, pair.before]
    if (loser <= 0 && winner > 0 && (source === null || pair.source === source)) found.push(pair.pairId)
  }
  return Float64Array.from(found)
}
