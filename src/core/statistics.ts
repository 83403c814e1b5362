import { random } from './random.ts'

/** An estimate with its 95% interval, all in the unit of the estimate. */
export type Estimate = { value: number; low: number; high: number }

const RESAMPLES = 1000
const ALPHA = 0.05

/** 1 where the margin is above zero, one half where it is zero, else 0. */
export const rightness = (margin: number): number => (margin > 0 ? 1 : margin === 0 ? 0.5 : 0)

/** Share of margins above zero, zero counting one half; NaN for none. */
export function accuracy(margins: ArrayLike<number>): number {
  let right = 0
  for (let i = 0; i < margins.length; i++) right += rightness(margins[i] as number)
  return right / margins.length
}

/** Groups of rows: names or numbers. Rows of one group are not independent of each other. */
export type Groups = ArrayLike<string> | ArrayLike<number>

/** More groups than this are put together at random, as many in each: blocks are as good to draw from, and soon drawn. */
const MOST_BLOCKS = 2000

/**
 * What is drawn: groups in a canonical order, so that no result depends on the order of rows, or blocks of them. `place`
 * has each row's; `groups` counts the groups themselves.
 */
function blocks(groups: Groups, seed: number, most = MOST_BLOCKS): { count: number; place: Int32Array; groups: number } {
  const ids = [...new Set(Array.from<string | number>(groups))]
  if (typeof ids[0] === 'number')
    Float64Array.from(ids as number[])
      .sort()
      .forEach((id, i) => (ids[i] = id))
  else ids.sort()
  const count = Math.min(most, ids.length)
  const order = ids.length > most ? random(`blocks:${seed}`).shuffle(ids) : ids
  const places = new Map(order.map((id, i) => [id, i % count]))
  return {
    count,
    place: Int32Array.from({ length: groups.length }, (_, i) => places.get(groups[i] as string | number) as number),
    groups: ids.length,
  }
}

/**
 * A statistic of sums, with a 95% percentile interval from a bootstrap over groups: whole groups are drawn, for rows that
 * share an image are not independent. `statistic` gets the sum of each column over the rows drawn. Resamples where it is not finite
 * are left out; null where the estimate itself is not finite. Deterministic in the seed and independent of the order of rows.
 */
export function sumsBootstrap(
  columns: readonly ArrayLike<number>[],
  groups: Groups,
  seed: number,
  statistic: (sums: Float64Array) => number,
): Estimate | null {
  const { count, place } = blocks(groups, seed)
  const width = columns.length
  const bySum = new Float64Array(count * width)
  const whole = new Float64Array(width)
  for (let i = 0; i < groups.length; i++) {
    const at = (place[i] as number) * width
    for (let c = 0; c < width; c++) bySum[at + c] = (bySum[at + c] as number) + ((columns[c] as ArrayLike<number>)[i] as number)
  }
  for (let at = 0; at < bySum.length; at++) whole[at % width] = (whole[at % width] as number) + (bySum[at] as number)
  const value = statistic(whole)
  if (!Number.isFinite(value)) return null
  const draw = random(`bootstrap:${seed}`)
  const sums = new Float64Array(width)
  const results: number[] = []
  for (let b = 0; b < RESAMPLES; b++) {
    sums.fill(0)
    for (let i = 0; i < count; i++) {
      const at = draw.int(count) * width
      for (let c = 0; c < width; c++) sums[c] = (sums[c] as number) + (bySum[at + c] as number)
    }
    const result = statistic(sums)
    if (Number.isFinite(result)) results.push(result)
  }
  return percentiles(value, results)
}

/**
 * How much wider the interval of a cross-fitted score is than that of as many independent ones: each fold's model learned from the
 * labels of the others, so their errors go together. Variance times 1 + k / (k - 1) for k folds (Nadeau and Bengio, Machine Learning
 * 2003). Without it one in eight data sets with labels drawn by chance would be said to be off one half.
 */
export const crossFitted = (folds: number): number => Math.sqrt(1 + folds / (folds - 1))

/** `weights`: one a row. `spread`: how much wider the interval is than the one over groups; see `crossFitted`. */
export type Options = { weights?: ArrayLike<number>; spread?: number }

