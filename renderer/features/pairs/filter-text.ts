import type { DuplicateKind, PairFilter, PairSort, PairStatus } from '../../../src/contract/pairs.ts'
import { USABLE_STATUSES } from '../../../src/core/pair-status.ts'
import { SHORTCUT_PRONE_MARGIN } from '../../../src/core/shortcut-prone.ts'
import { QUADRANTS } from '../../ui/Badge.tsx'
import { percent, plural, signed } from '../../ui/format.ts'

export const STATUS_LABELS: Record<PairStatus, string> = {
  unreviewed: 'Unreviewed',
  kept: 'Kept',
  flipped: 'Flipped',
  tied: 'Tie',
  edited: 'Edited',
  discarded: 'Discarded',
}

/** How a pair repeats others: as a label of the filter, and what it means. */
export const DUPLICATES: Record<DuplicateKind, { label: string; meaning: string }> = {
  'same-pair': { label: 'Same pair', meaning: 'Prompt, responses and images are the same.' },
  'flipped-twin': { label: 'Flipped twin', meaning: 'The same responses to the same prompt and images, with the label turned round.' },
  'near-pair': { label: 'Nearly the same', meaning: 'The same but for case, punctuation and white space.' },
  'same-question': { label: 'Same question', meaning: 'The same prompt and images, with other responses.' },
  'near-responses': { label: 'Responses alike', meaning: 'Chosen and rejected differ only in case, punctuation or white space.' },
}

export const SORT_LABELS: Record<PairSort, string> = {
  '-textMargin': 'Shortcut-prone first',
  textMargin: 'Text margin, lowest first',
  auditSfc: 'Audit SFC, lowest first',
  '-auditSfc': 'Audit SFC, highest first',
  '-suspect': 'Likely label errors first',
  id: 'Number, oldest first',
  '-id': 'Number, newest first',
}

/** A filter in words: `vqa · Text-solvable · audit SFC 0.00–0.20`; empty where it limits nothing. */
export function describeFilter(filter: PairFilter): string {
  const { sources, splits, quadrants, statuses, scored, auditSfcMin, auditSfcMax, suspectMin, stale, tags, duplicates, hasImage, missingImages, pairIds, set, text } = filter
  return [
    sources?.join(' or '),
    splits?.map((split) => split || 'no split').join(' or '),
    quadrants?.map((quadrant) => QUADRANTS[quadrant].label).join(' or '),
    statuses && (isUsable(statuses) ? 'neither tied nor discarded' : statuses.map((status) => STATUS_LABELS[status]).join(' or ')),
    scored === undefined ? undefined : scored ? 'scored' : 'not scored',
    auditSfcMin !== undefined || auditSfcMax !== undefined ? `audit SFC ${(auditSfcMin ?? 0).toFixed(2)}–${(auditSfcMax ?? 1).toFixed(2)}` : undefined,
    isProne(filter) ? 'shortcut-prone' : range('text margin', filter.textMarginMin, filter.textMarginMax),
    range('MM margin', filter.mmMarginMin, filter.mmMarginMax),
    suspectMin === undefined ? undefined : `label wrong with ${percent(suspectMin)} or more`,
    stale === undefined ? undefined : stale ? 'stale' : 'not stale',
    tags && `tagged ${tags.map((tag) => `“${tag}”`).join(' or ')}`,
    duplicates && `repeats: ${duplicates.map((kind) => DUPLICATES[kind].label.toLowerCase()).join(' or ')}`,
    hasImage === undefined ? undefined : hasImage ? 'with an image' : 'text only',
    missingImages === undefined ? undefined : missingImages ? 'an image is missing' : 'no image is missing',
    pairIds && (pairIds.length <= 3 ? pairIds.map((id) => `pair ${id}`).join(' or ') : `${plural(pairIds.length, 'chosen pair')}`),
    set === undefined ? undefined : 'found pairs',
    text ? `“${text}”` : undefined,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ')
}

const isUsable = (statuses: readonly PairStatus[]): boolean =>
  statuses.length === USABLE_STATUSES.length && USABLE_STATUSES.every((status) => statuses.includes(status))

/** Whether the filter asks for the shortcut-prone pairs. */
export const isProne = ({ textMarginMin, textMarginMax }: PairFilter): boolean => textMarginMin === SHORTCUT_PRONE_MARGIN && textMarginMax === undefined

function range(name: string, least: number | undefined, most: number | undefined): string | undefined {
  if (least === undefined && most === undefined) return undefined
  if (least === undefined) return `${name} up to ${signed(most as number)}`
  return most === undefined ? `${name} from ${signed(least)}` : `${name} ${signed(least)} to ${signed(most)}`
}
