import { isVisionModel, optionMarks, type OptionValues } from './training-options.ts'
import type { TrainingMethod, Tuning } from './vocabulary.ts'

/** What a run's label is made of. Runs that are older than the choice of a model name none. */
export type LabelledOptions = OptionValues & { method: TrainingMethod; model?: string; filter: object }

/**
 * A run's method with its options, as a legend shows it: `shortcut-aware, normalised`. Options are named if they are not the
 * usual ones. Runs with one label are comparable.
 */
export function runLabel(options: LabelledOptions): string {
  const { method, model, tuning = 'lora', proxyInput = 'drop' } = options
  const learningRate = learningRateOf(options)
  const parts: string[] = [method]
  if (model !== undefined && isVisionModel(model)) parts.push(modelName(model), ...(tuning === 'lora' ? [] : [tuning]))
  parts.push(...optionMarks(options, { method, vision: isVisionModel(model), tuning, proxyInput }))
  if (learningRate !== learningRateOf({ ...options, learningRate: undefined })) parts.push(`lr ${learningRate}`)
  if (Object.keys(options.filter).length > 0) parts.push('filtered')
  return parts.join(', ')
}

/** Peak learning rate of a run: what was asked for, or what the trainer takes for its model and tuning. */
export function learningRateOf(options: { learningRate?: number | undefined; model?: string; tuning?: Tuning | undefined }): number {
  if (options.learningRate !== undefined) return options.learningRate
  if (!isVisionModel(options.model)) return 5e-4
  return options.tuning === 'full' ? 1e-5 : 1e-4
}

/** The last part of a folder's path or of a hub id. */
export const modelName = (model: string): string => model.split(/[\\/]/).findLast((part) => part !== '') ?? model
