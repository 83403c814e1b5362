import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Estimate } from '../../../../src/contract/base.ts'
import type { Report } from '../../../../src/contract/overview.ts'
import type { Reason, ReasonFamily } from '../../../../src/contract/reasons.ts'
import { api } from '../../../api/client.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Segmented } from '../../../ui/Field.tsx'
import { isolated } from '../../../ui/text/direction.ts'
import { GLOSSARY } from '../../../../src/core/glossary.ts'
import { percent, rate, signed } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ErrorState } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import { toastError } from '../../../ui/overlays/Toast.tsx'
import { Boilerplates } from './Boilerplates.tsx'
import { words } from '../../../words/words.ts'
import styles from '../OverviewPage.module.css'
import { PairsOf } from '../PairsOf.tsx'
import { phraseText } from '../../../../src/core/scripts.ts'

const t = words.overview

const FIRST = 15
const SOURCES = 3
type Row = Omit<Reason, 'family' | 'sources'> & Partial<Pick<Reason, 'family' | 'sources'>>
const keyOf = ({ kind, feature }: Pick<Row, 'kind' | 'feature'>) => `${kind}:${feature}`

/** The words and style marks the text model leans on most, where they hold, and what is left without them. */
export function Features({ report }: { report: Report }) {
  const [all, setAll] = useState(false)
  const [family, setFamily] = useState<ReasonFamily | 'all'>('all')
  const [muted, setMuted] = useState<ReadonlyMap<string, Row>>(new Map())
  const found = useQuery(api.reasons.list.queryOptions())
  const mute = useMutation(api.reasons.mute.mutationOptions({ onError: (error) => toastError(error) }))
  // Families and sources come a moment later than the features themselves.
  const rows: readonly Row[] = found.data?.reasons ?? report.topFeatures
  const families = [...new Set(rows.flatMap((row) => row.family ?? []))]
  const shown = family === 'all' || !families.includes(family) ? rows : rows.filter((row) => row.family === family)
  const strongest = Math.max(1e-9, ...rows.map((feature) => Math.abs(feature.weight)))
  const canMute = report.provenance.proxy === 'lexical'
  const toggle = (row: Row) => {
    const next = new Map(muted)
    if (!next.delete(keyOf(row))) next.set(keyOf(row), row)
    setMuted(next)
    mute.reset()
    if (next.size > 0) mute.mutate({ muted: [...next.values()].map(({ feature, kind }) => ({ feature, kind })) })
  }
  return (
    <div id="reasons" tabIndex={-1} className={styles.reasons}>
      <Panel
        title={t('cues.title')}
        detail={t('cues.detail')}
        actions={
          families.length > 1 && (
            <Segmented
              label={t('cues.family')}
              value={family}
              onChange={setFamily}
              options={[
                { value: 'all', label: t('cues.allFamilies') },
                ...families.map((value) => ({ value, label: t(`cues.familyName.${value}`) })),
              ]}
            />
          )
        }
        flush
      >
        {found.isError && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
        {canMute && muted.size > 0 && (
          <p className={styles.mute} role="status">
            {mute.data ? mutedText(muted.size, mute.data) : t('cues.muting')}
            <Button size="small" onClick={() => setMuted(new Map())}>
              {t('cues.unmute')}
            </Button>
          </p>
        )}
        {rows.length === 0 ? (
          <p className={styles.muted}>{report.provenance.proxy === 'lexical' ? t('cues.none') : t('cues.unnamed')}</p>
        ) : (
          <Table<Row>
            label={t('cues.table')}
            rows={all ? shown : shown.slice(0, FIRST)}
            rowKey={keyOf}
            columns={[
              ...(canMute
                ? [
                    {
                      id: 'mute',
                      header: <span title={GLOSSARY.muting.short}>{t('cues.mute')}</span>,
                      width: '56px',
                      cell: (row: Row) => (
                        <input
                          type="checkbox"
                          aria-label={t('cues.muteFeature', { feature: row.feature })}
                          checked={muted.has(keyOf(row))}
                          onChange={() => toggle(row)}
                        />
                      ),
                    },
                  ]
                : []),
              {
                id: 'feature',
                header: GLOSSARY.feature.term,
                cell: (feature) => (
                  <span className={feature.kind === 'ngram' ? styles.ngram : undefined} dir="auto">
                    {phraseText(feature.feature)}
                  </span>
                ),
              },
              {
                id: 'family',
                header: t('cues.family'),
                width: '130px',
                cell: (feature) =>
                  found.isPending ? (
                    <Awaited />
                  ) : (
                    <span className={styles.muted}>{feature.family ? t(`cues.familyName.${feature.family}`) : ''}</span>
                  ),
              },
              {
                id: 'side',
                header: t('cues.favours'),
                width: '100px',
                cell: (feature) => <Badge tone={feature.side}>{t(`cues.${feature.side}`)}</Badge>,
              },
              {
                id: 'weight',
                header: t('cues.weight'),
                width: '180px',
                cell: (feature) => <Weight feature={feature} strongest={strongest} />,
              },
              {
                id: 'coverage',
                header: <span title={GLOSSARY.coverage.short}>{GLOSSARY.coverage.term}</span>,
                align: 'end',
                width: '90px',
                cell: (feature) => percent(feature.coverage),
              },
              {
                id: 'lift',
                header: <span title={GLOSSARY.lift.short}>{GLOSSARY.lift.term}</span>,
                align: 'end',
                width: '70px',
                cell: (feature) => `${feature.lift.toFixed(2)}×`,
              },
              {
                id: 'sources',
                header: <span title={t('cues.sourcesHint')}>{t('cues.sources')}</span>,
                width: '210px',
                cell: (feature) =>
                  found.isPending ? (
                    <Awaited />
                  ) : (
                    <span className={styles.where}>
                      {(feature.sources ?? [])
                        .slice(0, SOURCES)
                        .map(({ source, lift }) => isolated(`${source} ${lift.toFixed(2)}×`))
                        .join(', ')}
                    </span>
                  ),
              },
              {
                id: 'support',
                header: <span title={t('cues.pairsHint')}>{t('cues.pairs')}</span>,
                align: 'end',
                width: '100px',
                cell: (feature) => (
                  <PairsOf
                    what={{ feature: feature.feature, kind: feature.kind }}
                    pairs={feature.support}
                    found={found.data ?? undefined}
                  />
                ),
              },
            ]}
          />
        )}
        {!all && shown.length > FIRST && (
          <div className={styles.more}>
            <Button size="small" onClick={() => setAll(true)}>
              {t('showAll', { count: shown.length })}
            </Button>
          </div>
        )}
      </Panel>
      {found.data && found.data.boilerplate.length > 0 && <Boilerplates found={found.data} />}
    </div>
  )
}

/** Blind accuracy without the muted features. */
function mutedText(count: number, { before, after }: { before: Estimate; after: Estimate }): string {
  const change = t('cues.muted', { count, before: percent(before.value), after: rate(after) })
  return after.value > before.value ? `${change} ${t('cues.mutedRise')}` : change
}

/** A cell whose value is still computed. */
const Awaited = () => (
  <span className={styles.muted} aria-busy="true" title={t('cues.computing')}>
    …
  </span>
)

/** A bar from the middle: to the right for the chosen side, to the left for the rejected one. */
function Weight({ feature, strongest }: { feature: Row; strongest: number }) {
  const share = (Math.abs(feature.weight) / strongest) * 50
  const positive = feature.weight >= 0
  return (
    <span className={styles.weight}>
      <span className={styles.weightNumber}>{signed(feature.weight)}</span>
      <span className={styles.weightTrack} aria-hidden>
        <span
          style={{
            width: `${share}%`,
            left: positive ? '50%' : `${50 - share}%`,
            background: positive ? 'var(--chosen)' : 'var(--rejected)',
          }}
        />
      </span>
    </span>
  )
}
