import { SHORTCUT_PRONE } from '../../../src/core/shortcut-prone.ts'
import { percent } from '../../../src/core/format.ts'

/** Definitions of terms, for tooltips. */
export const PRONE = `Shortcut-prone: the text alone gives the pair's label ${percent(SHORTCUT_PRONE, 0)} or more.`
export const INFLUENCE =
  'Training influence: the size of this pair’s gradient in shortcut-aware training, SFC × sigmoid(−MM margin) of the held-out scores, relative to the mean pair (1.0).'
