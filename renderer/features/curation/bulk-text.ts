import type { BulkAction } from '../../../src/contract/curation.ts'
import { words } from '../../words/words.ts'

const t = words.curation

/** An action on this many pairs, to be done: `Tag 3 pairs “blurry”`. */
export const bulkTitle = (change: BulkAction, count: number): string => t(`todo.${wordOf(change)}`, { ...namesOf(change), count })

/** The same, done: `Tagged 3 pairs “blurry”`. */
export const bulkDone = (change: BulkAction, count: number): string => t(`done.${wordOf(change)}`, { ...namesOf(change), count })

const wordOf = (change: BulkAction) => (change.action !== 'set-split' ? change.action : change.split === '' ? 'noSplit' : 'split')

const namesOf = (change: BulkAction) => ({ tag: 'tag' in change ? change.tag : '', split: 'split' in change ? change.split : '' })
