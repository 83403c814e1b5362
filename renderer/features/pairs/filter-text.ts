import type { PairFilter, PairSort, PairStatus } from '../../../src/contract/pairs.ts'
import { QUADRANTS } from '../../ui/Badge.tsx'

export const STATUS_LABELS: Record<PairStatus, string> = {
  unreviewed: 'Unreviewed',
  kept: 'Kept',
  flipped: 'Flipped',
  tied: 'Tie',
  edited: 'Edited',
  discarded: 'Discarded',
}

export const SORT_LABELS: Record<PairSort, string> = {
  sfc: 'SFC, shortcut-prone first',
  '-sfc': 'SFC, image-dependent first',
  textMargin: 'Text margin, wrong guesses first',
  '-textMargin': 'Text margin, sure guesses first',
  id: 'Number, oldest first',
  '-id': 'Number, newest first',
}

/** A filter in words: `vqa · Text-solvable · SFC 0.00–0.20`; empty where it limits nothing. */
export function describeFilter(filter: PairFilter): string {
  const { sources, splits, quadrants, statuses, sfcMin, sfcMax, stale, text } = filter
  return [
    sources?.join(' or '),
    splits?.map((split) => split || 'no split').join(' or '),
    quadrants?.map((quadrant) => QUADRANTS[quadrant].label).join(' or '),
    statuses?.map((status) => STATUS_LABELS[status]).join(' or '),
    sfcMin !== undefined || sfcMax !== undefined ? `SFC ${(sfcMin ?? 0).toFixed(2)}–${(sfcMax ?? 1).toFixed(2)}` : undefined,
    stale === undefined ? undefined : stale ? 'stale' : 'not stale',
    text ? `“${text}”` : undefined,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ')
}
