import { random } from '../../core/random.ts'
import { crossFitted, groupAccuracy, type Estimate } from '../../core/statistics.ts'

/** Fewer pairs teach nothing that could be told from chance. */
const LEAST_PAIRS = 20
/** Of more pairs one fold alone is enough to measure on, and all would take as long as the blind test again. */
const ALL_FOLDS = 4000

export type Split = { order: Uint32Array; groups: Uint32Array; folds: Uint8Array }
/** `share` is that of a fold's training pairs: a half, a quarter, a sixteenth and so on. The whole is the blind test itself. */
export type CurveFit = { share: number; fold: number; pairs: Uint32Array; held: Uint32Array }

/**
 * What is fitted for the learning curve: for each share and fold the pairs to fit on, whole groups in a random order, so that
 * each share has all groups of the one before; and the fold's pairs that are measured, which it is tested on.
 */
export function curveFits(
  { order, groups, folds }: Split,
  used: readonly number[],
  seed: number,
  measured: (pair: number) => boolean,
): CurveFit[] {
  const count = order.reduce((most, pair) => Math.max(most, groups[pair] as number), -1) + 1
  const rank = new Uint32Array(count)
  random(`curve:${seed}`)
    .shuffle(Array.from({ length: count }, (_, group) => group))
    .forEach((group, i) => (rank[group] = i))
  return (order.length > ALL_FOLDS ? used.slice(0, 1) : used).flatMap((fold) => {
    const train = order.filter((pair) => folds[pair] !== fold)
    const held = order.filter((pair) => folds[pair] === fold && measured(pair))
    const ranks = train.map((pair) => rank[groups[pair] as number] as number).sort()
    return sharesOf(ranks.length).flatMap((share) => {
      const last = ranks[Math.ceil(share * ranks.length) - 1] as number
      const pairs = train.filter((pair) => (rank[groups[pair] as number] as number) <= last)
      return [{ share, fold, pairs, held }]
    })
  })
}

/** The points of the curve, fewest pairs first: held-out margins of each fit, those of one share together. */
export function curvePoints(
  fits: readonly (CurveFit & { margins: Float64Array })[],
  groups: Uint32Array,
  seed: number,
): { trainPairs: number; accuracy: Estimate }[] {
  const shares = [...new Set(fits.map(({ share }) => share))].sort((a, b) => a - b)
  return shares.map((share) => {
    const of = fits.filter((fit) => fit.share === share)
    const margins = of.flatMap((fit) => [...fit.margins])
    const held = of.flatMap((fit) => Array.from(fit.held, (pair) => groups[pair] as number))
    const trainPairs = Math.round(of.reduce((sum, { pairs }) => sum + pairs.length, 0) / of.length)
    return { trainPairs, accuracy: groupAccuracy(margins, held, seed, of.length > 1 ? { spread: crossFitted(of.length) } : {}) }
  })
}

function sharesOf(pairs: number): number[] {
  const shares: number[] = []
  for (let share = 1 / 2; share * pairs >= LEAST_PAIRS; share /= shares.length === 1 ? 2 : 4) shares.push(share)
  return shares
}
