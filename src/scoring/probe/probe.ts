import type { ProbePair, ProbeReply } from '../../protocols/probe-process.ts'
import { probeFindings } from '../../core/probe-findings.ts'
import { hash32, random } from '../../core/random.ts'
import { accuracy } from '../../core/statistics.ts'
import { fitHead, headMargins } from '../../proxies/head.ts'
import { PairNames } from '../pair-names.ts'
import { TextsOnDisk } from '../texts-on-disk.ts'
import type { Embedder } from './embedder.ts'

/** Numbers of the features of all pairs together: 400 MB of float32. */
const MOST_NUMBERS = 1e8
const SCORES_PER_MESSAGE = 2000

export type ProbeOrder = { seed: number; folds: number; total: number; spool: string }
type Reply = (message: ProbeReply) => void

/**
 * Cross-fits a head over frozen embeddings: for each fold on all other folds, which then scores the fold's pairs, with their own
 * images, with a grey picture, and with the image of another group. Pairs come in batches; of more pairs than memory takes, groups
 * are drawn by the seed.
 */
export class Probe {
  readonly #embedder: Embedder
  readonly #order: ProbeOrder
  readonly #reply: Reply
  readonly #spool: TextsOnDisk
  readonly #names = new PairNames()
  readonly #share: number
  /** Each image's row, by its hash; and each pair's image: the mean of those it has. */
  readonly #rows = new Map<string, Float32Array | null>()
  readonly #images: Float32Array[] = []
  #withoutImage = 0
  #leftOut = 0

  private constructor(embedder: Embedder, order: ProbeOrder, reply: Reply, spool: TextsOnDisk) {
    this.#embedder = embedder
    this.#order = order
    this.#reply = reply
    this.#spool = spool
    this.#share = MOST_NUMBERS / embedder.width / Math.max(1, order.total)
  }

  static async begin(embedder: Embedder, order: ProbeOrder, reply: Reply): Promise<Probe> {
    return new Probe(embedder, order, reply, await TextsOnDisk.create(order.spool))
  }

