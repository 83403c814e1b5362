import { rightness, sumsBootstrap, type Estimate } from '../statistics.ts'

export type Calibration = { bins: { low: number; high: number; pairs: number; confidence: number; accuracy: number }[]; ece: Estimate }

const BINS = 10

/**
 * How often the proxy is right where it says it is sure: confidence sigmoid(|margin|) in equal bins over [0.5, 1], and the expected
 * calibration error (Guo et al., ICML 2017), the mean over pairs of |accuracy - confidence| of their bin. Bins without pairs are left out.
 */
export function calibrationOf(margins: Float64Array, groups: Float64Array, seed: number): Calibration {
  const confidence = margins.map((margin) => 1 / (1 + Math.exp(-Math.abs(margin))))
  const right = margins.map(rightness)
  const binOf = (i: number) => Math.min(BINS - 1, Math.floor(((confidence[i] as number) - 0.5) * 2 * BINS))
  const bins = Array.from({ length: BINS }, (_, bin) => ({
    low: 0.5 + bin / (2 * BINS),
    high: 0.5 + (bin + 1) / (2 * BINS),
    pairs: 0,
    confidence: 0,
    accuracy: 0,
  }))
  const gaps = bins.map(() => new Float64Array(margins.length))
  for (let i = 0; i < margins.length; i++) {
    const at = binOf(i)
    const bin = bins[at] as (typeof bins)[number]
    bin.pairs++
    bin.confidence += confidence[i] as number
    bin.accuracy += right[i] as number
    ;(gaps[at] as Float64Array)[i] = (right[i] as number) - (confidence[i] as number)
  }
  const ones = new Float64Array(margins.length).fill(1)
  const ece = sumsBootstrap(
    [...gaps, ones],
    groups,
    seed,
    (sums) => sums.subarray(0, BINS).reduce((sum, gap) => sum + Math.abs(gap), 0) / (sums[BINS] as number),
  )
  return {
    bins: bins
      .filter(({ pairs }) => pairs > 0)
      .map((bin) => ({ ...bin, confidence: bin.confidence / bin.pairs, accuracy: bin.accuracy / bin.pairs })),
    ece: ece as Estimate,
  }
}
