import { learningRateOf } from '../../../src/core/run-label.ts'
import type { Run } from '../../../src/contract/training.ts'
import { count } from '../../ui/format.ts'

/** What a run was asked for, in words: name and value, in the order in which a page shows them. */
export function factsOf(run: Run): [string, string][] {
  const { options } = run
  const facts: [string, string][] = [
    ['Trained on', `${count(run.trainPairs)} pairs of ${run.trainSource}`],
    ['Tested on', `${count(run.testPairs)} held-out pairs of all sources`],
    ['Model', options.model === 'tiny' ? 'tiny, built in' : options.revision ? `${options.model} at ${options.revision}` : options.model],
    ...(options.model === 'tiny' ? [] : [['Tuning', options.tuning] as [string, string]]),
    ['Schedule', `${options.epochs} epochs, batch ${options.batchSize}, learning rate ${learningRateOf(options)}`],
    ['Seed', String(options.seed)],
  ]
  if (options.method !== 'standard') facts.push(['Text branch sees', options.proxyInput === 'blank' ? 'a blank image' : 'no image'])
  if (options.method === 'shortcut-aware') facts.push(['SFC', options.sfcNormalise ? 'normalised in every batch' : 'as it is'])
  if (options.method === 'shortcut-aware' && options.sfcExponent !== 1) facts.push(['Power of the SFC', String(options.sfcExponent)])
  if (options.method === 'shortcut-aware' && options.sfcFloor > 0) facts.push(['Least weight', String(options.sfcFloor)])
  if (options.proxyWarmup > 0) facts.push(['Text branch first', options.proxyWarmup === 1 ? '1 epoch' : `${options.proxyWarmup} epochs`])
  if (options.pairWeights === 'sfc') facts.push(['Weights of the pairs', 'their SFC, over the mean'])
  if (options.tokenBudget) facts.push(['Token budget', count(options.tokenBudget)])
  if (options.maxPixels) facts.push(['Largest image', `${count(options.maxPixels)} pixels`])
  if (options.gradientCheckpointing) facts.push(['Memory', 'recomputes instead of keeping'])
  if (options.visionCache > 0) facts.push(['Image features', `kept on the disk, up to ${options.visionCache} GB`])
  if (options.dtype !== 'auto') facts.push(['Number format', options.dtype])
  if (options.unusable === 'leave-out') facts.push(['Unusable pairs', 'left out'])
  if (options.filter.statuses) facts.push(['Labels', options.filter.statuses.join(', ')])
  if (options.filter.splits) facts.push(['Splits', options.filter.splits.map((split) => split || 'no split').join(', ')])
  return facts
}
