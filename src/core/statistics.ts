import { random } from './random.ts'

/** An estimate with its 95 % interval, all in the unit of the estimate. */
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

/**
 * The groups of rows in a canonical order, so that no result depends on the order of rows: `ids` sorted, and for each
 * row the place of its group in it.
 */
function index(groups: readonly string[]): { ids: string[]; place: Int32Array } {
  const ids = [...new Set(groups)].sort()
  const places = new Map(ids.map((id, i) => [id, i]))
  return { ids, place: Int32Array.from(groups, (id) => places.get(id) as number) }
}

/**
 * Mean of `values` (one a row, 0 to 1) with a 95 % percentile interval from a bootstrap over groups: whole groups are
 * drawn, for rows that share an image are not independent. Near 0 and 1 a bootstrap is far too sure, for it sees hardly
 * any spread, and none where every group agrees. So no bound lies nearer to 0 or 1 than the exact binomial one for as
 * many agreeing trials as there are groups.
 * Deterministic in the seed and independent of the order of rows. `values` must not be empty.
 */
export function groupMean(values: ArrayLike<number>, groups: readonly string[], seed: number): Estimate {
  const { ids, place } = index(groups)
  const sums = new Float64Array(ids.length)
  const counts = new Float64Array(ids.length)
  for (let i = 0; i < values.length; i++) {
    const g = place[i] as number
    sums[g] = (sums[g] as number) + (values[i] as number)
    counts[g] = (counts[g] as number) + 1
  }
  const draw = random(`bootstrap:${seed}`)
  const means: number[] = []
  for (let b = 0; b < RESAMPLES; b++) {
    let sum = 0
    let count = 0
    for (let i = 0; i < ids.length; i++) {
      const g = draw.int(ids.length)
      sum += sums[g] as number
      count += counts[g] as number
    }
    means.push(sum / count)
  }
  const value = total(sums) / values.length
  const interval = percentiles(value, means)
  const exact = (ALPHA / 2) ** (1 / ids.length)
  return { value, low: Math.min(interval.low, exact), high: Math.max(interval.high, 1 - exact) }
}

/** Accuracy of margins with its interval over groups; see `groupMean`. */
export function groupAccuracy(margins: ArrayLike<number>, groups: readonly string[], seed: number): Estimate {
  return groupMean(Float64Array.from(margins, rightness), groups, seed)
}

/**
 * Any statistic with a 95 % percentile interval from a bootstrap over groups. `statistic` gets a weight for each row:
 * how often its group was drawn (all ones for the estimate itself). Resamples where it is not finite are left out;
 * null where the estimate itself is not finite.
 */
export function groupBootstrap(
  groups: readonly string[],
  statistic: (weights: Float64Array) => number,
  seed: number,
): Estimate | null {
  const weights = new Float64Array(groups.length).fill(1)
  const value = statistic(weights)
  if (!Number.isFinite(value)) return null
  const { ids, place } = index(groups)
  const draw = random(`bootstrap:${seed}`)
  const drawn = new Float64Array(ids.length)
  const results: number[] = []
  for (let b = 0; b < RESAMPLES; b++) {
    drawn.fill(0)
    for (let i = 0; i < ids.length; i++) {
      const g = draw.int(ids.length)
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
export function permutationP(margins: ArrayLike<number>, groups: readonly string[], seed: number): number {
  const { ids, place } = index(groups)
  const excess = new Float64Array(ids.length)
  for (let i = 0; i < margins.length; i++) {
    const g = place[i] as number
    excess[g] = (excess[g] as number) + rightness(margins[i] as number) - 0.5
  }
  const observed = total(excess)
  const draw = random(`permutation:${seed}`)
  let hits = 0
  for (let b = 0; b < RESAMPLES; b++) {
    let sum = 0
    for (let g = 0; g < excess.length; g++) sum += draw.next() < 0.5 ? (excess[g] as number) : -(excess[g] as number)
    // A tolerance far below one pair's half: sums of halves are exact, but this must not hang on that.
    if (sum >= observed - 1e-9) hits++
  }
  return (1 + hits) / (1 + RESAMPLES)
}

/**
 * Shortcut-Failure Degradation (Definition 3.1), in points: accuracy of the MM-RM where the text-only RM is right,
 * minus its accuracy where the text-only RM is wrong (a text margin of zero is not right). Null where either part is
 * empty.
 */
export function sfd(
  mmMargins: ArrayLike<number>,
  textMargins: ArrayLike<number>,
  groups: readonly string[],
  seed: number,
): Estimate | null {
  return groupBootstrap(
    groups,
    (weights) => {
      let right = 0
      let rightWeight = 0
      let wrong = 0
      let wrongWeight = 0
      for (let i = 0; i < weights.length; i++) {
        const weight = weights[i] as number
        if ((textMargins[i] as number) > 0) {
          right += weight * rightness(mmMargins[i] as number)
          rightWeight += weight
        } else {
          wrong += weight * rightness(mmMargins[i] as number)
          wrongWeight += weight
        }
      }
      return 100 * (right / rightWeight - wrong / wrongWeight)
    },
    seed,
  )
}

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
  for (let from = 0; from < order.length; ) {
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
