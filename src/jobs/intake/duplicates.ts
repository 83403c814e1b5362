import { setImmediate as breathe } from 'node:timers/promises'
import { isRepeat, SHARED_KINDS, type SharedKind } from '../../core/duplicates.ts'
import type { DuplicateKind } from '../../contract/pairs.ts'
import type { DbClient } from '../../db/client.ts'
import type { DuplicatesFound } from '../../db/duplicates/store.ts'
import type { JobContext } from '../kind.ts'

/** Pairs a call to the database: some tens of milliseconds each, so that other queries get their turn. */
const HASHED = 500
const COMPARED = 500
const WRITTEN = 4000
const CLEARED = 4000

const PHASE = 'Finding duplicates'

/**
 * Looks through all pairs as they stand now, but for discarded ones, for those that repeat one another, and writes the `duplicates` table anew.
 * Memory: 40 bytes a pair, and little more while they are compared. Two pairs count as repeats only if their whole keys are equal, so a
 * collision of short hashes reports nothing. A pair with near responses is a set of its own. Beginning anew after a stop is all it takes to resume.
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
  for (const kind of SHARED_KINDS) {
    const writer = new SetWriter(db, kind)
    for (let share = 0; share < SHARES; share++) {
      const group = candidates(all.ids, all.hashes[kind], share)
      for await (const set of repeats(db, kind, group, signal)) await writer.add(set)
    }
    found[kind] = await writer.end()
  }
  const near = new SetWriter(db, 'near-responses')
  for (const id of all.nearResponses) {
    signal.throwIfAborted()
    await near.add([id])
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
  for (let after: number | null = 0; after !== null; ) {
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

/** Pairs whose short hash others have too: group `g` is `members` from `starts[g]` to `starts[g + 1]`, by rising id. */
type Candidates = { members: Float64Array; starts: Uint32Array }

function candidates(ids: Float64Array, hashes: Float64Array, share: number): Candidates {
  // Hashes have 53 bits.
  const [low, high] = [(share / SHARES) * 2 ** 53, ((share + 1) / SHARES) * 2 ** 53]
  const own = hashes.filter((hash) => hash >= low && hash < high)
  const sorted = own.slice().sort()
  const groups = sorted.filter((hash, i) => hash === sorted[i + 1] && hash !== sorted[i - 1])
  const starts = new Uint32Array(groups.length + 1)
  const groupOf = new Int32Array(own.length)
  own.forEach((hash, i) => {
    const group = indexOf(groups, hash)
    groupOf[i] = group
    if (group >= 0) starts[group + 1]! += 1
  })
  for (let group = 0; group < groups.length; group++) starts[group + 1]! += starts[group]!
  const members = new Float64Array(starts[groups.length]!)
  const filled = starts.slice()
  let seen = 0
  hashes.forEach((hash, i) => {
    if (hash < low || hash >= high) return
    const group = groupOf[seen++]!
    if (group >= 0) members[filled[group]!++] = ids[i]!
  })
  return { members, starts }
}

/** Where `value` is in numbers that rise; -1 where it is not. */
function indexOf(rising: Float64Array, value: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rising[middle]! < value) low = middle + 1
    else high = middle
  }
  return rising[low] === value ? low : -1
}

/** The sets among the candidates, by their whole keys. */
async function* repeats(
  db: DbClient,
  kind: SharedKind,
  { members, starts }: Candidates,
  signal: AbortSignal,
): AsyncGenerator<number[], void, undefined> {
  // Small groups are asked for together; a large one is asked for in pieces.
  for (let group = 0; group + 1 < starts.length; ) {
    const from = starts[group]!
    do group += 1
    while (group + 1 < starts.length && starts[group + 1]! - from <= COMPARED)
    const to = starts[group]!
    const sets = new Map<string, { pairs: number[]; variants: Set<string> }>()
    for (let at = from; at < to; at += COMPARED) {
      signal.throwIfAborted()
      const piece = members.subarray(at, Math.min(at + COMPARED, to))
      const keys = await db.duplicates.keys(kind, [...piece])
      keys.forEach((found, i) => {
        if (found === null) return
        const set = sets.get(found.key) ?? { pairs: [], variants: new Set() }
        sets.set(found.key, set)
        set.pairs.push(piece[i]!)
        if (set.variants.size < 2) set.variants.add(found.variant)
      })
    }
    for (const { pairs, variants } of sets.values()) if (isRepeat(kind, pairs.length, variants.size)) yield pairs
    await breathe()
  }
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

  async add(pairs: readonly number[]): Promise<void> {
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
