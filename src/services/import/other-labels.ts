import { createHash } from 'node:crypto'
import path from 'node:path'
import type { DbClient } from '../../db/worker/client.ts'
import { identified } from '../../db/pairs/hash.ts'
import type { NewImage, NewPair } from '../../db/pairs/batch.ts'
import { judgesOtherwise, standingOf, type Standing } from '../../db/pairs/standing.ts'
import { ByReference } from '../../formats/images/by-reference.ts'
import type { ImageReference, RawPair } from '../../formats/format.ts'
import { ImageSource } from '../../formats/images/image-source.ts'
import { ImageFault, MissingImage } from '../../formats/images/images.ts'

/** Pairs that are worked on at once: each may hold an image in memory. */
const WIDTH = 48
/** Pairs of the files that are remembered, for a later record may state one again; of a file with more, those behind are not. */
const MAX_PAIRS = 1_000_000

/** Where the pairs go, and their images come from, as in an import. */
type Target = { split: string; imagesDir: string; chosen: boolean; fetchHosts: readonly string[] }

/**
 * Finds records that judge a pair otherwise than it stands in the project, or by an earlier record of the same files. It reads only.
 * Pairs with images that would be fetched are passed over: which they are is not known before.
 */
export class OtherLabels {
  readonly #db: DbClient | null
  readonly #target: Target
  readonly #found: (row: number) => void
  readonly #seen = new Map<string, Standing>()
  #images: ByReference<NewImage | null> | null = null
  #waiting: Promise<NewPair | null>[] = []

  /** @param found is told the row of each, in their order */
  constructor(db: DbClient | null, target: Target, found: (row: number) => void) {
    this.#db = db
    this.#target = target
    this.#found = found
  }

  /** Pairs from here on are of this file. */
  begin(file: string, signal: AbortSignal): void {
    const { imagesDir, chosen, fetchHosts } = this.#target
    const source = new ImageSource({ imagesDir, chosen, dataDir: path.dirname(file), fetchHosts: [], signal })
    this.#images = new ByReference((reference) => imageOf(reference, source, fetchHosts))
  }

  /** @throws what reading an image throws where the import would stop */
  async compareWith(pair: RawPair, row: number, part: number): Promise<void> {
    const stated = this.#stated(pair, row, part)
    // Whoever waits for the whole stretch is told.
    stated.catch(() => {})
    this.#waiting.push(stated)
    if (this.#waiting.length >= WIDTH) await this.end()
  }

  /** Compares those that wait. @throws as `add` */
  async end(): Promise<void> {
    const pairs = (await Promise.all(this.#waiting.splice(0))).filter((pair) => pair !== null)
    const asked = pairs.map(({ uid, source, split }) => ({ uid, source: source ?? '', split: split ?? '' }))
    const there = pairs.length > 0 ? await this.#db?.pairs.standings(asked) : undefined
    for (const [i, pair] of pairs.entries()) {
      const key = Object.values(asked[i] ?? {}).join('\0')
      const standing = there?.[i] ?? this.#seen.get(key)
      if (standing) {
        if (judgesOtherwise(pair, standing)) this.#found(pair.row)
      } else if (this.#seen.size < MAX_PAIRS) this.#seen.set(key, standingOf(pair))
    }
  }

  /** As the import takes it; null where it would not, or what it would take is not known. */
  async #stated(pair: RawPair, row: number, part: number): Promise<NewPair | null> {
    const images = await Promise.all(pair.images.map((reference) => this.#images?.get(reference) ?? null))
    const known = images.filter((image) => image !== null)
    return known.length < images.length ? null : identified({ ...pair, split: this.#target.split || pair.split, row, part, images: known })
  }
}

/** The image by its content; null for what is none, or is on a host that images would be fetched from. */
async function imageOf(reference: ImageReference, source: ImageSource, fetchHosts: readonly string[]): Promise<NewImage | null> {
  try {
    const located = await source.locate(reference)
    if (located.kind === 'web' && fetchHosts.some((host) => host.toLowerCase() === URL.parse(located.url)?.host)) return null
    return createHash('sha256')
      .update(await source.read(reference, located))
      .digest('hex')
  } catch (error) {
    if (error instanceof MissingImage) return { missing: error.reference, reason: error.reason }
    if (error instanceof ImageFault) return null
    throw error
  }
}