/** Mean of `values`, one a row, with its interval over groups; null for none. */
export function groupAverage(
  values: ArrayLike<number>,
  groups: Groups,
  seed: number,
  { weights, spread = 1 }: Options = {},
): Estimate | null {
  const ones = weights ?? new Float64Array(groups.length).fill(1)
  const weighted = weights ? Float64Array.from({ length: groups.length }, (_, i) => (weights[i] as number) * (values[i] as number)) : values
  const found = sumsBootstrap([weighted, ones], groups, seed, (sums) => (sums[0] as number) / (sums[1] as number))
  return (
    found && {
      value: found.value,
      low: found.value - spread * (found.value - found.low),
      high: found.value + spread * (found.high - found.value),
    }
  )
}

/**
 * Mean of shares (one a row, 0 to 1) with its interval over groups. Near 0 and 1 a bootstrap is far too sure, for it sees hardly
 * any spread, and none where every group agrees. So no bound lies nearer to 0 or 1 than the exact binomial one for as
 * many agreeing trials as there are groups. `values` must not be empty.
 */
export function groupMean(values: ArrayLike<number>, groups: Groups, seed: number, options: Options = {}): Estimate {
  const { value, low, high } = groupAverage(values, groups, seed, options) as Estimate
  const exact = (ALPHA / 2) ** (1 / new Set(Array.from<string | number>(groups)).size)
  return { value, low: Math.max(0, Math.min(low, exact)), high: Math.min(1, Math.max(high, 1 - exact)) }
}

/** Accuracy of margins with its interval over groups; see `groupMean`. */
export function groupAccuracy(margins: ArrayLike<number>, groups: Groups, seed: number, options: Options = {}): Estimate {
  return groupMean(Float64Array.from(margins, rightness), groups, seed, options)
}

/**
 * Any statistic with a 95% percentile interval from a bootstrap over groups, for few rows: `statistic` gets a weight for each row,
 * how often its group was drawn (all ones for the estimate itself). Resamples where it is not finite are left out;
 * null where the estimate itself is not finite.
 */
export function groupBootstrap(groups: Groups, statistic: (weights: Float64Array) => number, seed: number): Estimate | null {
  const weights = new Float64Array(groups.length).fill(1)
  const value = statistic(weights)
  if (!Number.isFinite(value)) return null
  const { count, place } = blocks(groups, seed)
  const draw = random(`bootstrap:${seed}`)
  const drawn = new Float64Array(count)
  const results: number[] = []
  for (let b = 0; b < RESAMPLES; b++) {
    drawn.fill(0)
    for (let i = 0; i < count; i++) {
      const g = draw.int(count)
      drawn[g] = (drawn[g] as number) + 1
    }
    for (let i = 0; i < weights.length; i++) weights[i] = drawn[place[i] as number] as number
    const result = statistic(weights)
    if (Number.isFinite(result)) results.push(result)
  }
  return percentiles(value, results)
}

/**
 * One-sided permutation p-value of "the accuracy is above one half": under the null each group's label is as likely
 * the other way round, so whole groups change sign. (1 + hits) / (1 + permutations), never zero.
 */
export function permutationP(margins: ArrayLike<number>, groups: Groups, seed: number, options: FlipOptions = {}): number {
  return signFlipP(
    Float64Array.from(margins, (margin) => rightness(margin) - 0.5),
    groups,
    seed,
    options,
  )
}

/** `spread`: how much wider chance spreads than the signs of as many independent groups; see `crossFitted`. */
type FlipOptions = { permutations?: number; most?: number; spread?: number }

/** Permutations for a table of many p-values: Holm multiplies each, so they must go lower. Fewer blocks pay for it. */
export const FOR_TABLES = { permutations: 10_000, most: 500 }

/** One-sided p-value of "the mean is above zero", where under the null each group's values are as likely with the other sign. */
export function signFlipP(
  values: ArrayLike<number>,
  groups: Groups,
  seed: number,
  { permutations = RESAMPLES, most = MOST_BLOCKS, spread = 1 }: FlipOptions = {},
): number {
  const { count, place } = blocks(groups, seed, most)
  const excess = new Float64Array(count)
  for (let i = 0; i < values.length; i++) {
    const g = place[i] as number
    excess[g] = (excess[g] as number) + (values[i] as number)
  }
  const observed = total(excess)
  const draw = random(`permutation:${seed}`)
  let hits = 0
  for (let b = 0; b < permutations; b++) {
    let sum = 0
    for (let g = 0; g < count; g += 32) {
      let signs = draw.int(2 ** 32)
      for (let k = g; k < Math.min(count, g + 32); k++, signs >>>= 1) sum += signs & 1 ? (excess[k] as number) : -(excess[k] as number)
    }
    // A tolerance far below one pair's half: sums of halves are exact, but this must not hang on that.
    if (spread * sum >= observed - 1e-9) hits++
  }
  return (1 + hits) / (1 + permutations)
}

