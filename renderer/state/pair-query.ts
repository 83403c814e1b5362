import { FILTER_NAMES, PAIR_FILTERS, type FilterName, type FilterRow, type PairFilter } from '../../src/core/pair-filters.ts'
import { marginOfPriorSfc } from '../../src/core/losses.ts'
import { DEFAULT_SORT, PAIR_SORTS, type PairSort } from '../../src/core/vocabulary.ts'

/** Which pairs, in which order: what the address of the pairs table and of the queue around a pair says. */
export interface PairQuery {
  filter: PairFilter
  sort: PairSort
}

/** Orders of addresses from before the audit SFC had one of its own: the prior SFC has the order of the text. */
const OLD_SORTS: Record<string, PairSort> = { sfc: '-textMargin', '-sfc': 'textMargin' }

/**
 * Reads `source=a&source=b&quadrant=…&tag=…&auditSfcMin=0&auditSfcMax=0.2&missing=true&ids=4,9&set=3&q=words&sort=-auditSfc`. What it does not
 * know it leaves out, so that a mistyped address shows more pairs rather than none. `sfcMin` and `sfcMax` of older addresses are read as the text
 * margins with that prior SFC.
 */
export function readPairQuery(search: string): PairQuery {
  const params = new URLSearchParams(search)
  const values = FILTER_NAMES.map((name) => [name, readValue(PAIR_FILTERS[name], params) ?? oldMargin(name, params)] as const)
  const sort = params.get('sort') ?? ''
  return {
    filter: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
    sort: PAIR_SORTS.find((known) => known === sort) ?? OLD_SORTS[sort] ?? DEFAULT_SORT,
  }
}

/** The value of a condition in an address; undefined if there is none, or none that the contract takes. */
function readValue(row: FilterRow, params: URLSearchParams): unknown {
  const all = params.getAll(row.param)
  const [first] = all
  if (first === undefined) return undefined
  switch (row.kind) {
    case 'names': {
      const { longest } = row
      return longest === undefined ? all : some(all.map((name) => name.trim()).filter((name) => name !== '' && name.length <= longest))
    }
    case 'among':
      return some(all.filter((word) => (row.values as readonly string[]).includes(word)))
    case 'flag':
      return { true: true, false: false }[first]
    case 'share':
      return share(first)
    case 'margin':
      return first.trim() && Number.isFinite(Number(first)) ? Number(first) : undefined
    case 'ids':
      return some(
        first
          .split(',')
          .filter((each) => /^\d{1,15}$/.test(each))
          .map(Number)
          .slice(0, row.most),
      )
    case 'id':
      return /^[1-9]\d{0,14}$/.test(first) ? Number(first) : undefined
    case 'text':
      return first.slice(0, row.longest) || undefined
  }
}

const some = <Value>(values: Value[]): Value[] | undefined => (values.length > 0 ? values : undefined)

function share(text: string | null): number | undefined {
  const value = Number(text?.trim() || 'none')
  return value >= 0 && value <= 1 ? value : undefined
}

function oldMargin(name: FilterName, params: URLSearchParams): number | undefined {
  const sfc = name === 'textMarginMin' ? share(params.get('sfcMax')) : name === 'textMarginMax' ? share(params.get('sfcMin')) : undefined
  // The ends of the scale are bounds that every score is within.
  return sfc === undefined || sfc === 0 || sfc === 1 ? undefined : Math.max(-1e9, Math.min(1e9, marginOfPriorSfc(sfc)))
}

/** The inverse of `readPairQuery`, without the `?`; empty for all pairs in the default order. */
export function writePairQuery({ filter, sort }: { filter: PairFilter; sort?: PairSort }): string {
  const params = new URLSearchParams()
  for (const name of FILTER_NAMES) {
    const value = filter[name]
    const { kind, param } = PAIR_FILTERS[name]
    if (value === undefined || value === '') continue
    if (!Array.isArray(value)) params.set(param, String(value))
    else if (kind !== 'ids') for (const each of value) params.append(param, String(each))
    else if (value.length > 0) params.set(param, value.join(','))
  }
  if (sort && sort !== DEFAULT_SORT) params.set('sort', sort)
  return params.toString()
}

const withQuery = (path: string, query: string) => (query ? `${path}?${query}` : path)

/** The address of the pairs table with this filter. */
export const pairsPath = (filter: PairFilter = {}, sort?: PairSort): string => withQuery('/pairs', writePairQuery({ filter, sort }))

/** The address of one pair within the queue that the query describes. */
export const pairPath = (pairId: number, query: { filter: PairFilter; sort?: PairSort } = { filter: {} }): string =>
  withQuery(`/pairs/${pairId}`, writePairQuery(query))
