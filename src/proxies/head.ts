import { hash32 } from '../core/random.ts'
import { onnxModel } from './onnx-model.ts'
import type { FitOptions } from './proxy.ts'

/** Differences of numbers that a frozen model gave for both responses: row-major, `width` a pair. */
export type DenseDifferences = { width: number; values: Float32Array }

/** Penalties to choose from: a priori standard deviation of a margin is about the root of C. */
const PENALTIES = [1, 10, 100, 1000]
/** Where nothing can be held out to choose by. */
const DEFAULT_PENALTY = 10
/** Pairs that the choice of the penalty looks at. */
const CHOICE_PAIRS = 10_000
const NEWTON_STEPS = 30
const GRADIENT_TOLERANCE = 1e-4
/** Penalties are told apart long before that. */
const CHOICE_TOLERANCE = 1e-2

/**
 * Weights w of a Bradley-Terry model on dense differences d: the minimum of sum softplus(-w.d) + |w|^2 s^2 / (2 C), with
 * s the root mean square of |d|, so that C does not depend on the embeddings' scale. C is chosen by the loss on a
 * quarter of the pairs' groups, which the fits that are compared do not see; the model is then fitted on all pairs.
 */
export function fitHead(differences: DenseDifferences, pairs: Uint32Array, { seed, groups, progress }: FitOptions): Float64Array {
  const scale = rootMeanSquare(differences, pairs) || 1
  const penalty = choosePenalty(differences, pairs, groups, seed, scale, (share) => progress?.(0.5 * share))
  return minimise(differences, pairs, scale ** 2 / penalty, new Float64Array(differences.width), (share) => progress?.(0.5 + 0.5 * share))
}

/** Margins by the weights, in log-odds. */
export function headMargins(weights: ArrayLike<number>, { width, values }: DenseDifferences, pairs: Uint32Array): Float64Array {
  const margins = new Float64Array(pairs.length)
  for (let i = 0; i < pairs.length; i++) {
    const from = (pairs[i] as number) * width
    let sum = 0
    for (let j = 0; j < width; j++) sum += (weights[j] as number) * (values[from + j] as number)
    margins[i] = sum
  }
  return margins
}

/** reward[n] = sum over j of weights[j] * values[n, j]. Input `values` float32 [batch, width], output `reward` float32 [batch]. */
export function headGraph(name: string, weights: Float32Array): Uint8Array {
  return onnxModel({
    name,
    inputs: [{ name: 'values', type: 'float32', dims: ['batch', weights.length] }],
    outputs: [{ name: 'reward', type: 'float32', dims: ['batch'] }],
    constants: [{ name: 'weights', dims: [weights.length], data: weights }],
    nodes: [{ op: 'MatMul', inputs: ['values', 'weights'], outputs: ['reward'] }],
  })
}

/** The rows of a batch as the graph takes them. */
export function headInputs({ width, values }: DenseDifferences, rows: Uint32Array) {
  const data = new Float32Array(rows.length * width)
  rows.forEach((row, i) => data.set(values.subarray(row * width, (row + 1) * width), i * width))
  return { values: { type: 'float32' as const, data, dims: [rows.length, width] } }
}

function choosePenalty(
  differences: DenseDifferences,
  pairs: Uint32Array,
  groups: Uint32Array,
  seed: number,
  scale: number,
  progress: (share: number) => void,
): number {
  const looked = pairs.subarray(0, CHOICE_PAIRS)
  const isHeld = (pair: number): boolean => hash32(`${seed}/${groups[pair] as number}`) % 4 === 0
  const held = looked.filter(isHeld)
  const fitted = looked.filter((pair) => !isHeld(pair))
  if (held.length === 0 || fitted.length === 0) return DEFAULT_PENALTY
  let best = { penalty: DEFAULT_PENALTY, loss: Infinity }
  let weights: Float64Array = new Float64Array(differences.width)
  PENALTIES.forEach((penalty, i) => {
    weights = minimise(differences, fitted, scale ** 2 / penalty, weights, () => {}, CHOICE_TOLERANCE)
    const loss = headMargins(weights, differences, held).reduce((sum, margin) => sum + softplus(-margin), 0) / held.length
    if (loss < best.loss) best = { penalty, loss }
    progress((i + 1) / PENALTIES.length)
  })
  return best.penalty
}

