import { fixed, percent } from './format.ts'
import { levelOf } from './report/verdict.ts'
import { crossFitted, groupAccuracy, spearman, type Estimate } from './statistics.ts'
import type { VerdictLevel } from './vocabulary.ts'

/** Text margins of the same pairs by one seed, in the order of the pairs. */
export type SeedMargins = { seed: number; margins: Float64Array }

/** How much the blind test moves with other folds. At least two seeds and one pair. */
export function stabilityOf(bySeed: readonly SeedMargins[], groups: Float64Array, folds: number) {
  const distinct = new Set(groups).size
  const seeds = bySeed.map(({ seed, margins }) => {
    const blindAccuracy = groupAccuracy(margins, groups, seed, { spread: crossFitted(folds) })
    return { seed, blindAccuracy, level: levelOf(blindAccuracy, distinct) }
  })
  const top = bySeed.map(({ margins }) => topTenth(margins))
  const couples = bySeed.flatMap((_, i) => bySeed.slice(i + 1).map((_, j) => [i, i + 1 + j] as const))
  const rank = couples
    .map(([i, j]) => spearman((bySeed[i] as SeedMargins).margins, (bySeed[j] as SeedMargins).margins))
    .map((value) => (Number.isNaN(value) ? 0 : value))
  const shared = couples.map(([i, j]) => {
    const [a, b] = [top[i] as Set<number>, top[j] as Set<number>]
    return [...a].filter((pair) => b.has(pair)).length / a.size
  })
  let same = 0
  for (let pair = 0; pair < groups.length; pair++) {
    const right = ((bySeed[0] as SeedMargins).margins[pair] as number) > 0
    if (bySeed.every(({ margins }) => (margins[pair] as number) > 0 === right)) same++
  }
  return {
    seeds,
    pairs: groups.length,
    rank: { mean: mean(rank), worst: Math.min(...rank) },
    topTenth: { mean: mean(shared), worst: Math.min(...shared) },
    sameSide: same / groups.length,
    sentence: sentenceOf(seeds, mean(rank)),
  }
}

/** Places of the tenth of the pairs with the largest text margin: those that the text alone gives away most. */
function topTenth(margins: Float64Array): Set<number> {
  const order = Uint32Array.from(margins.keys()).sort((a, b) => (margins[b] as number) - (margins[a] as number) || a - b)
  return new Set(order.subarray(0, Math.ceil(order.length / 10)))
}

function sentenceOf(seeds: readonly { blindAccuracy: Estimate; level: VerdictLevel }[], rank: number): string {
  const values = seeds.map(({ blindAccuracy }) => blindAccuracy.value)
  const levels = new Set(seeds.map(({ level }) => level))
  const range = `over ${seeds.length} seeds, blind accuracy ranges from ${percent(Math.min(...values))} to ${percent(Math.max(...values))}`
  const order =
    rank >= 0.9
      ? 'the ranking of pairs hardly changes'
      : rank >= 0.7
        ? 'the ranking of pairs changes somewhat'
        : 'the ranking of pairs changes a lot, so single ranks are unreliable'
  const verdict = levels.size === 1 ? 'The verdict is stable' : 'The verdict depends on the seed'
  return `${verdict}: ${range}, and ${order} (rank correlation ${fixed(rank)}).`
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
