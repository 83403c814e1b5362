import type { Run, StepPoint } from '../../../../src/contract/training.ts'
import { factsOf } from '../run/run-facts.ts'
import { smooth } from '../run/smooth.ts'
import { words } from '../../../words/words.ts'

export type Curve = 'lossMm' | 'lossText' | 'accMm' | 'accText' | 'sfcMean'
const SPAN = 10
/** Epochs are told apart to this part of one. */
const GRID = 1000

/**
 * One measure of two runs over the epochs of both: runs with other batch sizes have other steps, but an epoch is an epoch.
 * Between its own steps a run keeps its last value; before its first and after its last step it has none.
 *
 * @returns epochs, ascending, and for each run as many values; null for a run that never had this measure
 */
export function overlay(
  runs: readonly (readonly StepPoint[])[],
  curve: Curve,
  smoothed: boolean,
): { x: number[]; values: ((number | null)[] | null)[] } {
  const at = (point: StepPoint) => Math.round(point.epoch * GRID)
  const x = [...new Set(runs.flatMap((steps) => steps.map(at)))].sort((a, b) => a - b)
  const values = runs.map((steps) => {
    const own = steps.map((point) => point[curve])
    if (own.every((value) => value === null)) return null
    const shown = smoothed ? smooth(own, SPAN) : own
    let next = 0
    return x.map((epoch) => {
      while (next < steps.length && at(steps[next]!) <= epoch) next += 1
      const ended = next === steps.length && at(steps[next - 1]!) < epoch
      return next === 0 || ended ? null : (shown[next - 1] ?? null)
    })
  })
  return { x: x.map((epoch) => epoch / GRID), values }
}

/** What two runs were asked for differently, in words: name, value of the one, value of the other. */
export function differences(a: Run, b: Run): [string, string, string][] {
  const facts = (run: Run): [string, string][] => [[words.training('compare.differences.method'), run.options.method], ...factsOf(run)]
  const [left, right] = [new Map(facts(a)), new Map(facts(b))]
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name): [string, string, string][] => {
    const [one, other] = [left.get(name) ?? '–', right.get(name) ?? '–']
    return one === other ? [] : [[name, one, other]]
  })
}

/** Both runs as the address asks for; else the newest one, against the newest other one that trained on the same sources. */
export function chosenRuns(runs: readonly Run[], a: string | null, b: string | null): [Run | undefined, Run | undefined] {
  const left = runs.find((run) => run.id === a) ?? runs.find((run) => run.id !== b)
  const others = runs.filter((run) => run !== left)
  const right = others.find((run) => run.id === b) ?? others.find((run) => run.trainSource === left?.trainSource) ?? others[0]
  return [left, right]
}
