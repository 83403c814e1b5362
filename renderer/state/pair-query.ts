import { DEFAULT_SORT, type DuplicateKind, type PairFilter, type PairSort, type PairStatus, type Quadrant } from '../../src/contract/pairs.ts'
import { marginOfPriorSfc } from '../../src/core/losses.ts'

/** Which pairs, in which order: what the address of the pairs table and of the queue around a pair says. */
export interface PairQuery {
  filter: PairFilter
  sort: PairSort
}

const SORTS: readonly PairSort[] = ['-textMargin', 'textMargin', 'auditSfc', '-auditSfc', '-suspect', 'id', '-id']
/** Orders of addresses from before the audit SFC had one of its own: the prior SFC has the order of the text. */
const OLD_SORTS: Record<string, PairSort> = { sfc: '-textMargin', '-sfc': 'textMargin' }
const QUADRANTS: readonly Quadrant[] = ['text-solvable', 'shortcut-only', 'image-needed', 'suspect-label', 'text-right', 'text-wrong']
const STATUSES: readonly PairStatus[] = ['unreviewed', 'kept', 'flipped', 'tied', 'edited', 'discarded']
const DUPLICATES: readonly DuplicateKind[] = ['same-pair', 'flipped-twin', 'near-pair', 'same-question', 'near-responses']
/** What the contract takes. */
const MOST_IDS = 10_000
const LONGEST_TAG = 60
const MARGINS = ['textMarginMin', 'textMarginMax', 'mmMarginMin', 'mmMarginMax'] as const

/**
 * Reads `source=a&source=b&quadrant=…&tag=…&auditSfcMin=0&auditSfcMax=0.2&missing=true&ids=4,9&set=3&q=words&sort=-auditSfc`. What it does not
 * know it leaves out, so that a mistyped address shows more pairs rather than none. `sfcMin` and `sfcMax` of older addresses are read as the text
 * margins with that prior SFC.
 */
export function readPairQuery(search: string): PairQuery {
  const params = new URLSearchParams(search)
  const several = (name: string) => (params.has(name) ? params.getAll(name) : undefined)
  const oneOf = <Value extends string>(name: string, known: readonly Value[]) => {
    const values = params.getAll(name).filter((value): value is Value => (known as readonly string[]).includes(value))
    return values.length > 0 ? values : undefined
  }
  const share = (name: string) => {
    const value = Number(params.get(name) ?? 'none')
    return value >= 0 && value <= 1 ? value : undefined
  }
  const number = (name: string) => {
    const text = params.get(name)
    const value = Number(text)
    return text?.trim() && Number.isFinite(value) ? value : undefined
  }
  const marginOfOld = (name: (typeof MARGINS)[number]) => {
    const sfc = name === 'textMarginMin' ? share('sfcMax') : name === 'textMarginMax' ? share('sfcMin') : undefined
    // The ends of the scale are bounds that every score is within.
    return sfc === undefined || sfc === 0 || sfc === 1 ? undefined : Math.max(-1e9, Math.min(1e9, marginOfPriorSfc(sfc)))
  }
  const either = (name: string) => ({ true: true, false: false })[params.get(name) ?? '']
  const tags = params.getAll('tag').map((tag) => tag.trim()).filter((tag) => tag !== '' && tag.length <= LONGEST_TAG)
  const filter: PairFilter = {
    sources: several('source'),
    splits: several('split'),
    quadrants: oneOf('quadrant', QUADRANTS),
    statuses: oneOf('status', STATUSES),
    scored: either('scored'),
    auditSfcMin: share('auditSfcMin'),
    auditSfcMax: share('auditSfcMax'),
    ...Object.fromEntries(MARGINS.map((name) => [name, number(name) ?? marginOfOld(name)])),
    suspectMin: share('suspectMin'),
    stale: either('stale'),
    tags: tags.length > 0 ? tags : undefined,
    duplicates: oneOf('repeats', DUPLICATES),
    hasImage: either('image'),
    missingImages: either('missing'),
    pairIds: readIds(params.get('ids')),
    set: /^[1-9]\d{0,14}$/.test(params.get('set') ?? '') ? Number(params.get('set')) : undefined,
    text: params.get('q')?.slice(0, 500) || undefined,
  }
  const known = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as PairFilter
  return { filter: known, sort: SORTS.find((sort) => sort === params.get('sort')) ?? OLD_SORTS[params.get('sort') ?? ''] ?? DEFAULT_SORT }
}

function readIds(text: string | null): number[] | undefined {
  const ids = (text ?? '').split(',').filter((each) => /^\d{1,15}$/.test(each)).map(Number)
  return ids.length > 0 ? ids.slice(0, MOST_IDS) : undefined
}

/** The inverse of `readPairQuery`, without the `?`; empty for all pairs in the default order. */
export function writePairQuery({ filter, sort }: { filter: PairFilter; sort?: PairSort }): string {
  const params = new URLSearchParams()
  for (const source of filter.sources ?? []) params.append('source', source)
  for (const split of filter.splits ?? []) params.append('split', split)
  for (const quadrant of filter.quadrants ?? []) params.append('quadrant', quadrant)
  for (const status of filter.statuses ?? []) params.append('status', status)
  if (filter.scored !== undefined) params.set('scored', String(filter.scored))
  for (const name of ['auditSfcMin', 'auditSfcMax', ...MARGINS, 'suspectMin'] as const) if (filter[name] !== undefined) params.set(name, String(filter[name]))
  if (filter.stale !== undefined) params.set('stale', String(filter.stale))
  for (const tag of filter.tags ?? []) params.append('tag', tag)
  for (const kind of filter.duplicates ?? []) params.append('repeats', kind)
  if (filter.hasImage !== undefined) params.set('image', String(filter.hasImage))
  if (filter.missingImages !== undefined) params.set('missing', String(filter.missingImages))
  if (filter.pairIds?.length) params.set('ids', filter.pairIds.join(','))
  if (filter.set !== undefined) params.set('set', String(filter.set))
  if (filter.text) params.set('q', filter.text)
  if (sort && sort !== DEFAULT_SORT) params.set('sort', sort)
  return params.toString()
}

const withQuery = (path: string, query: string) => (query ? `${path}?${query}` : path)

/** The address of the pairs table with this filter. */
export const pairsPath = (filter: PairFilter = {}, sort?: PairSort): string => withQuery('/pairs', writePairQuery({ filter, sort }))

/** The address of one pair within the queue that the query describes. */
export const pairPath = (pairId: number, query: { filter: PairFilter; sort?: PairSort } = { filter: {} }): string =>
  withQuery(`/pairs/${pairId}`, writePairQuery(query))
