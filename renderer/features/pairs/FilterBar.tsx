import { useQuery } from '@tanstack/react-query'
import { Search, X } from 'lucide-react'
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import type { PairFilter, PairSort } from '../../../src/contract/pairs.ts'
import { api } from '../../api/client.ts'
import type { PairQuery } from '../../state/pair-query.ts'
import { QUADRANT_WORDS } from '../../../src/core/labels.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { Input, Select } from '../../ui/Field.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { count, percent, time } from '../../../src/core/format.ts'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { SHORTCUT_PRONE_MARGIN } from '../../../src/core/shortcut-prone.ts'
import { PROBABLY_WRONG } from '../../../src/core/report/reported.ts'
import { AuditSfcFilter } from './AuditSfcFilter.tsx'
import { FacetMenu } from './FacetMenu.tsx'
import { DUPLICATE_WORDS, SORT_LABELS, STATUS_LABELS } from '../../../src/core/labels.ts'
import { describeFilter, FILTER_NAMES, type FilterName, isProne } from '../../../src/core/pair-filters.ts'
import { isComposing } from '../../commands/keys.ts'
import styles from './FilterBar.module.css'
import { words } from '../../words/words.ts'

const t = words.pairs

const SEARCH_PAUSE_MS = 250
const QUADRANT_ORDER = Object.keys(QUADRANT_WORDS)

/** Everything that narrows and orders the list. `onChange` gets `replace` for changes that come in small steps. */
export function FilterBar({
  query,
  onChange,
  searchField,
}: {
  query: PairQuery
  onChange: (query: PairQuery, options?: { replace?: boolean }) => void
  searchField: RefObject<HTMLInputElement | null>
}) {
  const facets = useQuery(api.pairs.facets.queryOptions())
  const { filter, sort } = query
  const set = (change: Partial<PairFilter>, options?: { replace?: boolean }) =>
    onChange({ sort, filter: { ...filter, ...change } }, options)
  /** Counts are of the whole project: they are shown only where nothing but the facet itself would limit the list. */
  const alone = (...own: (keyof PairFilter)[]) =>
    Object.entries(filter).every(([key, value]) => value === undefined || own.includes(key as keyof PairFilter))
  const named = <Value extends string>(
    facet: keyof PairFilter,
    list: readonly { value: Value; count: number }[] | undefined,
    label: (value: Value) => ReactNode,
  ) => (list ?? []).map(({ value, count }) => ({ value, count: alone(facet) ? count : undefined, label: label(value) }))
  const hasSplits = (facets.data?.splits ?? []).some((split) => split.value !== '')
  return (
    <div className={styles.bar} role="search" aria-label={t('filter.label')}>
      <SearchField field={searchField} text={filter.text ?? ''} onSearch={(text) => set({ text: text || undefined }, { replace: true })} />
      <FacetMenu
        label={t('filter.source')}
        options={named('sources', facets.data?.sources, (value) => (
          <bdi>{value}</bdi>
        ))}
        chosen={filter.sources}
        onChange={(sources) => set({ sources })}
      />
      {(hasSplits || filter.splits) && (
        <FacetMenu
          label={t('filter.split')}
          options={named('splits', facets.data?.splits, (value) => (value ? <bdi>{value}</bdi> : t('filter.noSplit')))}
          chosen={filter.splits}
          onChange={(splits) => set({ splits })}
        />
      )}
      <FacetMenu
        label={t('filter.quadrant')}
        options={named('quadrants', facets.data?.quadrants, (value) => QUADRANT_WORDS[value].label).sort(
          (a, b) => QUADRANT_ORDER.indexOf(a.value) - QUADRANT_ORDER.indexOf(b.value),
        )}
        chosen={filter.quadrants}
        onChange={(quadrants) => set({ quadrants })}
      />
      <FacetMenu
        label={t('filter.status')}
        options={named('statuses', facets.data?.statuses, (value) => STATUS_LABELS[value])}
        chosen={filter.statuses}
        onChange={(statuses) => set({ statuses })}
      />
      <Flag
        label={t('filter.prone')}
        hint={GLOSSARY.shortcutProne.short}
        pairs={undefined}
        on={isProne(filter) || undefined}
        always={facets.data?.quadrants.length !== 0}
        onChange={(on) => set({ textMarginMin: on && SHORTCUT_PRONE_MARGIN, textMarginMax: undefined })}
      />
      <AuditSfcFilter auditSfcMin={filter.auditSfcMin} auditSfcMax={filter.auditSfcMax} onChange={(range) => set(range)} />
      {(facets.data?.tags.length || filter.tags) && (
        <FacetMenu
          label={t('filter.tags')}
          options={named('tags', withChosen(facets.data?.tags, filter.tags), (value) => (
            <bdi>{value}</bdi>
          ))}
          chosen={filter.tags}
          onChange={(tags) => set({ tags })}
        />
      )}
      {(facets.data?.duplicates.length || filter.duplicates) && (
        <FacetMenu
          label={t('filter.duplicates')}
          options={named('duplicates', withChosen(facets.data?.duplicates, filter.duplicates), (value) => (
            <span title={DUPLICATE_WORDS[value].meaning}>{DUPLICATE_WORDS[value].label}</span>
          ))}
          chosen={filter.duplicates}
          onChange={(duplicates) => set({ duplicates })}
        />
      )}
      <Flag
        label={t('filter.missingImages')}
        hint={t('filter.missingImagesHint')}
        pairs={facets.data?.missingImages}
        counted={alone('missingImages')}
        on={filter.missingImages}
        onChange={(missingImages) => set({ missingImages })}
      />
      <Suspects
        filter={filter}
        counted={alone('suspectMin')}
        onChange={(suspectMin) => onChange({ filter: { ...filter, suspectMin }, sort: suspectMin === undefined ? sort : '-suspect' })}
      />
      <Chosen filter={filter} onChange={set} />
      <Flag
        label={t('filter.stale')}
        hint={GLOSSARY.stale.short}
        pairs={facets.data?.stale}
        counted={alone('stale')}
        on={filter.stale}
        onChange={(stale) => set({ stale })}
      />
      {describeFilter(filter) && (
        <Button tone="quiet" icon={X} onClick={() => onChange({ filter: {}, sort })}>
          {t('filter.clear')}
        </Button>
      )}
      <Select
        className={styles.sort}
        aria-label={t('filter.order')}
        value={sort}
        onChange={(value: PairSort) => onChange({ filter, sort: value })}
        options={Object.entries(SORT_LABELS).map(([value, label]) => ({ value: value as PairSort, label }))}
      />
    </div>
  )
}

