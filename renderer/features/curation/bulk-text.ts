import type { BulkAction, BulkEntry } from '../../../src/contract/curation.ts'
import { plural } from '../../../src/core/format.ts'

const pairs = (count: number) => plural(count, 'pair')

/** An action on this many pairs, to be done: `Tag 3 pairs “blurry”`. */
export function bulkTitle(change: BulkAction, count: number): string {
  switch (change.action) {
    case 'discard':
      return `Discard ${pairs(count)}`
    case 'tag':
      return `Tag ${pairs(count)} “${change.tag}”`
    case 'untag':
      return `Remove the tag “${change.tag}” from ${pairs(count)}`
    case 'set-split':
      return change.split === '' ? `Take ${pairs(count)} out of their splits` : `Move ${pairs(count)} to the split “${change.split}”`
  }
}

/** The same, done: `Tagged 3 pairs “blurry”`. */
export function bulkDone(change: BulkAction, count: number): string {
  switch (change.action) {
    case 'discard':
      return `Discarded ${pairs(count)}`
    case 'tag':
      return `Tagged ${pairs(count)} “${change.tag}”`
    case 'untag':
      return `Removed the tag “${change.tag}” from ${pairs(count)}`
    case 'set-split':
      return change.split === '' ? `Took ${pairs(count)} out of their splits` : `Moved ${pairs(count)} to the split “${change.split}”`
  }
}

/** What becomes of pairs by an action, and how it is taken back. */
export const BULK_MEANING: Record<BulkAction['action'], string> = {
  discard: 'Discarded pairs stay in the project but are left out of scans, training and exports.',
  tag: 'Pairs that have the tag already stay as they are.',
  untag: 'Pairs without the tag stay as they are.',
  'set-split': 'The split as imported is remembered. Models that were trained before do not change.',
}

export const BULK_STATES: Record<BulkEntry['state'], { label: string; tone: 'neutral' | 'success' | 'warning' }> = {
  partial: { label: 'Stopped', tone: 'warning' },
  done: { label: 'Done', tone: 'success' },
  undone: { label: 'Undone', tone: 'neutral' },
}
