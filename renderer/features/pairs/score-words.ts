import { PAIR_COLUMNS } from '../../../src/core/pair-columns.ts'
import { SHORTCUT_PRONE } from '../../../src/core/shortcut-prone.ts'
import { percent } from '../../../src/core/format.ts'

/** Definitions of terms, for tooltips. */
export const PRONE = `Shortcut-prone: the text alone gives the pair's label ${percent(SHORTCUT_PRONE, 0)} or more.`
export const INFLUENCE = PAIR_COLUMNS.influence.explain
