/** What of a run's options a label speaks of. Learning rate and epochs are named where they are not the usual ones. */
export type LabelledOptions = {
  method: string
  sfcNormalise: boolean
  proxyInput: 'drop' | 'blank'
  /** Options that older runs do not name. */
  sfcExponent?: number
  sfcFloor?: number
  proxyWarmup?: number
  pairWeights?: 'equal' | 'sfc'
  /** Runs that are older than the choice of a model have none. */
  model?: string
  tuning?: string
  epochs: number
  batchSize: number
  /** The usual one where it is left out. */
  learningRate?: number | undefined
  filter: object
}

/** A run's method with its options, as a legend shows it: `shortcut-aware, normalised`. Runs with one label are comparable. */
export function runLabel(options: LabelledOptions, usual: Pick<LabelledOptions, 'epochs' | 'batchSize'>): string {
  const { method, epochs, batchSize } = options
  const learningRate = learningRateOf(options)
  const parts = [method]
  if (options.model && options.model !== 'tiny') parts.push(modelName(options.model), ...(options.tuning && options.tuning !== 'lora' ? [options.tuning] : []))
  if (method === 'shortcut-aware' && options.sfcNormalise) parts.push('normalised')
  if (method === 'shortcut-aware' && (options.sfcExponent ?? 1) !== 1) parts.push(`SFC^${options.sfcExponent}`)
  if (method === 'shortcut-aware' && options.sfcFloor) parts.push(`floor ${options.sfcFloor}`)
  if (hasBothBranches(method) && options.proxyWarmup) parts.push(`proxy warm-up ${options.proxyWarmup}`)
  if (options.pairWeights === 'sfc') parts.push('weighted by SFC')
  if (method !== 'standard' && options.proxyInput === 'blank') parts.push('blank image')
  if (epochs !== usual.epochs) parts.push(epochs === 1 ? '1 epoch' : `${epochs} epochs`)
  if (batchSize !== usual.batchSize) parts.push(`batch ${batchSize}`)
  if (learningRate !== learningRateOf({ ...options, learningRate: undefined })) parts.push(`lr ${learningRate}`)
  if (Object.keys(options.filter).length > 0) parts.push('filtered')
  return parts.join(', ')
}

/** Peak learning rate of a run: what was asked for, or what the trainer takes for its model and tuning. */
export function learningRateOf(options: Pick<LabelledOptions, 'learningRate' | 'model' | 'tuning'>): number {
  if (options.learningRate !== undefined) return options.learningRate
  if ((options.model ?? 'tiny') === 'tiny') return 5e-4
  return options.tuning === 'full' ? 1e-5 : 1e-4
}

/** Whether a method trains the multimodal and the text branch together. */
export const hasBothBranches = (method: string): boolean => method !== 'standard' && method !== 'text-only'

/** The last part of a folder's path or of a hub id. */
export const modelName = (model: string): string => model.split(/[\\/]/).findLast((part) => part !== '') ?? model
