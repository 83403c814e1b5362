import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProxyKind } from '../contract/overview.ts'
import type { HeldOutScore, ScoringReply } from '../contract/scoring.ts'
import { foldOf } from '../core/folds.ts'
import { accuracy } from '../core/statistics.ts'
import { proxyOf, type AnyProxy } from '../proxies/index.ts'
import type { TextPair, TextResponse } from '../proxies/proxy.ts'
import { rewards } from './session.ts'

export type GroupedPair = TextPair & { group: string }
export type ScanOrder = { proxy: ProxyKind; seed: number; folds: number; dir: string }

/** Features that are kept of the model fitted on all pairs. */
const FEATURES = 100
const SCORES_PER_MESSAGE = 2000

/**
 * Cross-fits a proxy: for each fold a model on all other folds, written to `dir`, which then scores the fold's pairs
 * through its ONNX graph. Then a model on all pairs, for the features; its margins are never used as scores.
 */
export async function scan(pairs: readonly GroupedPair[], order: ScanOrder, reply: (message: ScoringReply) => void): Promise<void> {
  const proxy = proxyOf(order.proxy)
  const folds = pairs.map(({ group }) => foldOf(group, order.seed, order.folds))
  const accuracies: number[] = []
  for (let fold = 0; fold < order.folds; fold++) {
    const inside = pairs.filter((_, i) => folds[i] === fold)
    const outside = pairs.filter((_, i) => folds[i] !== fold)
    if (inside.length === 0) continue
    const { model, graph } = await fitted(proxy, outside, order, `fold-${fold}`, `Fitting fold ${fold + 1} of ${order.folds}`, reply)
    const known = await margins(proxy, model, graph, outside, (done) =>
      reply({ type: 'progress', phase: `Checking fold ${fold + 1} of ${order.folds}`, done, total: outside.length, unit: 'pairs' }),
    )
    accuracies.push(accuracy(known))
    const held = await margins(proxy, model, graph, inside, (done) =>
      reply({ type: 'progress', phase: `Scoring fold ${fold + 1} of ${order.folds}`, done, total: inside.length, unit: 'pairs' }),
    )
    const scores = inside.map(({ id, key }, i): HeldOutScore => ({ id, key, fold, margin: held[i] as number }))
    for (let from = 0; from < scores.length; from += SCORES_PER_MESSAGE) {
      reply({ type: 'scores', scores: scores.slice(from, from + SCORES_PER_MESSAGE) })
    }
  }
  const { model } = await fitted(proxy, pairs, order, 'all', 'Fitting on all pairs', reply)
  reply({ type: 'features', features: proxy.features(model, pairs, FEATURES) })
  reply({ type: 'done', inSampleAccuracy: accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length })
}

async function fitted(
  proxy: AnyProxy,
  pairs: readonly TextPair[],
  { seed, dir }: ScanOrder,
  name: string,
  phase: string,
  reply: (message: ScoringReply) => void,
): Promise<{ model: unknown; graph: Uint8Array }> {
  const progress = (share: number) => reply({ type: 'progress', phase, done: Math.round(100 * share), total: 100, unit: '%' })
  progress(0)
  const model = proxy.fit(pairs, { seed, progress })
  const graph = proxy.toOnnx(model)
  await writeFile(join(dir, `${name}.onnx`), graph)
  await writeFile(join(dir, `${name}.model`), proxy.save(model))
  return { model, graph }
}

async function margins(
  proxy: AnyProxy,
  model: unknown,
  graph: Uint8Array,
  pairs: readonly TextPair[],
  onDone: (pairs: number) => void,
): Promise<Float64Array> {
  const responses = pairs.flatMap(({ prompt, chosen, rejected }): TextResponse[] => [
    { prompt, response: chosen },
    { prompt, response: rejected },
  ])
  const scored = await rewards(graph, proxy, model, responses, (done) => onDone(Math.floor(done / 2)))
  return Float64Array.from(pairs, (_, i) => (scored[2 * i] as number) - (scored[2 * i + 1] as number))
}
