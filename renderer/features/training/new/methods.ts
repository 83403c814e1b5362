import { GLOSSARY } from '../../../../src/core/glossary.ts'
import { TRAINING_METHODS, type TrainingMethod } from '../../../../src/core/vocabulary.ts'
import { words } from '../../../words/words.ts'

/** The colour of each method, where runs are listed. */
export const METHOD_TOKENS: Record<TrainingMethod, string> = {
  'shortcut-aware': '--mm',
  standard: '--chosen',
  'text-only': '--text',
  'residual-fusion': '--audit',
  upweight: '--rejected',
}

/** What a method does, in one or two sentences. */
export const methodSentence = (method: TrainingMethod): string =>
  method === 'shortcut-aware' ? GLOSSARY.shortcutAware.short : words.training(`method.sentence.${method}`)

export const USUAL_METHODS: readonly TrainingMethod[] = ['shortcut-aware', 'standard', 'text-only']
/** Methods that are there to compare with. */
export const FURTHER_METHODS = TRAINING_METHODS.filter((method) => !USUAL_METHODS.includes(method))
