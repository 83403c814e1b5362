import { useState } from 'react'
import { Link } from 'wouter'
import type { Report, TopFeature } from '../../../src/contract/overview.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { count, percent, signed } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { Table } from '../../ui/Table.tsx'
import styles from './OverviewPage.module.css'

const FIRST = 15

/** The words and style marks the text model leans on most. */
export function Features({ report }: { report: Report }) {
  const [all, setAll] = useState(false)
  const strongest = Math.max(1e-9, ...report.topFeatures.map((feature) => Math.abs(feature.weight)))
  return (
    <Panel title="What gives it away" detail="The strongest features of the text model. Click a phrase for the pairs that have it." flush>
      {report.topFeatures.length === 0 ? (
        <p className={styles.muted}>No feature stands out.</p>
      ) : (
        <Table<TopFeature>
          label="Strongest features"
          rows={all ? report.topFeatures : report.topFeatures.slice(0, FIRST)}
          rowKey={(feature) => `${feature.kind}:${feature.feature}`}
          columns={[
            {
              id: 'feature',
              header: 'Feature',
              cell: (feature) =>
                feature.kind === 'ngram' ? (
                  <Link href={pairsPath({ text: feature.feature })} className={styles.ngram}>
                    {feature.feature}
                  </Link>
                ) : (
                  <span>{feature.feature}</span>
                ),
            },
            { id: 'kind', header: 'Kind', width: '80px', cell: (feature) => <span className={styles.muted}>{feature.kind === 'ngram' ? 'Phrase' : 'Style'}</span> },
            {
              id: 'side',
              header: 'Speaks for',
              width: '110px',
              cell: (feature) => <Badge tone={feature.side}>{feature.side === 'chosen' ? 'Chosen' : 'Rejected'}</Badge>,
            },
            { id: 'weight', header: 'Weight', width: '260px', cell: (feature) => <Weight feature={feature} strongest={strongest} /> },
            { id: 'coverage', header: <span title="Share of pairs whose responses differ in it">Coverage</span>, align: 'end', width: '100px', cell: (feature) => percent(feature.coverage) },
            { id: 'lift', header: <span title="How much better than chance it points to the chosen response: 2 always, 1 never">Lift</span>, align: 'end', width: '80px', cell: (feature) => `${feature.lift.toFixed(2)}×` },
            { id: 'support', header: <span title="Pairs whose responses differ in it">Pairs</span>, align: 'end', width: '90px', cell: (feature) => count(feature.support) },
          ]}
        />
      )}
      {!all && report.topFeatures.length > FIRST && (
        <div className={styles.more}>
          <Button size="small" onClick={() => setAll(true)}>
            Show all {report.topFeatures.length}
          </Button>
        </div>
      )}
    </Panel>
  )
}

/** A bar from the middle: to the right for the chosen side, to the left for the rejected one. */
function Weight({ feature, strongest }: { feature: TopFeature; strongest: number }) {
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
