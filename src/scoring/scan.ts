import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProxyKind } from '../contract/overview.ts'
import type { HeldOutScore, ScoringReply } from '../contract/scoring.ts'
import { foldOf } from '../core/folds.ts'
import { accuracy } from '../core/statistics.ts'
import { proxyOf, type AnyProxy } from '../proxies/index.ts'
import type { EncodedPairs, TextPair } from '../proxies/proxy.ts'
import { rewards } from './session.ts'

/** `id` is any number that tells pairs apart, `key` a hash of the texts. */
export type GroupedPair = TextPair & { id: number; key: string; group: string }
export type ScanOrder = { proxy: ProxyKind; seed: number; folds: number; dir: string }

/** Features that are kept of the model fitted on all pairs. */
const FEATURES = 100
const SCORES_PER_MESSAGE = 2000

/**
 * Cross-fits a proxy: for each fold a model on all other folds, written to `dir`, which then scores the fold's pairs
 * through its ONNX graph. Then a model on all pairs, for the features; its margins are never used as scores. No fit
 * begins from another's result: what one saw must not leak into the next. The order of pairs does not matter.
 */
export async function scan(pairs: readonly GroupedPair[], order: ScanOrder, reply: (message: ScoringReply) => void): Promise<void> {
  const proxy = proxyOf(order.proxy)
  // Sums of floating-point numbers depend on their order: a canonical one makes the result independent of the rows'.
  const ordered = [...pairs].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id))
  const encoded = proxy.encode(ordered, percent('Reading texts', reply))
  const folds = ordered.map(({ group }) => foldOf(group, order.seed, order.folds))
  const all = Uint32Array.from(ordered.keys())
  const accuracies: number[] = []
  for (let fold = 0; fold < order.folds; fold++) {
    const inside = all.filter((i) => folds[i] === fold)
    const outside = all.filter((i) => folds[i] !== fold)
    if (inside.length === 0) continue
    const { model, graph } = await fitted(proxy, encoded, outside, order, `fold-${fold}`, `Fitting fold ${fold + 1} of ${order.folds}`, reply)
    accuracies.push(accuracy(proxy.margins(model, encoded, outside)))
    const held = await heldOut(proxy, model, graph, encoded, inside, (done) =>
      reply({ type: 'progress', phase: `Scoring fold ${fold + 1} of ${order.folds}`, done, total: inside.length, unit: 'pairs' }),
    )
    const scores = Array.from(inside, (at, i): HeldOutScore => {
      const { id, key } = ordered[at] as GroupedPair
      return { id, key, fold, margin: held[i] as number }
    })
    for (let from = 0; from < scores.length; from += SCORES_PER_MESSAGE) {
      reply({ type: 'scores', scores: scores.slice(from, from + SCORES_PER_MESSAGE) })
    }
  }
  const { model } = await fitted(proxy, encoded, all, order, 'all', 'Fitting on all pairs', reply)
  reply({ type: 'features', features: proxy.features(model, encoded, ordered, FEATURES) })
  reply({ type: 'done', inSampleAccuracy: accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length })
}

const percent =
  (phase: string, reply: (message: ScoringReply) => void) =>
  (share: number): void =>
    reply({ type: 'progress', phase, done: Math.round(100 * share), total: 100, unit: '%' })

async function fitted(
  proxy: AnyProxy,
  encoded: EncodedPairs,
  pairs: Uint32Array,
  { seed, dir }: ScanOrder,
  name: string,
  phase: string,
  reply: (message: ScoringReply) => void,
): Promise<{ model: unknown; graph: Uint8Array }> {
  const progress = percent(phase, reply)
  progress(0)
  const model = proxy.fit(encoded, pairs, { seed, progress })
  const graph = proxy.toOnnx(model)
  await writeFile(join(dir, `${name}.onnx`), graph)
  await writeFile(join(dir, `${name}.model`), proxy.save(model))
  return { model, graph }
}

/** Text margins through the ONNX graph: the reward of each pair's chosen response minus that of its rejected one. */
async function heldOut(
  proxy: AnyProxy,
  model: unknown,
  graph: Uint8Array,
  encoded: EncodedPairs,
  pairs: Uint32Array,
  onDone: (pairs: number) => void,
): Promise<Float64Array> {
  const rows = new Uint32Array(2 * pairs.length)
  pairs.forEach((pair, i) => rows.set([2 * pair, 2 * pair + 1], 2 * i))
  const scored = await rewards(graph, proxy, model, encoded, rows, (done) => onDone(Math.floor(done / 2)))
  return Float64Array.from(pairs, (_, i) => (scored[2 * i] as number) - (scored[2 * i + 1] as number))
}
