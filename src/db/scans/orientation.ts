import type { Database } from 'better-sqlite3'
import { textHash } from '../pairs/hash.ts'
import { statement } from '../sqlite/statement.ts'

/** 1: the same text with the same label. -1: the same two responses with the label the other way round. 0: another text. */
export type Orientation = 1 | -1 | 0

type Texts = { prompt: string; chosen: string; rejected: string }

/** How a text that a pair has had lies to another one, both by their hashes (`textHash`). */
export function orientation(db: Database, pairId: number, hash: string, target: string): Orientation {
  if (hash === target) return 1
  // Either may be unknown, where somebody changed texts outside Blindfold.
  const texts = textsWith(db, pairId, target)
  return texts && textHash(texts.prompt, texts.rejected, texts.chosen) === hash ? -1 : 0
}

/** The texts with this hash, as imported or as an annotation left them. */
function textsWith(db: Database, pairId: number, hash: string): Texts | undefined {
  return statement<Texts>(
    db,
    `SELECT coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected
     FROM pairs p LEFT JOIN annotations a ON a.id = (SELECT max(id) FROM annotations WHERE pair_id = p.id AND text_hash = ?)
     WHERE p.id = ? AND (a.id IS NOT NULL OR p.text_hash = ?)`,
  ).get(hash, pairId, hash)
}