/** Holm's step-down p-values: the share of false findings in a whole table stays what each alone would have. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] as number) - (pValues[b] as number))
  const adjusted = new Array<number>(pValues.length)
  let least = 0
  order.forEach((i, rank) => {
    least = Math.max(least, Math.min(1, (pValues[i] as number) * (pValues.length - rank)))
    adjusted[i] = least
  })
  return adjusted
}

/**
 * Shortcut-Failure Degradation (Definition 3.1), in points: accuracy of the MM-RM where the text-only RM is right,
 * minus its accuracy where the text-only RM is wrong (a text margin of zero is not right). Null where either part is
 * empty.
 */
export function sfd(mmMargins: ArrayLike<number>, textMargins: ArrayLike<number>, groups: Groups, seed: number): Estimate | null {
  const n = groups.length
  const textRight = Float64Array.from({ length: n }, (_, i) => ((textMargins[i] as number) > 0 ? 1 : 0))
  const mmRight = Float64Array.from({ length: n }, (_, i) => rightness(mmMargins[i] as number))
  const both = mmRight.map((right, i) => right * (textRight[i] as number))
  const ones = new Float64Array(n).fill(1)
  return sumsBootstrap([both, textRight, mmRight, ones], groups, seed, (sums) => {
    const [right, rightPairs, all, pairs] = sums as unknown as [number, number, number, number]
    return 100 * (right / rightPairs - (all - right) / (pairs - rightPairs))
  })
}

/** Pearson correlation with its interval over groups; null where either side does not vary. */
export function groupPearson(a: ArrayLike<number>, b: ArrayLike<number>, groups: Groups, seed: number): Estimate | null {
  // Centred first: sums of squares far from zero would lose their digits.
  const [meanA, meanB] = [total(a) / a.length, total(b) / b.length]
  const x = Float64Array.from(a, (value) => value - meanA)
  const y = Float64Array.from(b, (value) => value - meanB)
  const columns = [
    x,
    y,
    x.map((v) => v * v),
    y.map((v) => v * v),
    x.map((v, i) => v * (y[i] as number)),
    new Float64Array(a.length).fill(1),
  ]
  return sumsBootstrap(columns, groups, seed, (sums) => {
    const [sx, sy, xx, yy, xy, n] = sums as unknown as [number, number, number, number, number, number]
    return (xy - (sx * sy) / n) / Math.sqrt((xx - (sx * sx) / n) * (yy - (sy * sy) / n))
  })
}

/** Spearman rank correlation, with its interval over groups from the ranks among all rows; null where either side does not vary. */
export const groupSpearman = (a: ArrayLike<number>, b: ArrayLike<number>, groups: Groups, seed: number): Estimate | null =>
  groupPearson(ranks(a), ranks(b), groups, seed)

/** Pearson correlation; NaN where either side does not vary. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const meanA = total(a) / a.length
  const meanB = total(b) / b.length
  let ab = 0
  let aa = 0
  let bb = 0
  for (let i = 0; i < a.length; i++) {
    const da = (a[i] as number) - meanA
    const db = (b[i] as number) - meanB
    ab += da * db
    aa += da * da
    bb += db * db
  }
  return ab / Math.sqrt(aa * bb)
}

/** Spearman rank correlation, ties at their mean rank; NaN where either side does not vary. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number => pearson(ranks(a), ranks(b))

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => (values[i] as number) - (values[j] as number))
  const result = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++
    for (let i = from; i < to; i++) result[order[i] as number] = (from + to - 1) / 2
    from = to
  }
  return result
}

function total(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum
}

function percentiles(value: number, results: number[]): Estimate {
  const sorted = Float64Array.from(results).sort()
  const at = (share: number): number => {
    const place = share * (sorted.length - 1)
    const below = Math.floor(place)
    const low = sorted[below] as number
    return low + (place - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] as number) - low)
  }
  return sorted.length === 0 ? { value, low: value, high: value } : { value, low: at(ALPHA / 2), high: at(1 - ALPHA / 2) }
}
