import { random } from '../../core/random.ts'
import type { DbClient } from '../../db/worker/client.ts'

export type DrawnPair = { id: number; source: string; group: string; prompt: string; chosen: string; rejected: string }

const PAGE = 50_000
const CHUNK = 1000

/** Ids of all pairs that the report is about. */
export async function countedIds(db: DbClient): Promise<number[]> {
  const filter = await db.scans.reported()
  const all: number[] = []
  for (let after = 0; ;) {
    const ids = await db.scans.idsOf(filter, after, PAGE)
    if (ids.length === 0) return all
    for (const id of ids) all.push(id)
    after = ids.at(-1) as number
  }
}

/** At most `most` of these pairs, drawn by the seed, with their present texts, by id. */
export async function drawnPairs(db: DbClient, ids: readonly number[], most: number, seed: number): Promise<DrawnPair[]> {
  const drawn =
    ids.length > most
      ? random(`texts:${seed}`)
          .sample(ids, most)
          .sort((a, b) => a - b)
      : ids
  const pairs: DrawnPair[] = []
  for (let from = 0; from < drawn.length; from += CHUNK) {
    const pairIds = drawn.slice(from, from + CHUNK)
    for (const { pairId, source, groupId, textHash, prompt, chosen, rejected } of await db.pairs.chunk(0, pairIds.length, { pairIds })) {
      pairs.push({ id: pairId, source, group: groupId ?? textHash, prompt, chosen, rejected })
    }
  }
  return pairs
}
