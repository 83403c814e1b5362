import type { TrainingMethod } from '../../../../src/core/vocabulary.ts'

/** What each method is called and does, in one sentence. */
export const METHODS: Record<TrainingMethod, { label: string; sentence: string; token: string }> = {
  'shortcut-aware': {
    label: 'Shortcut-aware',
    sentence: 'Trains a text branch alongside the MM-RM and weights each pair by its training SFC.',
    token: '--mm',
  },
  standard: {
    label: 'Standard',
    sentence: 'Trains the MM-RM on all pairs equally, so it also learns shortcuts.',
    token: '--chosen',
  },
  'text-only': {
    label: 'Text-only',
    sentence: 'Never sees an image. Measures how much the text alone predicts, and where its shortcuts fail.',
    token: '--text',
  },
  'residual-fusion': {
    label: 'Residual fusion',
    sentence: 'Trains the MM-RM and a text branch on the sum of their rewards, so that the MM-RM learns what the text cannot predict.',
    token: '--audit',
  },
  upweight: {
    label: 'Upweight',
    sentence: 'Trains a text branch alongside the MM-RM and gives extra weight to pairs that it gets wrong.',
    token: '--rejected',
  },
}
export const USUAL_METHODS: readonly TrainingMethod[] = ['shortcut-aware', 'standard', 'text-only']
/** Methods that are there to compare with. */
export const FURTHER_METHODS: readonly TrainingMethod[] = ['residual-fusion', 'upweight']
