import { useState } from 'react'
import type { PairStatus } from '../../../src/contract/pairs.ts'
import type { PreflightReport } from '../../../src/contract/preflight.ts'
import type { TrainOptions } from '../../../src/contract/training.ts'
import { USABLE_STATUSES } from '../../../src/core/vocabulary.ts'
import { hasBothBranches } from '../../../src/core/run-label.ts'
import { DEFAULTS } from './methods.ts'

/** What the form holds: numbers as they are typed, choices as sets of which all are the default. */
export interface TrainForm {
  method: TrainOptions['method']
  /** Where the model comes from; what the other two would need is kept while one is chosen. */
  origin: 'tiny' | 'folder' | 'hub'
  folder: string
  hub: string
  /** Empty: the newest commit. */
  revision: string
  /** That the model may be fetched from the hub. */
  consent: boolean
  tuning: TrainOptions['tuning']
  /** Null: all. */
  sources: string[] | null
  splits: string[] | null
  statuses: PairStatus[]
  /** One run on all chosen sources together, or one run on each. */
  apart: boolean
  seed: string
  epochs: string
  batchSize: string
  /** Empty: the usual one for model and tuning. */
  learningRate: string
  sfcNormalise: boolean
  sfcExponent: string
  sfcFloor: string
  proxyWarmup: string
  pairWeights: TrainOptions['pairWeights']
  proxyInput: TrainOptions['proxyInput']
  /** Empty: the trainer's own. */
  tokenBudget: string
  /** Empty: as the model has it. */
  maxPixels: string
  gradientCheckpointing: boolean
  /** Gigabytes, 0 for none. */
  visionCache: string
  exportProxy: boolean
  dtype: TrainOptions['dtype']
  unusable: TrainOptions['unusable']
}

export const INITIAL: TrainForm = {
  method: 'shortcut-aware',
  origin: 'tiny',
  folder: '',
  hub: '',
  revision: '',
  consent: false,
  tuning: DEFAULTS.tuning,
  sources: null,
  splits: null,
  statuses: [...USABLE_STATUSES],
  apart: false,
  seed: String(DEFAULTS.seed),
  epochs: String(DEFAULTS.epochs),
  batchSize: String(DEFAULTS.batchSize),
  learningRate: '',
  sfcNormalise: DEFAULTS.sfcNormalise,
  sfcExponent: String(DEFAULTS.sfcExponent),
  sfcFloor: String(DEFAULTS.sfcFloor),
  proxyWarmup: String(DEFAULTS.proxyWarmup),
  pairWeights: DEFAULTS.pairWeights,
  proxyInput: DEFAULTS.proxyInput,
  tokenBudget: '',
  maxPixels: '',
  gradientCheckpointing: DEFAULTS.gradientCheckpointing,
  visionCache: String(DEFAULTS.visionCache),
  exportProxy: DEFAULTS.exportProxy,
  dtype: DEFAULTS.dtype,
  unusable: DEFAULTS.unusable,
}

export function useTrainForm() {
  const [form, setForm] = useState(INITIAL)
  return { form, set: (change: Partial<TrainForm>) => setForm((now) => ({ ...now, ...change })) }
}

const whole = (text: string, low: number, high: number): string | null =>
  /^\d+$/.test(text.trim()) && Number(text) >= low && Number(text) <= high ? null : `A whole number from ${low} to ${high.toLocaleString('en-US')}`

const optional = (text: string, low: number, high: number): string | null => (text.trim() === '' ? null : whole(text, low, high))

const within = (text: string, low: number, high: number): string | null =>
  text.trim() !== '' && Number(text) >= low && Number(text) <= high ? null : `A number from ${low} to ${high}`

/** What is wrong with a field, by its name; null where nothing is. */
export function trainFormErrors(form: TrainForm) {
  const rate = Number(form.learningRate)
  return {
    seed: whole(form.seed, 0, 2 ** 31 - 1),
    epochs: whole(form.epochs, 1, 100),
    batchSize: whole(form.batchSize, 2, 4096),
    learningRate: form.learningRate.trim() === '' || (rate > 0 && rate <= 1) ? null : 'A number above 0, at most 1',
    statuses: form.statuses.length > 0 ? null : 'Choose at least one',
    folder: form.origin !== 'folder' || form.folder.trim() !== '' ? null : 'Choose the folder of the model',
    hub: form.origin !== 'hub' || /^[\w.-]+\/[\w.-]+$/.test(form.hub.trim()) ? null : 'OWNER/NAME',
    consent: form.origin !== 'hub' || form.consent ? null : 'Agree to it, or choose another model',
    tokenBudget: optional(form.tokenBudget, 16, 10_000_000),
    maxPixels: optional(form.maxPixels, 784, 100_000_000),
    visionCache: within(form.visionCache, 0, 100_000),
    sfcExponent: within(form.sfcExponent, 0, 10),
    sfcFloor: within(form.sfcFloor, 0, 1),
    proxyWarmup: whole(form.proxyWarmup, 0, 100),
  }
}

