import { USABLE_STATUSES } from '../vocabulary.ts'

/** What the estimate of label errors cannot see: both models follow the shortcut there. */
export const ERRORS_MISSED = 'Errors that fit a shortcut are not found.'
/** What the learning curve of a dataset measures where some pairs name an image and some name none. */
export const CURVE_MIXED = 'The proxy is trained on all pairs and tested on those that name an image.'
/** A label counts as probably wrong from this probability on. */
export const PROBABLY_WRONG = 0.5

/** The filter of the pairs that a report counts: scored with the text that they have now, neither tied nor discarded. */
export const REPORTED: { scored: true; stale: false; statuses: (typeof USABLE_STATUSES)[number][] } = {
  scored: true,
  stale: false,
  statuses: [...USABLE_STATUSES],
}

type Asked = { statuses?: readonly string[] | undefined; hasImage?: boolean | undefined }

/**
 * The filter of those pairs of another filter that a report is about. In a `mixed` dataset, where some pairs name an image and some name
 * none, these are the pairs that name one. An empty list of statuses means any.
 */
export function reportedOf<Filter extends object>(filter: Filter & Asked, { mixed }: { mixed: boolean }) {
  const among = filter.statuses?.length ? REPORTED.statuses.filter((status) => filter.statuses?.includes(status)) : REPORTED.statuses
  return { ...filter, ...REPORTED, statuses: among, ...(mixed && { hasImage: true }) }
}
