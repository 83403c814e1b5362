import { inside } from '../node/project-folder.ts'
import { writeFile } from 'node:fs/promises'
import type { HeldOutScore, ScoringReply } from '../protocols/scoring.ts'
import type { AnyProxy } from '../proxies/index.ts'
import type { EncodedPairs, EncodingContext, PairEncoding, TextPair } from '../proxies/proxy.ts'
import { fitHere, type Fitted, type Fitter } from './fit/fit.ts'
import { PairNames, type PairName } from './pair-names.ts'
import { curveFits, curvePoints } from './fit/learning-curve.ts'
import { heldOutMargins } from './session.ts'
import { TextsOnDisk } from './texts-on-disk.ts'

export type GroupedPair = TextPair & PairName

export type ScanOrder = { seed: number; folds: number; dir: string; context: EncodingContext }

/** Makes the fitter of an encoding; where it gives none, every fit is made in this thread. */
export type FitterOf = (encoded: EncodedPairs, fits: number) => Fitter | null

type Reply = (message: ScoringReply) => void

/** Features that are kept of the model fitted on all pairs. */
const FEATURES = 100
const SCORES_PER_MESSAGE = 2000

/**
 * Cross-fits a proxy: for each fold a model on all other folds, written to `dir`, which then scores the fold's pairs
 * through its ONNX graph. Then a model on all pairs, for the features; its margins are never used as scores; and models on
 * parts of the groups, for the learning curve. No fit
 * begins from another's result: what one saw must not leak into the next. The order of pairs does not matter. Pairs come
 * in batches, whose texts are encoded and not held.
 */
export class Scan {
  readonly #proxy: AnyProxy
  readonly #order: ScanOrder
  readonly #reply: Reply
  readonly #fitterOf: FitterOf | null
  readonly #encoding: PairEncoding<EncodedPairs>
  readonly #names = new PairNames()
  readonly #spool: TextsOnDisk

  private constructor(proxy: AnyProxy, order: ScanOrder, reply: Reply, fitterOf: FitterOf | null, spool: TextsOnDisk) {
    this.#proxy = proxy
    this.#order = order
    this.#reply = reply
    this.#fitterOf = fitterOf
    this.#encoding = proxy.encoding(order.context)
    this.#spool = spool
  }

  static async begin(proxy: AnyProxy, order: ScanOrder, reply: Reply, fitterOf: FitterOf | null = null): Promise<Scan> {
    return new Scan(proxy, order, reply, fitterOf, await TextsOnDisk.create(inside(order.dir, 'texts.tmp')))
  }

  /** Reads a batch; to be awaited before the next. */
  async readPairs(pairs: readonly GroupedPair[]): Promise<void> {
    this.#names.addNames(pairs)
    await Promise.all([this.#encoding.add(pairs), this.#spool.append(pairs)])
  }

  /** To be called once, after the last batch. */
  async scorePairs(): Promise<void> {
    const { seed, folds: count } = this.#order
    const encoded = this.#encoding.finish()
    const { order, groups, folds } = this.#names.canonical(seed, count)
    const used = Array.from({ length: count }, (_, fold) => fold).filter((fold) => folds.includes(fold))
    const curve = curveFits({ order, groups, folds }, used, seed, this.#names.measured)
    const fitter = this.#fitterOf?.(encoded, used.length + 1) ?? this.#oneThread(encoded)
    try {
      const shares = new Float64Array(used.length + 1 + curve.length)
      const fit = (pairs: Uint32Array, index: number): Promise<Fitted> =>
        fitter.fit({ pairs, groups, seed }, (share) => {
          shares[index] = share
          const done = Math.round((100 * shares.reduce((sum, value) => sum + value, 0)) / shares.length)
          this.#reply({ type: 'progress', phase: `Fitting ${used.length} folds`, done, total: 100, unit: '%' })
        })
      const fits = used.map((fold, i) =>
        fit(
          order.filter((pair) => folds[pair] !== fold),
          i,
        ),
      )
      const whole = fit(order, used.length)
      const parts = curve.map(({ pairs }, i) => fit(pairs, used.length + 1 + i))
      // Where one fails, the others may too; the first that is awaited tells.
      for (const each of [...fits, whole, ...parts]) each.catch(() => {})
      let inSample = 0
      for (const [i, fold] of used.entries()) {
        const fitted = await (fits[i] as Promise<Fitted>)
        inSample += fitted.inSampleAccuracy / used.length
        const held = order.filter((pair) => folds[pair] === fold)
        const { model, graph } = await this.#store(fitted, `fold-${fold}`)
        const margins = await heldOutMargins(graph, this.#proxy, model, encoded, held, (done) =>
          this.#reply({ type: 'progress', phase: `Scoring fold ${i + 1} of ${used.length}`, done, total: held.length, unit: 'pairs' }),
        )
        this.#tell(fold, held, margins)
      }
      const { model } = await this.#store(await whole, 'all')
      const measured = []
      for (const [i, part] of curve.entries()) {
        const model = this.#proxy.load((await (parts[i] as Promise<Fitted>)).model)
        measured.push({ ...part, margins: await heldOutMargins(this.#proxy.toOnnx(model), this.#proxy, model, encoded, part.held) })
      }
      this.#reply({ type: 'curve', points: curvePoints(measured, groups, seed) })
      this.#reply({ type: 'progress', phase: 'Naming cues', done: 0, total: 100, unit: '%' })
      this.#reply({
        type: 'features',
        features: await this.#proxy.features(model, encoded, this.#names.measured, () => this.#spool.read(), FEATURES),
      })
      this.#reply({ type: 'done', inSampleAccuracy: inSample, groups: this.#names.groups, unspaced: encoded.unspaced ?? null })
    } finally {
      await fitter.close()
      await this.#spool.remove()
    }
  }

  #oneThread(encoded: EncodedPairs): Fitter {
    return { fit: (task, progress) => Promise.resolve(fitHere(this.#proxy, encoded, task, progress)), close: () => Promise.resolve() }
  }

  async #store({ model: bytes }: Fitted, name: string): Promise<{ model: unknown; graph: Uint8Array }> {
    const model = this.#proxy.load(bytes)
    const graph = this.#proxy.toOnnx(model)
    await writeFile(inside(this.#order.dir, `${name}.onnx`), graph)
    await writeFile(inside(this.#order.dir, `${name}.model`), bytes)
    return { model, graph }
  }

  #tell(fold: number, held: Uint32Array, margins: Float64Array): void {
    const { ids, keys } = this.#names
    for (let from = 0; from < held.length; from += SCORES_PER_MESSAGE) {
      const part = held.subarray(from, from + SCORES_PER_MESSAGE)
      const scores = Array.from(part, (pair, i): HeldOutScore => ({
        id: ids[pair] as number,
        key: keys[pair] as string,
        fold,
        margin: margins[from + i] as number,
      }))
      this.#reply({ type: 'scores', scores })
    }
  }
}