/** What concerns the model alone. The tiny model has no tuning and takes images of one size. */
function modelOptions(form: TrainForm) {
  const tokenBudget = form.tokenBudget.trim() === '' ? {} : { tokenBudget: Number(form.tokenBudget) }
  const shared = { ...tokenBudget, unusable: form.unusable }
  if (form.origin === 'tiny') {
    const { tuning, gradientCheckpointing, visionCache, dtype, exportProxy } = DEFAULTS
    return { ...shared, model: 'tiny', tuning, gradientCheckpointing, visionCache, dtype, exportProxy }
  }
  return {
    ...shared,
    model: form.origin === 'folder' ? form.folder.trim() : form.hub.trim(),
    ...(form.origin === 'hub' && form.revision.trim() !== '' && { revision: form.revision.trim() }),
    tuning: form.tuning,
    ...(form.maxPixels.trim() !== '' && { maxPixels: Number(form.maxPixels) }),
    gradientCheckpointing: form.gradientCheckpointing,
    // Full tuning moves the projector, and with it what images become.
    visionCache: form.tuning === 'full' ? DEFAULTS.visionCache : Number(form.visionCache),
    exportProxy: form.exportProxy,
    dtype: form.dtype,
  }
}

/** The runs that a valid form asks for, of the project's `sources` and training `splits`. */
export function trainOptions(form: TrainForm, sources: readonly string[], splits: readonly string[]): TrainOptions[] {
  const chosen = form.sources ?? sources
  const narrowed = form.splits !== null && form.splits.length < splits.length
  const options = (of: readonly string[]): TrainOptions => ({
    method: form.method,
    sources: [...of],
    filter: {
      ...(narrowed && { splits: form.splits ?? [] }),
      ...(form.statuses.length < USABLE_STATUSES.length && { statuses: form.statuses }),
    },
    ...modelOptions(form),
    seed: Number(form.seed),
    epochs: Number(form.epochs),
    batchSize: Number(form.batchSize),
    ...(form.learningRate.trim() !== '' && { learningRate: Number(form.learningRate) }),
    sfcNormalise: form.method === 'shortcut-aware' && form.sfcNormalise,
    sfcExponent: form.method === 'shortcut-aware' ? Number(form.sfcExponent) : DEFAULTS.sfcExponent,
    sfcFloor: form.method === 'shortcut-aware' ? Number(form.sfcFloor) : DEFAULTS.sfcFloor,
    proxyWarmup: hasBothBranches(form.method) ? Number(form.proxyWarmup) : DEFAULTS.proxyWarmup,
    pairWeights: form.method === 'text-only' ? DEFAULTS.pairWeights : form.pairWeights,
    proxyInput: form.method === 'standard' ? DEFAULTS.proxyInput : form.proxyInput,
  })
  if (chosen.length === 0) return []
  return form.apart ? chosen.map((source) => options([source])) : [options(chosen)]
}

/** What takes fallback number `index` of a preflight in the form. It stands on those before it; the tiny model needs none of them. */
export function formOf(fallbacks: PreflightReport['fallbacks'], index: number): Partial<TrainForm> {
  const { model, tuning, token_budget, gradient_checkpointing, max_pixels } = Object.assign({}, ...fallbacks.slice(0, index + 1).map(({ changes }) => changes)) as Changes
  if (model) return { origin: model }
  return {
    ...(tuning !== undefined && { tuning }),
    ...(token_budget !== undefined && { tokenBudget: String(token_budget) }),
    ...(gradient_checkpointing !== undefined && { gradientCheckpointing: gradient_checkpointing }),
    ...(max_pixels !== undefined && { maxPixels: String(max_pixels) }),
  }
}

type Changes = PreflightReport['fallbacks'][number]['changes']
