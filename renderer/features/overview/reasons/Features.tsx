import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Report } from '../../../../src/contract/overview.ts'
import type { Reason, ReasonFamily } from '../../../../src/contract/reasons.ts'
import { api } from '../../../api/client.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Segmented } from '../../../ui/Field.tsx'
import { isolated } from '../../../ui/text/direction.ts'
import { percent, plural, rate, signed } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ErrorState } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import { toastError } from '../../../ui/overlays/Toast.tsx'
import { Boilerplates } from './Boilerplates.tsx'
import styles from '../OverviewPage.module.css'
import { PairsOf } from '../PairsOf.tsx'
import { phraseText } from '../../../../src/core/scripts.ts'

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
        title="Cues"
        detail="The proxy's strongest features. Select a number to list its pairs."
        actions={
          families.length > 1 && (
            <Segmented
              label="Family"
              value={family}
              onChange={setFamily}
              options={[{ value: 'all', label: 'All' }, ...families.map((value) => ({ value, label: familyLabel(value) }))]}
            />
          )
        }
        flush
      >
        {found.isError && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
        {canMute && muted.size > 0 && (
          <p className={styles.mute} role="status">
            {mute.data
              ? `Without ${plural(muted.size, 'feature')}, blind accuracy changes from ${percent(mute.data.before.value)} to ${rate(mute.data.after)}. Nothing is refitted.${mute.data.after.value > mute.data.before.value ? ' It can rise: a muted feature misled held-out pairs, or only balanced another one.' : ''}`
              : 'Computing accuracy without them…'}
            <Button size="small" onClick={() => setMuted(new Map())}>
              Unmute all
            </Button>
          </p>
        )}
        {rows.length === 0 ? (
          <p className={styles.muted}>
            {report.provenance.proxy === 'lexical'
              ? 'No feature stands out.'
              : 'This proxy has no named features. Use the lexical proxy to see cues.'}
          </p>
        ) : (
          <Table<Row>
            label="Strongest features"
            rows={all ? shown : shown.slice(0, FIRST)}
            rowKey={keyOf}
            columns={[
              ...(canMute
                ? [
                    {
                      id: 'mute',
                      header: (
                        <span title="Takes the feature out of every margin without refitting. Accuracy falls if the feature helped, and rises if it misled held-out pairs.">
                          Mute
                        </span>
                      ),
                      width: '56px',
                      cell: (row: Row) => (
                        <input
                          type="checkbox"
                          aria-label={`Mute ${row.feature}`}
                          checked={muted.has(keyOf(row))}
                          onChange={() => toggle(row)}
                        />
                      ),
                    },
                  ]
                : []),
              {
                id: 'feature',
                header: 'Feature',
                cell: (feature) => (
                  <span className={feature.kind === 'ngram' ? styles.ngram : undefined} dir="auto">
                    {phraseText(feature.feature)}
                  </span>
                ),
              },
              {
                id: 'family',
                header: 'Family',
                width: '130px',
                cell: (feature) =>
                  found.isPending ? <Awaited /> : <span className={styles.muted}>{feature.family ? familyLabel(feature.family) : ''}</span>,
              },
              {
                id: 'side',
                header: 'Favours',
                width: '100px',
                cell: (feature) => <Badge tone={feature.side}>{feature.side === 'chosen' ? 'Chosen' : 'Rejected'}</Badge>,
              },
              { id: 'weight', header: 'Weight', width: '180px', cell: (feature) => <Weight feature={feature} strongest={strongest} /> },
              {
                id: 'coverage',
                header: <span title="Share of pairs whose responses differ in it">Coverage</span>,
                align: 'end',
                width: '90px',
                cell: (feature) => percent(feature.coverage),
              },
              {
                id: 'lift',
                header: (
                  <span title="How often the favoured response is the chosen one, relative to chance: 1× is chance, 2× is always">
                    Lift
                  </span>
                ),
                align: 'end',
                width: '70px',
                cell: (feature) => `${feature.lift.toFixed(2)}×`,
              },
              {
                id: 'sources',
                header: <span title="Lift by source, those with most such pairs first">Where</span>,
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
                header: <span title="Pairs whose responses differ in it">Pairs</span>,
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
              Show all {shown.length}
            </Button>
          </div>
        )}
      </Panel>
      {found.data && found.data.boilerplate.length > 0 && <Boilerplates found={found.data} />}
    </div>
  )
}

const familyLabel = (family: ReasonFamily): string => family.charAt(0).toUpperCase() + family.slice(1)

/** A cell whose value is still computed. */
const Awaited = () => (
  <span className={styles.muted} aria-busy="true" title="Computing…">
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