/** Newton's method with conjugate gradients: the loss is smooth and strictly convex, so its minimum is the only one. */
function minimise(
  differences: DenseDifferences,
  pairs: Uint32Array,
  ridge: number,
  start: Float64Array,
  progress: (share: number) => void,
  tolerance = GRADIENT_TOLERANCE,
): Float64Array {
  const { width, values } = differences
  let weights = start.slice()
  const lossOf = (w: Float64Array, margins: Float64Array): number =>
    margins.reduce((sum, margin) => sum + softplus(-margin), 0) + (ridge / 2) * dot(w, w)
  /** Sum of rows times factors, plus the ridge times `along`. */
  const transposed = (factors: Float64Array, along: Float64Array): Float64Array => {
    const sums = along.map((value) => ridge * value)
    for (let i = 0; i < pairs.length; i++) {
      const from = (pairs[i] as number) * width
      const factor = factors[i] as number
      for (let j = 0; j < width; j++) sums[j] = (sums[j] as number) + factor * (values[from + j] as number)
    }
    return sums
  }
  let margins = headMargins(weights, differences, pairs)
  let loss = lossOf(weights, margins)
  let first = 0
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const missing = margins.map((margin) => 1 / (1 + Math.exp(margin)))
    const gradient = transposed(
      missing.map((share) => -share),
      weights,
    )
    const size = Math.sqrt(dot(gradient, gradient))
    if (step === 0) first = size
    if (size <= tolerance * first || size === 0) break
    progress(Math.min(1, Math.log(first / size) / -Math.log(tolerance)))
    const curvature = missing.map((share) => share * (1 - share))
    const product = (direction: Float64Array): Float64Array => {
      const along = headMargins(direction, differences, pairs)
      return transposed(
        along.map((value, i) => value * (curvature[i] as number)),
        direction,
      )
    }
    const direction = solveBy(
      product,
      gradient.map((value) => -value),
      Math.min(0.1, Math.sqrt(size / first)),
    )
    const slope = dot(gradient, direction)
    let length = 1
    for (let halvings = 0; halvings < 30; halvings++, length /= 2) {
      const moved = weights.map((value, j) => value + length * (direction[j] as number))
      const movedMargins = headMargins(moved, differences, pairs)
      const movedLoss = lossOf(moved, movedMargins)
      if (movedLoss <= loss + 1e-4 * length * slope) {
        weights = moved
        margins = movedMargins
        loss = movedLoss
        break
      }
    }
  }
  return weights
}

/** Conjugate gradients for a positive definite product, until the residual is `tolerance` of the right-hand side. */
function solveBy(product: (direction: Float64Array) => Float64Array, right: Float64Array, tolerance: number): Float64Array {
  const solution = new Float64Array(right.length)
  let residual = right.slice()
  let direction = right.slice()
  let size = dot(residual, residual)
  const enough = tolerance ** 2 * size
  for (let step = 0; step < right.length && size > enough; step++) {
    const image = product(direction)
    const length = size / dot(direction, image)
    for (let j = 0; j < solution.length; j++) solution[j] = (solution[j] as number) + length * (direction[j] as number)
    residual = residual.map((value, j) => value - length * (image[j] as number))
    const next = dot(residual, residual)
    direction = residual.map((value, j) => value + (next / size) * (direction[j] as number))
    size = next
  }
  return solution
}

export function rootMeanSquare({ width, values }: DenseDifferences, pairs: Uint32Array): number {
  let sum = 0
  for (const pair of pairs) for (let j = pair * width; j < (pair + 1) * width; j++) sum += (values[j] as number) ** 2
  return Math.sqrt(sum / Math.max(1, pairs.length))
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, j) => sum + value * (b[j] as number), 0)

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
