import { useQuery } from '@tanstack/react-query'
import { Search, X } from 'lucide-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { PairFilter, PairSort } from '../../../src/contract/pairs.ts'
import { api } from '../../api/client.ts'
import type { PairQuery } from '../../state/pair-query.ts'
import { QUADRANTS } from '../../ui/Badge.tsx'
import { Button, IconButton } from '../../ui/Button.tsx'
import { Input, Select } from '../../ui/Field.tsx'
import { count } from '../../ui/format.ts'
import { FacetMenu } from './FacetMenu.tsx'
import { describeFilter, SORT_LABELS, STATUS_LABELS } from './filter-text.ts'
import styles from './FilterBar.module.css'
import { SfcFilter } from './SfcFilter.tsx'

const SEARCH_PAUSE_MS = 250
const QUADRANT_ORDER = Object.keys(QUADRANTS)

/** Everything that narrows and orders the list. `onChange` gets `replace` for changes that come in small steps. */
export function FilterBar({ query, onChange, searchField }: {
  query: PairQuery
  onChange: (query: PairQuery, options?: { replace?: boolean }) => void
  searchField: RefObject<HTMLInputElement | null>
}) {
  const facets = useQuery(api.pairs.facets.queryOptions())
  const { filter, sort } = query
  const set = (change: Partial<PairFilter>, options?: { replace?: boolean }) => onChange({ sort, filter: { ...filter, ...change } }, options)
  const named = <Value extends string>(list: readonly { value: Value; count: number }[] | undefined, label: (value: Value) => string) =>
    (list ?? []).map((each) => ({ ...each, label: label(each.value) }))
  const hasSplits = (facets.data?.splits ?? []).some((split) => split.value !== '')
  return (
    <div className={styles.bar} role="search" aria-label="Filter pairs">
      <SearchField field={searchField} text={filter.text ?? ''} onSearch={(text) => set({ text: text || undefined }, { replace: true })} />
      <FacetMenu label="Source" options={named(facets.data?.sources, (value) => value)} chosen={filter.sources} onChange={(sources) => set({ sources })} />
      {(hasSplits || filter.splits) && (
        <FacetMenu label="Split" options={named(facets.data?.splits, (value) => value || 'no split')} chosen={filter.splits} onChange={(splits) => set({ splits })} />
      )}
      <FacetMenu
        label="Quadrant"
        options={named(facets.data?.quadrants, (value) => QUADRANTS[value].label).sort((a, b) => QUADRANT_ORDER.indexOf(a.value) - QUADRANT_ORDER.indexOf(b.value))}
        chosen={filter.quadrants}
        onChange={(quadrants) => set({ quadrants })}
      />
      <FacetMenu label="Status" options={named(facets.data?.statuses, (value) => STATUS_LABELS[value])} chosen={filter.statuses} onChange={(statuses) => set({ statuses })} />
      <SfcFilter sfcMin={filter.sfcMin} sfcMax={filter.sfcMax} onChange={(range) => set(range)} />
      <Button
        pressed={filter.stale === true}
        disabled={!facets.data?.stale && filter.stale === undefined}
        hint="Pairs that changed since they were scored"
        onClick={() => set({ stale: filter.stale === true ? undefined : true })}
      >
        <span className={styles.facet}>
          Stale
          {(facets.data?.stale ?? 0) > 0 && <span className={styles.count}>{count(facets.data?.stale ?? 0)}</span>}
        </span>
      </Button>
      {describeFilter(filter) && (
        <Button tone="quiet" icon={X} onClick={() => onChange({ filter: {}, sort })}>
          Clear filter
        </Button>
      )}
      <Select
        className={styles.sort}
        aria-label="Order"
        value={sort}
        onChange={(value: PairSort) => onChange({ filter, sort: value })}
        options={Object.entries(SORT_LABELS).map(([value, label]) => ({ value: value as PairSort, label }))}
      />
    </div>
  )
}

/** Searches while typing, after a pause. What the address says wins once nothing is being typed. */
function SearchField({ field, text, onSearch }: { field: RefObject<HTMLInputElement | null>; text: string; onSearch: (text: string) => void }) {
  const [draft, setDraft] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const search = (value: string) => {
    clearTimeout(timer.current)
    onSearch(value)
    setDraft(null)
  }
  return (
    <div className={styles.search}>
      <Search size={14} aria-hidden />
      <Input
        ref={field}
        type="search"
        aria-label="Search in prompt and responses"
        placeholder="Search texts  ( / )"
        maxLength={500}
        value={draft ?? text}
        onChange={(event) => {
          const { value } = event.target
          setDraft(value)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => search(value), SEARCH_PAUSE_MS)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search(event.currentTarget.value)
          if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      {(draft ?? text) && <IconButton label="Clear the search" icon={X} size="small" onClick={() => search('')} />}
    </div>
  )
}
