import type { Estimate } from './statistics.ts'

/** Held-out margins of both models on pairs, in log-odds, and each pair's group as a number. */
export type Judged = { text: Float64Array; mm: Float64Array; groups: Int32Array }

/**
 * What the labels are taken to be: right with the probability sigmoid(text * m_t + mm * m), were it not that a share `wrong`
 * of them was turned round by mistake.
 */
export type LabelNoise = { text: number; mm: number; wrong: Estimate }

/** Fewer pairs than this say nothing about how many labels are wrong. */
const ENOUGH = 50
/** A margin says no more than this, whatever its model claims. */
const MOST = 15
const ROUNDS = 1000
/** One label in a hundred is wrong, says the prior, with the weight of five pairs: it keeps the share off its bounds. */
const PRIOR = 0.05

const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)))
const clipped = (margin: number): number => Math.max(-MOST, Math.min(MOST, margin))

/**
 * Probability that a pair's label is wrong. With q = sigmoid(text * m_t + mm * m) the probability that the chosen response
 * is the better one, and e the share of wrong labels: e (1 - q) / ((1 - e) q + e (1 - q)).
 */
export function wrongProbability(noise: LabelNoise, textMargin: number, mmMargin: number): number {
  return posterior(noise.wrong.value, sigmoid(noise.text * clipped(textMargin) + noise.mm * clipped(mmMargin)))
}

const posterior = (wrong: number, q: number): number => (wrong * (1 - q)) / ((1 - wrong) * q + wrong * (1 - q))

/**
 * Estimates the share of wrong labels from held-out margins, as confident learning does (Northcutt et al., JAIR 2021) but by
 * maximum likelihood: labels follow the two margins, except for a share that was turned round (expectation maximisation,
 * weights not below zero). The interval is the sandwich one over groups. Null for fewer than 50 pairs.
 */
export function labelNoise(judged: Judged): LabelNoise | null {
  const n = judged.text.length
  if (n < ENOUGH) return null
  const x = [judged.text.map(clipped), judged.mm.map(clipped)] as const
  const weights: [number, number] = [0.5, 0.5]
  let wrong = 0.2
  for (let round = 0; round < ROUNDS; round++) {
    const before = [...weights, wrong]
    wrong = maximise(x, weights, wrong)
    if (Math.abs(wrong - before[2]!) + Math.abs(weights[0] - before[0]!) + Math.abs(weights[1] - before[1]!) < 1e-7) break
  }
  return { text: weights[0], mm: weights[1], wrong: interval(x, weights, wrong, judged.groups) }
}

/** One round: who is probably wrong, then the share of them and a Newton step of the weights towards the right labels. */
function maximise([text, mm]: readonly [Float64Array, Float64Array], weights: [number, number], wrong: number): number {
  const [a, b] = weights
  // Gradient and Hessian of the mean log-likelihood; the ridge holds where a margin does not vary.
  let [g0, g1, h00, h01, h11, sum] = [0, 0, 1e-9, 0, 1e-9, 0]
  const n = text.length
  for (let i = 0; i < n; i++) {
    const [t, m] = [text[i] as number, mm[i] as number]
    const q = sigmoid(a * t + b * m)
    const w = posterior(wrong, q)
    sum += w
    const miss = 1 - w - q
    const spread = q * (1 - q)
    g0 += miss * t
    g1 += miss * m
    h00 += spread * t * t
    h01 += spread * t * m
    h11 += spread * m * m
  }
  const ridge = 1e-3
  h00 += ridge
  h11 += ridge
  g0 -= ridge * a
  g1 -= ridge * b
  const determinant = h00 * h11 - h01 * h01
  weights[0] = Math.max(0, a + (h11 * g0 - h01 * g1) / determinant)
  weights[1] = Math.max(0, b + (h00 * g1 - h01 * g0) / determinant)
  // A weight at its bound: the other alone.
  if (weights[0] === 0) weights[1] = Math.max(0, b + g1 / h11)
  else if (weights[1] === 0) weights[0] = Math.max(0, a + g0 / h00)
  return Math.min(0.5 - 1e-6, (sum + PRIOR) / (n + 100 * PRIOR))
}

/** Observed likelihood of a label: (1 - 2e) q + e. Its scores by group and their outer products make the sandwich. */
function interval(
  [text, mm]: readonly [Float64Array, Float64Array],
  [a, b]: readonly [number, number],
  wrong: number,
  groups: Int32Array,
): Estimate {
  const count = groups.reduce((most, group) => Math.max(most, group), -1) + 1
  const scores = new Float64Array(3 * count)
  const information = new Float64Array(9)
  for (let i = 0; i < text.length; i++) {
    const [t, m] = [text[i] as number, mm[i] as number]
    const q = sigmoid(a * t + b * m)
    const p = (1 - 2 * wrong) * q + wrong
    const slope = ((1 - 2 * wrong) * q * (1 - q)) / p
    const score = [a > 0 ? slope * t : 0, b > 0 ? slope * m : 0, (1 - 2 * q) / p]
    const at = 3 * (groups[i] as number)
    // The other way round the label would have had the likelihood 1 - p: the expected information, never negative.
    const expected = p / (1 - p)
    for (let r = 0; r < 3; r++) {
      scores[at + r] = (scores[at + r] as number) + (score[r] as number)
      for (let c = 0; c < 3; c++)
        information[3 * r + c] = (information[3 * r + c] as number) + expected * (score[r] as number) * (score[c] as number)
    }
  }
  // Row of the inverse information that belongs to the share.
  const row = solve(information, [0, 0, 1])
  let variance = 0
  for (let g = 0; g < count; g++) {
    const influence = row[0]! * scores[3 * g]! + row[1]! * scores[3 * g + 1]! + row[2]! * scores[3 * g + 2]!
    variance += influence * influence
  }
  const half = 1.96 * Math.sqrt(variance)
  const exact = 1 - 0.025 ** (1 / Math.max(1, count))
  return { value: wrong, low: Math.max(0, wrong - half), high: Math.min(0.5, Math.max(wrong + half, exact)) }
}

/** Solves the symmetric 3 x 3 system by elimination; a parameter that nothing depends on gets zero. */
function solve(matrix: Float64Array, right: readonly number[]): number[] {
  const rows = [0, 1, 2].map((r) => [...matrix.subarray(3 * r, 3 * r + 3), right[r] as number])
  const order: number[] = []
  for (let c = 0; c < 3; c++) {
    const pivot = [0, 1, 2].filter((r) => !order.includes(r)).sort((r, s) => Math.abs(rows[s]![c]!) - Math.abs(rows[r]![c]!))[0] as number
    order.push(pivot)
    const by = rows[pivot]![c] as number
    if (Math.abs(by) < 1e-9) {
      rows[pivot] = [0, 0, 0, 0].map((_, i) => (i === c ? 1 : 0))
      continue
    }
    rows[pivot] = rows[pivot]!.map((value) => value / by)
    for (let r = 0; r < 3; r++) if (r !== pivot) rows[r] = rows[r]!.map((value, i) => value - rows[r]![c]! * rows[pivot]![i]!)
  }
  return order.map((r) => rows[r]![3] as number)
}
