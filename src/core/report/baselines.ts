import { crossFitted, groupAccuracy, groupAverage, rightness, signFlipP, type Estimate } from '../statistics.ts'
import type { Scored } from './scored.ts'
import { BASELINES } from '../vocabulary.ts'

/** Rules that look at no word, as margins: above zero where they pick the chosen response. */
export type Rules = { longest: Float64Array; frequent: Float64Array }
export type Baselines = { longest: Estimate; shortest: Estimate; frequent: Estimate }
export type Advantage = { over: keyof Baselines; difference: Estimate; pValue: number }

export function rulesOf({ n, numbers }: Scored): Rules {
  const { chosenLength, rejectedLength } = numbers
  const longest = Float64Array.from({ length: n }, (_, i) => (chosenLength[i] as number) - (rejectedLength[i] as number))
  return { longest, frequent: frequentRule(numbers) }
}

/**
 * How often the chosen response was chosen rather than rejected for pairs of other groups, less the same of the rejected one.
 * A group's own pairs say nothing here, or each pair would answer itself.
 */
function frequentRule({ group, chosenHash, rejectedHash }: Scored['numbers']): Float64Array {
  const everywhere = new Map<number, number>()
  const here = new Map<number, Map<number, number>>()
  const count = (text: number, own: Map<number, number>, by: number) => {
    everywhere.set(text, (everywhere.get(text) ?? 0) + by)
    own.set(text, (own.get(text) ?? 0) + by)
  }
  for (let i = 0; i < group.length; i++) {
    const own = here.get(group[i] as number) ?? new Map<number, number>()
    here.set(group[i] as number, own)
    count(chosenHash[i] as number, own, 1)
    count(rejectedHash[i] as number, own, -1)
  }
  const elsewhere = (text: number, own: Map<number, number>) => (everywhere.get(text) ?? 0) - (own.get(text) ?? 0)
  return Float64Array.from(group, (id, i) => {
    const own = here.get(id) as Map<number, number>
    return elsewhere(chosenHash[i] as number, own) - elsewhere(rejectedHash[i] as number, own)
  })
}

export function baselinesOf({ longest, frequent }: Rules, groups: Float64Array, seed: number): Baselines {
  const long = groupAccuracy(longest, groups, seed)
  return {
    longest: long,
    // The other way round, pair by pair: its interval is the mirror image.
    shortest: { value: 1 - long.value, low: 1 - long.high, high: 1 - long.low },
    // Learned from all other groups: as many folds as there are groups.
    frequent: groupAccuracy(frequent, groups, seed, { spread: Math.SQRT2 }),
  }
}

/** The proxy against each rule on the same pairs. */
export function advantagesOf(
  margins: Float64Array,
  { longest, frequent }: Rules,
  groups: Float64Array,
  seed: number,
  folds: number,
): Advantage[] {
  const spread = crossFitted(folds)
  const rules = { longest, shortest: longest.map((margin) => -margin), frequent }
  return BASELINES.map((over) => {
    const differences = margins.map((margin, i) => rightness(margin) - rightness(rules[over][i] as number))
    return {
      over,
      difference: groupAverage(differences, groups, seed, { spread }) as Estimate,
      pValue: signFlipP(differences, groups, seed, { spread }),
    }
  })
}
