import { useState } from 'react'
import type { PairStatus } from '../../../../src/contract/pairs.ts'
import type { PreflightReport } from '../../../../src/contract/preflight.ts'
import type { TrainOptions } from '../../../../src/contract/training.ts'
import { USABLE_STATUSES } from '../../../../src/core/vocabulary.ts'
import {
  applies,
  isWithin,
  type NamesOf,
  OPTION_NAMES,
  type OptionName,
  optionOf,
  type OptionValue,
  type OptionValues,
  type RunKind,
  TRAINING_OPTIONS,
} from '../../../../src/core/training-options.ts'
import { words } from '../../../words/words.ts'

const t = words.training

/** The options as a form holds them: numbers as they are typed. An empty one leaves the choice to the trainer. */
type OptionTexts = { [Name in OptionName]: Name extends NamesOf<'number'> ? string : OptionValue<Name> }

/** What the form holds: numbers as they are typed, choices as sets of which all are the default. */
export type TrainForm = OptionTexts & {
  method: TrainOptions['method']
  /** Where the model comes from; what the other two would need is kept while one is chosen. */
  origin: 'tiny' | 'folder' | 'hub'
  folder: string
  hub: string
  /** Empty: the newest commit. */
  revision: string
  /** That the model may be fetched from the hub. */
  consent: boolean
  /** Null: all. */
  sources: string[] | null
  splits: string[] | null
  statuses: PairStatus[]
  /** One run on all chosen sources together, or one run on each. */
  apart: boolean
}

/** The default of an option, as the form holds it. */
function typed(name: OptionName): string | boolean {
  const { kind, fallback } = TRAINING_OPTIONS[name]
  return kind === 'number' ? String(fallback ?? '') : fallback
}

export const INITIAL: TrainForm = {
  method: 'shortcut-aware',
  origin: 'tiny',
  folder: '',
  hub: '',
  revision: '',
  consent: false,
  sources: null,
  splits: null,
  statuses: [...USABLE_STATUSES],
  apart: false,
  ...(Object.fromEntries(OPTION_NAMES.map((name) => [name, typed(name)])) as OptionTexts),
}

export function useTrainForm() {
  const [form, setForm] = useState(INITIAL)
  return { form, set: (change: Partial<TrainForm>) => setForm((now) => ({ ...now, ...change })) }
}

/** What decides which options the run has. */
export const kindOf = (form: TrainForm): RunKind => ({
  method: form.method,
  vision: form.origin !== 'tiny',
  tuning: form.tuning,
  proxyInput: form.proxyInput,
})

/** What is wrong with a number, null if nothing is. */
function numberError(name: NamesOf<'number'>, text: string): string | null {
  const row = TRAINING_OPTIONS[name]
  const { min, max, whole, fallback } = row
  if (text.trim() === '') {
    if (fallback === undefined) return null
  } else if (isWithin(row, Number(text))) return null
  if ('above' in row) return t('error.above', { min, max })
  return whole ? t('error.whole', { min, max }) : t('error.number', { min, max })
}

const NUMBERS = OPTION_NAMES.filter((name): name is NamesOf<'number'> => TRAINING_OPTIONS[name].kind === 'number')

/** What is wrong with a field, by its name; null if nothing is. */
export function trainFormErrors(form: TrainForm) {
  return {
    ...(Object.fromEntries(NUMBERS.map((name) => [name, numberError(name, form[name])])) as Record<NamesOf<'number'>, string | null>),
    statuses: form.statuses.length > 0 ? null : t('error.statuses'),
    folder: form.origin !== 'folder' || form.folder.trim() !== '' ? null : t('error.folder'),
    hub: form.origin !== 'hub' || /^[\w.-]+\/[\w.-]+$/.test(form.hub.trim()) ? null : t('error.hub'),
    consent: form.origin !== 'hub' || form.consent ? null : t('error.consent'),
  }
}

/** The options of the run: those that it does not have are at their defaults. */
function chosenOptions(form: TrainForm): OptionValues {
  const run = kindOf(form)
  return Object.fromEntries(
    OPTION_NAMES.flatMap((name): (readonly [string, unknown])[] => {
      const row = optionOf(name)
      const value = applies(row, run) ? form[name] : typed(name)
      if (row.kind !== 'number') return [[name, value] as const]
      return String(value).trim() === '' ? [] : [[name, Number(value)] as const]
    }),
  )
}

function modelOf(form: TrainForm): { model: string; revision?: string } {
  if (form.origin === 'tiny') return { model: 'tiny' }
  if (form.origin === 'folder') return { model: form.folder.trim() }
  return { model: form.hub.trim(), ...(form.revision.trim() !== '' && { revision: form.revision.trim() }) }
}

/** The runs that a valid form asks for, of the project's `sources` and training `splits`. */
export function trainOptions(form: TrainForm, sources: readonly string[], splits: readonly string[]): TrainOptions[] {
  const chosen = form.sources ?? sources
  const narrowed = form.splits !== null && form.splits.length < splits.length
  const options = (of: readonly string[]) => ({
    method: form.method,
    sources: [...of],
    filter: {
      ...(narrowed && { splits: form.splits ?? [] }),
      ...(form.statuses.length < USABLE_STATUSES.length && { statuses: form.statuses }),
    },
    ...modelOf(form),
    ...(chosenOptions(form) as Required<OptionValues>),
  })
  if (chosen.length === 0) return []
  return form.apart ? chosen.map((source) => options([source])) : [options(chosen)]
}

/** What takes fallback number `index` of a preflight in the form. It stands on those before it; the tiny model needs none of them. */
export function formOf(fallbacks: PreflightReport['fallbacks'], index: number): Partial<TrainForm> {
  const { model, tuning, token_budget, gradient_checkpointing, max_pixels } = Object.assign(
    {},
    ...fallbacks.slice(0, index + 1).map(({ changes }) => changes),
  ) as Changes
  if (model) return { origin: model }
  return {
    ...(tuning !== undefined && { tuning }),
    ...(token_budget !== undefined && { tokenBudget: String(token_budget) }),
    ...(gradient_checkpointing !== undefined && { gradientCheckpointing: gradient_checkpointing }),
    ...(max_pixels !== undefined && { maxPixels: String(max_pixels) }),
  }
}

type Changes = PreflightReport['fallbacks'][number]['changes']
