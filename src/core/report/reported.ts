import { USABLE_STATUSES } from '../pair-status.ts'
import { SHORTCUT_PRONE_MARGIN } from '../shortcut-prone.ts'

/** A label counts as probably wrong from this probability on. */
export const PROBABLY_WRONG = 0.5

/** The filter of the pairs that a report is about: scored with the text that they have now, neither tied nor discarded. */
export const REPORTED: { scored: true; stale: false; statuses: (typeof USABLE_STATUSES)[number][] } = { scored: true, stale: false, statuses: [...USABLE_STATUSES] }

type Asked = { statuses?: readonly string[] | undefined; hasImage?: boolean | undefined }

/**
 * The filter of those pairs of another filter that a report is about; with `judged` of a dataset where some pairs name no image, of those
 * that name one. An empty list of statuses means any.
 */
export function reportedOf<Filter extends object>(filter: Filter & Asked, { judged = false } = {}) {
  const among = filter.statuses?.length ? REPORTED.statuses.filter((status) => filter.statuses?.includes(status)) : REPORTED.statuses
  return { ...filter, ...REPORTED, statuses: among, ...(judged && { hasImage: true }) }
}

/** Those of them that are shortcut-prone, and whose label is probably wrong. */
export const REPORTED_PRONE = { ...REPORTED, textMarginMin: SHORTCUT_PRONE_MARGIN }
export const REPORTED_SUSPECTS = { ...REPORTED, suspectMin: PROBABLY_WRONG }