/** Values that are chosen stay on offer when no pair has them any more, so that they can be taken back. */
function withChosen<Value extends string>(options: readonly { value: Value; count: number }[] = [], chosen: readonly Value[] = []) {
  return [...options, ...chosen.filter((value) => !options.some((option) => option.value === value)).map((value) => ({ value, count: 0 }))]
}

/** A facet with one value. Not there where no pair has it, but for one that is `always` there. */
function Flag({
  label,
  hint,
  pairs,
  counted = true,
  on,
  always = false,
  onChange,
}: {
  label: string
  hint: string
  pairs: number | undefined
  counted?: boolean
  on: boolean | undefined
  always?: boolean
  onChange: (on: true | undefined) => void
}) {
  if (!pairs && on === undefined && !always) return null
  return (
    <Button pressed={on === true} hint={hint} onClick={() => onChange(on === true ? undefined : true)}>
      <span className={styles.facet}>
        {label}
        {pairs !== undefined && counted && <span className={styles.count}>{count(pairs)}</span>}
      </span>
    </Button>
  )
}

function Suspects({
  filter,
  counted,
  onChange,
}: {
  filter: PairFilter
  counted: boolean
  onChange: (suspectMin: number | undefined) => void
}) {
  const suspects = useQuery(api.pairs.count.queryOptions({ input: { filter: { suspectMin: PROBABLY_WRONG } } }))
  const { suspectMin } = filter
  const label =
    suspectMin === undefined || suspectMin === PROBABLY_WRONG
      ? t('filter.labelErrors')
      : t('filter.labelErrorsFrom', { probability: percent(suspectMin, 0) })
  return (
    <Flag
      label={label}
      hint={GLOSSARY.labelError.short}
      pairs={suspectMin === undefined || suspectMin === PROBABLY_WRONG ? suspects.data?.count : undefined}
      counted={counted}
      on={suspectMin !== undefined || undefined}
      onChange={(on) => onChange(on ? PROBABLY_WRONG : undefined)}
    />
  )
}

