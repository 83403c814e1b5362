import { softplusNeg } from '../../core/losses.ts'
import type { Design } from './design.ts'

const HISTORY = 8
const MAX_ITERATIONS = 300
/** Stop where the gradient has shrunk by this factor; the margins then move by less than 1e-3. */
const TOLERANCE = 1e-4

/**
 * Weights of the Bradley-Terry model: the minimum of sum softplus(-w.d) + |w|^2 / (2 C) over the rows d, which is
 * logistic regression on feature differences without intercept. The problem is strictly convex, so the result does
 * not depend on where the search starts. Solved by L-BFGS (Nocedal & Wright, algorithm 7.4) with a backtracking line
 * search. `progress` is called with the share of the way done, by the logarithm of the gradient.
 */
export function solve(design: Design, penalty: { C: number }, progress?: (share: number) => void): Float64Array {
  const n = design.modelColumns.length
  const margins = new Float64Array(design.rows)
  let w = new Float64Array(n)
  let gradient = new Float64Array(n)
  let loss = evaluate(design, penalty.C, w, margins, gradient)
  const first = norm(gradient)
  const steps: Float64Array[] = []
  const changes: Float64Array[] = []

  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const left = norm(gradient)
    if (left <= TOLERANCE * Math.max(first, 1e-12)) break
    progress?.(Math.min(1, Math.log(first / left) / Math.log(1 / TOLERANCE)))
    const direction = descent(gradient, steps, changes)
    const slope = dot(direction, gradient)
    let size = iteration === 0 ? Math.min(1, 1 / left) : 1
    let next = w
    let nextGradient = gradient
    let nextLoss = loss
    for (let tries = 0; ; tries++) {
      next = w.map((value, i) => value + size * (direction[i] as number))
      nextGradient = new Float64Array(n)
      nextLoss = evaluate(design, penalty.C, next, margins, nextGradient)
      if (nextLoss <= loss + 1e-4 * size * slope || tries === 30) break
      size /= 2
    }
    const step = next.map((value, i) => value - (w[i] as number))
    const change = nextGradient.map((value, i) => value - (gradient[i] as number))
    if (dot(step, change) > 1e-12) {
      steps.push(step)
      changes.push(change)
      if (steps.length > HISTORY) {
        steps.shift()
        changes.shift()
      }
    }
    const gain = loss - nextLoss
    w = next
    gradient = nextGradient
    loss = nextLoss
    // Rounding has the last word: no step gets lower any more.
    if (gain <= 1e-12 * Math.abs(loss)) break
  }
  return w
}

/** The penalised loss at `w`; writes its gradient. */
function evaluate(design: Design, C: number, w: Float64Array, margins: Float64Array, gradient: Float64Array): number {
  const { starts, columns, values } = design
  let loss = 0
  for (let i = 0; i < w.length; i++) {
    loss += (w[i] as number) ** 2 / (2 * C)
    gradient[i] = (w[i] as number) / C
  }
  for (let row = 0; row < design.rows; row++) {
    let margin = 0
    for (let e = starts[row] as number; e < (starts[row + 1] as number); e++) {
      margin += (values[e] as number) * (w[columns[e] as number] as number)
    }
    margins[row] = margin
    loss += softplusNeg(margin)
    // d softplus(-m) / dm = -sigmoid(-m)
    const pull = -1 / (1 + Math.exp(margin))
    for (let e = starts[row] as number; e < (starts[row + 1] as number); e++) {
      const column = columns[e] as number
      gradient[column] = (gradient[column] as number) + pull * (values[e] as number)
    }
  }
  return loss
}

function descent(gradient: Float64Array, steps: readonly Float64Array[], changes: readonly Float64Array[]): Float64Array {
  const q = gradient.map((value) => -value)
  const alphas: number[] = []
  for (let k = steps.length - 1; k >= 0; k--) {
    const alpha = dot(steps[k] as Float64Array, q) / dot(steps[k] as Float64Array, changes[k] as Float64Array)
    alphas[k] = alpha
    addTo(q, changes[k] as Float64Array, -alpha)
  }
  const last = steps.length - 1
  if (last >= 0) {
    const scale = dot(steps[last] as Float64Array, changes[last] as Float64Array) / dot(changes[last] as Float64Array, changes[last] as Float64Array)
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * scale
  }
  for (let k = 0; k < steps.length; k++) {
    const beta = dot(changes[k] as Float64Array, q) / dot(steps[k] as Float64Array, changes[k] as Float64Array)
    addTo(q, steps[k] as Float64Array, (alphas[k] as number) - beta)
  }
  return q
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

function addTo(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + factor * (b[i] as number)
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))
