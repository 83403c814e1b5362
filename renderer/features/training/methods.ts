import type { TrainingMethod } from '../../../src/contract/trainer.ts'

/** What each method is called and does, in one sentence. */
export const METHODS: Record<TrainingMethod, { label: string; sentence: string; token: string }> = {
  'shortcut-aware': {
    label: 'Shortcut-aware',
    sentence: 'Trains a text-only branch beside the image model and counts a pair for less the more its text alone gives it away.',
    token: '--mm',
  },
  standard: {
    label: 'Standard',
    sentence: 'Trains the MM-RM on all pairs equally, so it also learns shortcuts.',
    token: '--chosen',
  },
  'text-only': {
    label: 'Text-only',
    sentence: 'Never sees an image: it measures how far the text alone gets, and where its shortcuts break.',
    token: '--text',
  },
  'residual-fusion': {
    label: 'Residual fusion',
    sentence: 'Trains image and text branch on the sum of their rewards, so that the image branch learns what the text leaves over.',
    token: '--audit',
  },
  upweight: {
    label: 'Upweight',
    sentence: 'Trains a text-only branch beside the image model and counts the pairs that it gets wrong several times.',
    token: '--rejected',
  },
}
export const USUAL_METHODS: readonly TrainingMethod[] = ['shortcut-aware', 'standard', 'text-only']
/** Methods that are there to compare with. */
export const FURTHER_METHODS: readonly TrainingMethod[] = ['residual-fusion', 'upweight']