/** Conditions that a control above sets, or a chip of its own shows. */
const SHOWN: readonly FilterName[] = [
  ...([
    'sources',
    'splits',
    'quadrants',
    'statuses',
    'auditSfcMin',
    'auditSfcMax',
    'suspectMin',
    'tags',
    'duplicates',
    'missingImages',
    'stale',
    'text',
  ] as const),
  ...(['textMarginMin', 'textMarginMax', 'mmMarginMin', 'mmMarginMax', 'scored', 'pairIds', 'set'] as const),
]

/** A chip for every other condition, so that none limits the list unseen. */
const rest = (filter: PairFilter) =>
  FILTER_NAMES.filter((name) => !SHOWN.includes(name) && filter[name] !== undefined).map((name) => {
    const told = describeFilter({ [name]: filter[name] })
    return { text: told.charAt(0).toUpperCase() + told.slice(1), told, off: { [name]: undefined } }
  })

const MARGINS = { textMarginMin: undefined, textMarginMax: undefined, mmMarginMin: undefined, mmMarginMax: undefined }

/** What was chosen elsewhere, as an area of losses or the pairs of a cue: nothing here sets it, each is taken off by a click. */
function Chosen({ filter, onChange }: { filter: PairFilter; onChange: (change: Partial<PairFilter>) => void }) {
  const { textMarginMin, textMarginMax, mmMarginMin, mmMarginMax, scored, stale, pairIds, set } = filter
  const found = useQuery(api.pairs.set.queryOptions({ input: { id: set ?? 1 }, enabled: set !== undefined }))
  const label = found.data === null ? t('filter.lostSet') : (found.data?.label ?? t('filter.set'))
  const margins = describeFilter({ ...(!isProne(filter) && { textMarginMin, textMarginMax }), mmMarginMin, mmMarginMax })
  const scores = describeFilter({ scored, ...(stale === false && { stale }) })
  const parts = [
    {
      text: scores && scores.charAt(0).toUpperCase() + scores.slice(1),
      told: scores,
      off: { scored: undefined, ...(stale === false && { stale: undefined }) },
    },
    {
      text: margins && t('filter.margins'),
      told: margins,
      off: isProne(filter) ? { mmMarginMin: undefined, mmMarginMax: undefined } : MARGINS,
    },
    { text: pairIds && t('filter.pairIds'), told: describeFilter({ pairIds }), off: { pairIds: undefined } },
    ...rest(filter),
    {
      text: set && t('filter.setChip', { label }),
      told: found.data
        ? t('filter.setDetail', { count: found.data.pairs, label: found.data.label, time: time(found.data.createdAt) })
        : label,
      off: { set: undefined },
    },
  ]
  return parts.map(
    ({ text, told, off }) =>
      text && (
        <Button key={text} pressed hint={t('filter.remove', { filter: told })} icon={X} onClick={() => onChange(off)}>
          {isolated(text)}
        </Button>
      ),
  )
}

/** Searches while typing, after a pause. What the address says wins once nothing is being typed. */
function SearchField({
  field,
  text,
  onSearch,
}: {
  field: RefObject<HTMLInputElement | null>
  text: string
  onSearch: (text: string) => void
}) {
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
        aria-label={t('filter.search')}
        placeholder={t('filter.searchPlaceholder')}
        maxLength={500}
        value={draft ?? text}
        onChange={(event) => {
          const { value } = event.target
          setDraft(value)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => search(value), SEARCH_PAUSE_MS)
        }}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return
          if (event.key === 'Enter') search(event.currentTarget.value)
          if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      {(draft ?? text) && <IconButton label={t('filter.clearSearch')} icon={X} size="small" onClick={() => search('')} />}
    </div>
  )
}
