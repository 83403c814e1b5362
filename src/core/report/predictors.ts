import { holm, permutationP, type Estimate } from '../statistics.ts'
import type { Baselines, Rules } from './baselines.ts'

/** What predicts labels without an image: the text-only proxy, or a baseline. */
export type Predictor = 'proxy' | keyof Baselines

/** `pValue` is one-sided against 50%, `adjusted` the same after Holm over all predictors. `leaks`: it beats 50%. */
export type Prediction = { by: Predictor; accuracy: Estimate; pValue: number; adjusted: number; leaks: boolean }

const ALPHA = 0.05

/**
 * The proxy and every baseline against 50%, the most accurate first. One of them leaks if its Holm-adjusted p-value is at most
 * 0.05 and its 95% interval is above 50%. The longest and the shortest response are two hypotheses: their direction is not
 * known beforehand. They are fitted to no label, so their spread is not widened; the most frequent response is held out by group.
 */
export function predictionsOf(
  { blindAccuracy, pValue, baselines }: { blindAccuracy: Estimate; pValue: number; baselines: Baselines },
  { longest, frequent }: Rules,
  groups: Float64Array,
  seed: number,
): Prediction[] {
  const found = [
    { by: 'proxy', accuracy: blindAccuracy, pValue },
    { by: 'longest', accuracy: baselines.longest, pValue: permutationP(longest, groups, seed) },
    {
      by: 'shortest',
      accuracy: baselines.shortest,
      pValue: permutationP(
        longest.map((margin) => -margin),
        groups,
        seed,
      ),
    },
    { by: 'frequent', accuracy: baselines.frequent, pValue: permutationP(frequent, groups, seed, { spread: Math.SQRT2 }) },
  ] as const
  const adjusted = holm(found.map((one) => one.pValue))
  return found
    .map((one, i) => ({ ...one, adjusted: adjusted[i] as number, leaks: (adjusted[i] as number) <= ALPHA && one.accuracy.low > 0.5 }))
    .sort((a, b) => b.accuracy.value - a.accuracy.value)
}

/** The name of a predictor within a sentence. */
export function predictorName(by: Predictor): string {
  return by === 'proxy' ? 'the proxy' : `the “${by === 'frequent' ? 'most frequent' : by} wins” baseline`
}
