import type { PairDetail } from '../../../../src/contract/pairs.ts'
import { METHOD_TOKENS } from '../../training/new/methods.ts'

type Point = PairDetail['trajectories'][number]
/** More curves than this cannot be told apart; the newest runs are shown. */
const MOST = 6
const TOKENS: { readonly [method: string]: string } = METHOD_TOKENS
const DASHES = [undefined, [6, 3], [2, 2]]

/**
 * The points of a pair as curves over epochs (from 1), one a run that has this measure, newest runs last. Runs of one
 * method share its colour and differ by their dashes.
 */
export function trajectorySeries(points: readonly Point[], measure: 'sfc' | 'mmLoss' | 'textLoss') {
  const epochs = [...new Set(points.map((point) => point.epoch))].sort((a, b) => a - b)
  const ids = [...new Set(points.map((point) => point.runId))]
  const having = ids.filter((id) => points.some((point) => point.runId === id && point[measure] !== null)).slice(-MOST)
  const perMethod = new Map<string, number>()
  const runs = having.map((id) => {
    const method = points.find((point) => point.runId === id)?.method ?? ''
    const nth = (perMethod.get(method) ?? 0) + 1
    perMethod.set(method, nth)
    return { id, method, nth, label: nth === 1 ? method : `${method} ${nth}` }
  })
  const series = runs.map((run) => ({
    label: run.label,
    token: TOKENS[run.method] ?? '--ink-2',
    dash: DASHES[(run.nth - 1) % DASHES.length],
    values: epochs.map((epoch) => points.find((point) => point.runId === run.id && point.epoch === epoch)?.[measure] ?? null),
  }))
  return { epochs: epochs.map((epoch) => epoch + 1), series, runs }
}
