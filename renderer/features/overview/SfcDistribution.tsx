import type { Report } from '../../../src/contract/overview.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { count } from '../../ui/format.ts'
import { Histogram } from '../../ui/Histogram.tsx'
import { Legend } from '../../ui/Legend.tsx'
import { Panel } from '../../ui/Panel.tsx'

/** How the SFC is spread. A bin leads to its pairs. */
export function SfcDistribution({ report }: { report: Report }) {
  const sum = (kind: 'prior' | 'audit') => report.sfcHistogram.reduce((total, bin) => total + bin[kind], 0)
  const prior = sum('prior')
  const audit = sum('audit')
  const series = [
    { label: 'audit', color: 'var(--audit)' },
    { label: 'prior', color: 'var(--prior)' },
  ]
  return (
    <Panel title="Shortcut-failure coefficient" detail="Click a bar for its pairs">
      <Histogram
        label="Distribution of the shortcut-failure coefficient"
        bins={report.sfcHistogram.map((bin) => ({ low: bin.low, high: bin.high, counts: [bin.audit, bin.prior] }))}
        series={series}
        ends={['text gives it away', 'needs the image']}
        onSelect={(bin) => navigate(pairsPath({ sfcMin: bin.low, sfcMax: bin.high }))}
      />
      <Legend
        items={[
          ...(audit > 0 ? [{ label: `Audit: both models scored the pair (${count(audit)})`, color: 'var(--audit)' }] : []),
          ...(prior > 0 ? [{ label: `Prior: no image model has scored it yet (${count(prior)})`, color: 'var(--prior)' }] : []),
        ]}
      />
    </Panel>
  )
}