  /** Reads a batch; to be awaited before the next. */
  async readPairs(pairs: readonly ProbePair[]): Promise<void> {
    const drawn = pairs.filter(({ group }) => hash32(`${this.#order.seed}/probe/${group}`) / 2 ** 32 < this.#share)
    this.#leftOut += pairs.length - drawn.length
    const unread = new Map(
      drawn
        .flatMap(({ images }) => images)
        .filter(({ hash }) => !this.#rows.has(hash))
        .map((image) => [image.hash, image]),
    )
    const rows = await this.#embedder.images([...unread.values()])
    ;[...unread.keys()].forEach((hash, i) => this.#rows.set(hash, rows[i] ?? null))
    const shown = drawn.filter(({ images }) => {
      const seen = images.map(({ hash }) => this.#rows.get(hash)).filter((row) => row != null)
      if (seen.length > 0) this.#images.push(mean(seen))
      return seen.length > 0
    })
    this.#withoutImage += drawn.length - shown.length
    this.#names.addNames(shown)
    this.#embedder.see(shown)
    await this.#spool.append(shown)
  }

  /** To be called once, after the last batch. */
  async scorePairs(): Promise<void> {
    const { seed, folds: count } = this.#order
    try {
      const differences = await this.#differences()
      const { order, groups, folds } = this.#names.canonical(seed, count)
      const used = Array.from({ length: count }, (_, fold) => fold).filter((fold) => folds.includes(fold))
      if (used.length < 2)
        throw new RangeError(
          `The image probe requires pairs with images in at least two groups; the project has ${this.#names.groups} (${order.length} pairs).`,
        )
      const { width } = this.#embedder
      const grey = await this.#embedder.blank()
      const values = new Float32Array(order.length * width)
      const swaps = this.#swaps(order, groups)
      const margins = {
        margin: new Float64Array(order.length),
        blank: new Float64Array(order.length),
        swapped: new Float64Array(order.length),
      }
      let inSample = 0
      for (const [i, fold] of used.entries()) {
        const train = order.filter((pair) => folds[pair] !== fold)
        const held = order.filter((pair) => folds[pair] === fold)
        const { images, blank } = centred(this.#images, grey, train)
        for (const pair of train)
          this.#embedder.features(
            images[pair] as Float32Array,
            this.#difference(differences, pair),
            values.subarray(pair * width, (pair + 1) * width),
          )
        const progress = (share: number) =>
          this.#reply({
            type: 'progress',
            phase: `Fitting ${used.length} folds`,
            done: Math.round((100 * (i + share)) / used.length),
            total: 100,
            unit: '%',
          })
        const weights = fitHead({ width, values }, train, { seed, groups, progress })
        inSample += accuracy(headMargins(weights, { width, values }, train)) / used.length
        const row = new Float32Array(width)
        const by = (image: Float32Array, pair: number): number => {
          this.#embedder.features(image, this.#difference(differences, pair), row)
          return row.reduce((sum, value, j) => sum + value * (weights[j] as number), 0)
        }
        for (const pair of held) {
          margins.margin[pair] = by(images[pair] as Float32Array, pair)
          margins.blank[pair] = by(blank, pair)
          margins.swapped[pair] = by(images[swaps[pair] as number] as Float32Array, pair)
        }
        this.#tell(fold, held, margins)
      }
      const found = probeFindings(
        { ...margins, groups },
        { seed, folds: count, withoutImage: this.#withoutImage, leftOut: this.#leftOut, inSampleAccuracy: inSample },
      )
      this.#reply({ type: 'done', findings: found })
    } finally {
      await this.#spool.remove()
    }
  }

  async #differences(): Promise<Float32Array> {
    const { textWidth } = this.#embedder
    const total = this.#images.length
    const all = new Float32Array(total * textWidth)
    let done = 0
    for await (const batch of this.#spool.read()) {
      all.set(await this.#embedder.differences(batch), done * textWidth)
      done += batch.length
      this.#reply({ type: 'progress', phase: 'Reading responses', done, total, unit: 'pairs' })
    }
    return all
  }

  #difference(differences: Float32Array, pair: number): Float32Array {
    const { textWidth } = this.#embedder
    return differences.subarray(pair * textWidth, (pair + 1) * textWidth)
  }

  /** For each pair one of another group, whose image it borrows: the next in an order drawn by the seed. */
  #swaps(order: Uint32Array, groups: Uint32Array): Uint32Array {
    const drawn = random(`swaps:${this.#order.seed}`).shuffle([...order])
    const swaps = new Uint32Array(order.length)
    drawn.forEach((pair, at) => {
      let step = 1
      while (groups[drawn[(at + step) % drawn.length] as number] === groups[pair]) step++
      swaps[pair] = drawn[(at + step) % drawn.length] as number
    })
    return swaps
  }

  #tell(fold: number, held: Uint32Array, { margin, blank, swapped }: Record<'margin' | 'blank' | 'swapped', Float64Array>): void {
    const { ids, keys } = this.#names
    const at = (column: Float64Array, pair: number) => column[pair] as number
    for (let from = 0; from < held.length; from += SCORES_PER_MESSAGE) {
      const scores = Array.from(held.subarray(from, from + SCORES_PER_MESSAGE), (pair) => ({
        id: ids[pair] as number,
        key: keys[pair] as string,
        fold,
        margin: at(margin, pair),
        blank: at(blank, pair),
        swapped: at(swapped, pair),
      }))
      this.#reply({ type: 'scores', scores })
    }
  }
}

/**
 * Images less the mean of those that are trained on: what all of them say alike would let the text speak through the features by itself, and the probe would
 * learn the very shortcuts that it is to be compared with.
 */
function centred(
  images: readonly Float32Array[],
  blank: Float32Array,
  train: Uint32Array,
): { images: Float32Array[]; blank: Float32Array } {
  const sum = new Float64Array(blank.length)
  for (const pair of train) for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] as number) + ((images[pair] as Float32Array)[j] as number)
  const less = (image: Float32Array) => image.map((value, j) => value - (sum[j] as number) / train.length)
  // An image that many pairs show is one row.
  const known = new Map<Float32Array, Float32Array>()
  const each = images.map((image) => known.get(image) ?? (known.set(image, less(image)), known.get(image) as Float32Array))
  return { images: each, blank: less(blank) }
}

function mean(rows: readonly Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0] as Float32Array
  return (rows[0] as Float32Array).map((_, j) => rows.reduce((sum, row) => sum + (row[j] as number), 0) / rows.length)
}
