import { setImmediate as breathe } from 'node:timers/promises'
import { isRepeat, SHARED_KINDS, type SharedKind } from '../../core/duplicates.ts'
import type { DuplicateKind } from '../../contract/pairs.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { DuplicatesFound } from '../../db/duplicates/store.ts'
import type { JobContext } from '../kind.ts'

/** Pairs a call to the database: some tens of milliseconds each, so that other queries get their turn. */
const HASHED = 500
const COMPARED = 500
const WRITTEN = 4000
const CLEARED = 4000

const PHASE = 'Finding duplicates'

/**
 * Looks through all pairs as they stand now, but for discarded ones, for those that repeat one another, and writes the
 * `duplicates` table. A pair with near responses is a set of its own. After a stop it starts over.
 *
 * Memory: 40 bytes a pair, and little more while they are compared. Two pairs count as repeats only if their whole keys are
 * equal, so a collision of short hashes reports nothing.
 *
 * @throws the signal's reason when aborted
 */
export async function findDuplicates({
  db,
  signal,
  progress,
}: Pick<JobContext<unknown>, 'db' | 'signal' | 'progress'>): Promise<DuplicatesFound> {
  const revision = await db.duplicates.revision()
  const total = await db.pairs.count({})
  const all = await hashAll(db, signal, total, (done) => progress({ phase: PHASE, done, total, unit: 'pairs' }))
  while (await db.duplicates.clear(CLEARED)) signal.throwIfAborted()

  const found = {} as DuplicatesFound
  for (const [step, kind] of SHARED_KINDS.entries()) {
    const writer = new SetWriter(db, kind)
    for (let share = 0; share < SHARES; share++) {
      progress({ phase: 'Comparing duplicates', done: step * SHARES + share, total: SHARED_KINDS.length * SHARES, unit: 'steps' })
      await breathe()
      for (const set of await repeats(db, kind, candidates(all.ids, all.hashes[kind], share), signal)) await writer.addSet(set)
    }
    found[kind] = await writer.end()
  }
  const near = new SetWriter(db, 'near-responses')
  for (const id of all.nearResponses) {
    signal.throwIfAborted()
    await near.addSet([id])
  }
  found['near-responses'] = await near.end()
  await db.duplicates.finish(revision, found)
  return found
}

type Hashes = { ids: Float64Array; hashes: Record<SharedKind, Float64Array>; nearResponses: number[] }

async function hashAll(db: DbClient, signal: AbortSignal, total: number, told: (done: number) => void): Promise<Hashes> {
  const ids = new Numbers(total)
  const hashes = Object.fromEntries(SHARED_KINDS.map((kind) => [kind, new Numbers(total)])) as Record<SharedKind, Numbers>
  const nearResponses: number[] = []
  for (let after: number | null = 0; after !== null;) {
    signal.throwIfAborted()
    const stretch = await db.duplicates.hashes(after, HASHED)
    ids.push(stretch.hashes.ids)
    for (const kind of SHARED_KINDS) hashes[kind].push(stretch.hashes[kind])
    for (const id of stretch.nearResponses) nearResponses.push(id)
    after = stretch.next
    told(ids.length)
  }
  return {
    ids: ids.taken(),
    hashes: Object.fromEntries(SHARED_KINDS.map((kind) => [kind, hashes[kind].taken()])) as Record<SharedKind, Float64Array>,
    nearResponses,
  }
}

/** The space of hashes is gone through in so many parts, so that no step takes long or much memory. */
const SHARES = 16

/** Pairs, by rising id, whose short hash lies in this share and others have too. */
function candidates(ids: Float64Array, hashes: Float64Array, share: number): Float64Array {
  // Hashes have 53 bits.
  const [low, high] = [(share / SHARES) * 2 ** 53, ((share + 1) / SHARES) * 2 ** 53]
  const sorted = hashes.filter((hash) => hash >= low && hash < high).sort()
  const repeated = sorted.filter((hash, i) => hash === sorted[i + 1] && hash !== sorted[i - 1])
  return ids.filter((_, i) => hashes[i]! >= low && hashes[i]! < high && has(repeated, hashes[i]!))
}

/** Whether `value` is among numbers that rise. */
function has(rising: Float64Array, value: number): boolean {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rising[middle]! < value) low = middle + 1
    else high = middle
  }
  return rising[low] === value
}

/** The sets among the candidates, by their whole keys; those with the earliest pair first. */
async function repeats(db: DbClient, kind: SharedKind, pairs: Float64Array, signal: AbortSignal): Promise<number[][]> {
  const sets = new Map<string, { pairs: number[]; variants: Set<string> }>()
  for (let at = 0; at < pairs.length; at += COMPARED) {
    signal.throwIfAborted()
    for (const { id, key, variant } of await db.duplicates.keys(kind, [...pairs.subarray(at, at + COMPARED)])) {
      const set = sets.get(key) ?? { pairs: [], variants: new Set() }
      sets.set(key, set)
      set.pairs.push(id)
      if (set.variants.size < 2) set.variants.add(variant)
    }
  }
  return [...sets.values()].filter((set) => isRepeat(kind, set.pairs.length, set.variants.size)).map((set) => set.pairs)
}

/** Numbers the sets from 1 and writes them a stretch at a time. */
class SetWriter {
  readonly #db: DbClient
  readonly #kind: DuplicateKind
  #members: number[] = []
  #sets = 0
  #pairs = 0

  constructor(db: DbClient, kind: DuplicateKind) {
    this.#db = db
    this.#kind = kind
  }

  async addSet(pairs: readonly number[]): Promise<void> {
    this.#sets += 1
    this.#pairs += pairs.length
    for (const pair of pairs) {
      this.#members.push(this.#sets, pair)
      if (this.#members.length >= 2 * WRITTEN) await this.#write()
    }
  }

  async end(): Promise<{ sets: number; pairs: number }> {
    await this.#write()
    return { sets: this.#sets, pairs: this.#pairs }
  }

  async #write(): Promise<void> {
    if (this.#members.length > 0) await this.#db.duplicates.write(this.#kind, Float64Array.from(this.#members))
    this.#members = []
  }
}

/** Numbers, eight bytes each; `expected` is about how many there will be. */
class Numbers {
  #values: Float64Array
  length = 0

  constructor(expected: number) {
    this.#values = new Float64Array(expected)
  }

  push(more: Float64Array): void {
    if (this.length + more.length > this.#values.length) {
      const grown = new Float64Array(Math.max(1.5 * this.#values.length, this.length + more.length))
      grown.set(this.taken())
      this.#values = grown
    }
    this.#values.set(more, this.length)
    this.length += more.length
  }

  taken(): Float64Array {
    return this.#values.subarray(0, this.length)
  }
}
