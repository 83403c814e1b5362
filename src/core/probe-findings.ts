import { inPercent, percent } from './format.ts'
import { crossFitted, groupAccuracy, groupAverage, rightness, type Estimate } from './statistics.ts'

export type ProbeMargins = {
  /** With the pair's own images, with a grey picture, with the image of another group. */
  margin: Float64Array
  blank: Float64Array
  swapped: Float64Array
  groups: Uint32Array
}

/** What a probe is worth, and how much of that needs no image. There must be a margin. */
export function probeFindings(
  { margin, blank, swapped, groups }: ProbeMargins,
  more: { seed: number; folds: number; withoutImage: number; leftOut: number; inSampleAccuracy: number },
) {
  const { seed, folds, ...counts } = more
  const options = { spread: crossFitted(folds) }
  const accuracy = groupAccuracy(margin, groups, seed, options)
  const controls = { blank: groupAccuracy(blank, groups, seed, options), swapped: groupAccuracy(swapped, groups, seed, options) }
  const differences = margin.map((value, i) => rightness(value) - rightness(swapped[i] as number))
  const imageGain = groupAverage(differences, groups, seed, options) as Estimate
  const survives = (control: Estimate) => (accuracy.low <= 0.5 ? null : (control.value - 0.5) / (accuracy.value - 0.5))
  return {
    pairs: margin.length,
    groups: new Set(groups).size,
    ...counts,
    accuracy,
    ...controls,
    imageGain,
    survives: { blank: survives(controls.blank), swapped: survives(controls.swapped) },
    sentence: sentenceOf(accuracy, controls.swapped, imageGain),
  }
}

function sentenceOf(accuracy: Estimate, swapped: Estimate, gain: Estimate): string {
  if (accuracy.low <= 0.5) return `The probe performs at chance (${percent(accuracy.value)}), so no SFC uses it.`
  const found = `With the image, the probe predicts ${percent(accuracy.value)} of labels; with another group’s image, ${percent(swapped.value)}`
  if (gain.low <= 0) return `${found}. The probe ignores the image, so no SFC uses it.`
  return `${found}. The image adds ${inPercent(gain.value)} points (95% CI ${inPercent(gain.low)}–${inPercent(gain.high)}).`
}
