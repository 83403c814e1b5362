import { learningRateOf } from '../../../../src/core/run-label.ts'
import { isVisionModel, optionFacts } from '../../../../src/core/training-options.ts'
import type { Run } from '../../../../src/contract/training.ts'
import { count } from '../../../../src/core/format.ts'

/** What a run was asked for, in words: name and value, in the order in which a page shows them. */
export function factsOf(run: Run): [string, string][] {
  const { options } = run
  const facts: [string, string][] = [
    ['Trained on', `${count(run.trainPairs)} pairs of ${run.trainSource}`],
    ['Tested on', `${count(run.testPairs)} held-out pairs of all sources`],
    ['Model', options.model === 'tiny' ? 'tiny, built in' : options.revision ? `${options.model} at ${options.revision}` : options.model],
    ...(options.model === 'tiny' ? [] : [['Tuning', options.tuning] as [string, string]]),
    ['Schedule', `${options.epochs} epochs, batch ${options.batchSize}, learning rate ${learningRateOf(options)}`],
    ...optionFacts(options, { ...options, vision: isVisionModel(options.model) }),
  ]
  if (options.filter.statuses) facts.push(['Labels', options.filter.statuses.join(', ')])
  if (options.filter.splits) facts.push(['Splits', options.filter.splits.map((split) => split || 'no split').join(', ')])
  return facts
}
