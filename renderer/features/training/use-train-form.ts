import { useState } from 'react'
import type { PairStatus } from '../../../src/contract/pairs.ts'
import type { TrainOptions } from '../../../src/contract/training.ts'
import { USABLE_STATUSES } from '../../../src/core/pair-status.ts'
import { DEFAULTS } from './methods.ts'

/** What the form holds: numbers as they are typed, choices as sets of which all are the default. */
export interface TrainForm {
  method: TrainOptions['method']
  model: TrainOptions['model']
  /** Null: all. */
  sources: string[] | null
  splits: string[] | null
  statuses: PairStatus[]
  /** One run on all chosen sources together, or one run on each. */
  apart: boolean
  seed: string
  epochs: string
  batchSize: string
  learningRate: string
  sfcNormalise: boolean
  proxyInput: TrainOptions['proxyInput']
}

const INITIAL: TrainForm = {
  method: 'shortcut-aware',
  model: DEFAULTS.model,
  sources: null,
  splits: null,
  statuses: [...USABLE_STATUSES],
  apart: false,
  seed: String(DEFAULTS.seed),
  epochs: String(DEFAULTS.epochs),
  batchSize: String(DEFAULTS.batchSize),
  learningRate: String(DEFAULTS.learningRate),
  sfcNormalise: DEFAULTS.sfcNormalise,
  proxyInput: DEFAULTS.proxyInput,
}

export function useTrainForm() {
  const [form, setForm] = useState(INITIAL)
  return { form, set: (change: Partial<TrainForm>) => setForm((now) => ({ ...now, ...change })) }
}

const whole = (text: string, low: number, high: number): string | null =>
  /^\d+$/.test(text.trim()) && Number(text) >= low && Number(text) <= high ? null : `A whole number from ${low} to ${high.toLocaleString('en-US')}`

/** What is wrong with a field, by its name; null where nothing is. */
export function trainFormErrors(form: TrainForm) {
  const rate = Number(form.learningRate)
  return {
    seed: whole(form.seed, 0, 2 ** 31 - 1),
    epochs: whole(form.epochs, 1, 100),
    batchSize: whole(form.batchSize, 2, 4096),
    learningRate: form.learningRate.trim() !== '' && rate > 0 && rate <= 1 ? null : 'A number above 0, at most 1',
    statuses: form.statuses.length > 0 ? null : 'Choose at least one',
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
    model: form.model,
    seed: Number(form.seed),
    epochs: Number(form.epochs),
    batchSize: Number(form.batchSize),
    learningRate: Number(form.learningRate),
    sfcNormalise: form.method === 'shortcut-aware' && form.sfcNormalise,
    proxyInput: form.method === 'standard' ? DEFAULTS.proxyInput : form.proxyInput,
  })
  if (chosen.length === 0) return []
  return form.apart ? chosen.map((source) => options([source])) : [options(chosen)]
}
