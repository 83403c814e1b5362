import { learningRateOf } from '../../../../src/core/run-label.ts'
import { STATUS_LABELS } from '../../../../src/core/labels.ts'
import { isVisionModel, optionFacts, TRAINING_OPTIONS } from '../../../../src/core/training-options.ts'
import type { Run } from '../../../../src/contract/training.ts'
import { words } from '../../../words/words.ts'

const t = words.training

/** What a run was asked for, in words: name and value, in the order in which a page shows them. */
export function factsOf(run: Run): [string, string][] {
  const { options } = run
  const { epochs, batchSize, filter, model, revision, tuning } = options
  const facts: [string, string][] = [
    [t('run.fact.trainedOn'), t('run.fact.trainPairs', { count: run.trainPairs, source: run.trainSource })],
    [t('run.fact.testedOn'), t('run.fact.testPairs', { count: run.testPairs })],
    [t('run.fact.model'), model === 'tiny' ? t('run.fact.tiny') : revision ? t('run.fact.modelAt', { model, revision }) : model],
    ...(model === 'tiny' ? [] : [[t('run.fact.tuning'), TRAINING_OPTIONS.tuning.labels[tuning]] as [string, string]]),
    [t('run.fact.schedule'), t('run.fact.scheduleOf', { epochs, batch: batchSize, rate: String(learningRateOf(options)) })],
    ...optionFacts(options, { ...options, vision: isVisionModel(model) }),
  ]
  if (filter.statuses) facts.push([t('run.fact.labels'), filter.statuses.map((status) => STATUS_LABELS[status]).join(', ')])
  if (filter.splits) facts.push([t('run.fact.splits'), filter.splits.map((split) => split || t('noSplit')).join(', ')])
  return facts
}
