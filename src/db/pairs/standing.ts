import type { Database } from 'better-sqlite3'
import type { PairStatus } from '../../contract/pairs.ts'
import { textHash } from './hash.ts'
import { statement } from '../sqlite/statement.ts'
import type { NewPair } from './batch.ts'

/** What holds of a pair: its status, and the hash of its present texts. */
export type Standing = { status: PairStatus; hash: string }

/** How a pair stands by what its record says of it, once it is in. */
export function standingOf({ history, tied, prompt, chosen, rejected, textHash: stated }: NewPair): Standing {
  const last = history.at(-1)
  if (!last) return { status: tied ? 'tied' : 'unreviewed', hash: stated }
  return { status: last.status, hash: textHash(last.prompt ?? prompt, last.chosen ?? chosen, last.rejected ?? rejected) }
}

/** Whether a record judges its pair otherwise than the equal pair that is there stands. A record without a judgement never does. */
export function judgesOtherwise(pair: NewPair, there: Standing): boolean {
  if (pair.history.length === 0 && !pair.tied) return false
  const { status, hash } = standingOf(pair)
  return there.status !== status || there.hash !== hash
}

/** The pair of the source and split that has this content; null where it has none. */
export function equalPair(db: Database, uid: string, sourceId: number, split: string): ({ id: number } & Standing) | null {
  // Of an import nearly all pairs are new: joined with the state, looking for what is not there takes five times as long.
  const pair = statement<{ id: number }>(
    db,
    'SELECT id FROM pairs WHERE substr(uid, 1, 8) = ? AND uid = ? AND +source_id = ? AND +split = ?',
  ).get(uid.slice(0, 8), uid, sourceId, split)
  if (!pair) return null
  const state = statement<Standing>(db, 'SELECT status, text_hash AS hash FROM pair_state WHERE pair_id = ?').get(pair.id)
  return state ? { id: pair.id, ...state } : null
}

/** How the pairs with these contents stand, in the order asked; null for those that are not there. */
export function standings(db: Database, asked: readonly { uid: string; source: string; split: string }[]): (Standing | null)[] {
  return asked.map(({ uid, source, split }) => {
    const known = statement<{ id: number }>(db, 'SELECT id FROM sources WHERE name = ?').get(source)
    const equal = known ? equalPair(db, uid, known.id, split) : null
    return equal && { status: equal.status, hash: equal.hash }
  })
}
