import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Download, RotateCw, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { useSearch } from 'wouter'
import type { QuarantineCode } from '../../../src/contract/imports.ts'
import { api, client } from '../../api/client.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { saveTo } from '../../files/save.ts'
import { navigate } from '../../state/location.ts'
import { BarList } from '../../ui/charts/BarList.tsx'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { FATES } from '../import/columns/colors.ts'
import styles from './Quarantine.module.css'
import { QuarantineRecord } from './QuarantineRecord.tsx'
import { QuarantineRows } from './QuarantineRows.tsx'
import { RetryDialog } from './RetryDialog.tsx'
import { CODES } from '../import/import-words.ts'
import { words } from '../../words/words.ts'

const t = words.data

const PAGE = 200

/** Which rows are shown: what the address says. */
function useQuarantineFilter() {
  const params = new URLSearchParams(useSearch())
  const codes = params.getAll('code').filter((code): code is QuarantineCode => code in CODES)
  const sources = params.getAll('source')
  const change = (next: { codes?: QuarantineCode[]; sources?: string[] }) => {
    const written = new URLSearchParams({ tab: 'quarantine' })
    for (const code of next.codes ?? codes) written.append('code', code)
    for (const source of next.sources ?? sources) written.append('source', source)
    navigate(`/data?${written.toString()}`, { replace: true })
  }
  return { codes, sources, change }
}

const toggled = <Value,>(values: readonly Value[], value: Value): Value[] =>
  values.includes(value) ? values.filter((each) => each !== value) : [...values, value]

/** Records that were refused: how many for which reason and from which source, and each with its place and its raw text. */
export function Quarantine() {
  const [retrying, setRetrying] = useState(false)
  const [active, setActive] = useState(0)
  const { codes, sources, change } = useQuarantineFilter()
  const filter = { codes: codes.length > 0 ? codes : undefined, sources: sources.length > 0 ? sources : undefined }
  const query = useInfiniteQuery({
    ...api.imports.quarantine.infiniteOptions({
      input: (after: number) => ({ ...filter, after, limit: PAGE }),
      initialPageParam: 0,
      getNextPageParam: (page) => (page.rows.length === PAGE ? page.rows.at(-1)?.id : undefined),
    }),
    placeholderData: keepPreviousData,
  })
  const exportList: Command = {
    id: 'quarantine.export',
    label: t('quarantine.export'),
    group: t('quarantine.group'),
    icon: Download,
    perform: async () => {
      const options = {
        title: t('quarantine.exportTitle'),
        suggested: 'quarantine.jsonl',
        filters: [{ name: 'JSONL', extensions: ['jsonl'] }],
      }
      try {
        const written = await saveTo(options, async (out, replace) => ({
          ...(await client.imports.exportQuarantine({ out, replace })),
          out,
        }))
        if (written) toast(t('quarantine.exported', { count: written.rows }), { detail: written.out })
      } catch (error) {
        toastError(error)
      }
    },
  }
  const retry: Command = {
    id: 'quarantine.retry',
    label: t('quarantine.retry'),
    changes: true,
    keys: ['r'],
    group: t('quarantine.group'),
    icon: RotateCw,
    perform: () => setRetrying(true),
  }
  useCommands([exportList, retry])
  if (query.isPending) return <Skeleton lines={6} />
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const rows = query.data.pages.flatMap((page) => page.rows)
  const facts = query.data.pages[0]
  const all = facts?.codes.reduce((sum, each) => sum + each.count, 0) ?? 0
  if (!facts || all === 0) {
    return (
      <EmptyState icon={ShieldCheck} title={t('quarantine.empty')}>
        <p>{t('quarantine.emptyDetail')}</p>
      </EmptyState>
    )
  }
  const filtered = codes.length + sources.length > 0
  const place = Math.min(active, Math.max(0, rows.length - 1))
  const chosen = rows[place]
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <span>{filtered ? t('quarantine.filtered', { count: facts.total, all }) : t('quarantine.all', { all })}</span>
        {filtered && (
          <Button tone="quiet" onClick={() => change({ codes: [], sources: [] })}>
            {t('quarantine.showAll')}
          </Button>
        )}
        <CommandButton command={exportList} />
        <CommandButton command={retry} />
      </div>
      <div className={styles.columns}>
        <aside className={styles.facets} aria-label={t('quarantine.filter')}>
          <Panel title={t('quarantine.reason')}>
            <BarList
              label={t('quarantine.reasons')}
              color={FATES.quarantined}
              bars={facts.codes.map(({ value, count: rowCount }) => ({ id: value, label: CODES[value], value: rowCount }))}
              chosen={codes}
              onToggle={(code) => change({ codes: toggled(codes, code) })}
            />
          </Panel>
          {facts.sources.length > 1 && (
            <Panel title={t('quarantine.source')}>
              <BarList
                label={t('quarantine.sources')}
                color={FATES.quarantined}
                bars={facts.sources.map(({ value, count: rowCount }) => ({ id: value, label: value, value: rowCount, title: value }))}
                chosen={sources}
                onToggle={(source) => change({ sources: toggled(sources, source) })}
              />
            </Panel>
          )}
        </aside>
        <div className={styles.records}>
          {rows.length === 0 ? (
            <EmptyState
              title={t('quarantine.noMatch')}
              actions={<Button onClick={() => change({ codes: [], sources: [] })}>{t('quarantine.showAll')}</Button>}
            />
          ) : (
            <>
              <QuarantineRows
                key={JSON.stringify(filter)}
                rows={rows}
                total={facts.total}
                active={place}
                onActivate={setActive}
                onEnd={() => {
                  if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
                }}
              />
              {chosen && <QuarantineRecord row={chosen} />}
            </>
          )}
        </div>
      </div>
      {retrying && <RetryDialog total={all} onClose={() => setRetrying(false)} />}
    </div>
  )
}
