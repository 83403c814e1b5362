import { Link } from 'wouter'
import type { Report } from '../../../../src/contract/overview.ts'
import { SHORTCUT_PRONE } from '../../../../src/core/shortcut-prone.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { percent, plural } from '../../../../src/core/format.ts'
import { Histogram } from '../../../ui/charts/Histogram.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { linksOf } from '../links.ts'

/** Pairs by what the text alone gives away, whatever a model with the image says of them. A bar leads to its pairs. */
export function TextDistribution({ report }: { report: Report }) {
  return (
    <Panel title="What the text alone gives away" detail="Select a bar to list its pairs">
      <Histogram
        label="Pairs by the probability that the text alone gives to the label"
        bins={report.textHistogram}
        color="var(--prior)"
        ends={['the other response', 'this label']}
        onSelect={(bin) => navigate(pairsPath(linksOf(report).textBin(bin)))}
      />
      <p>
        <Link href={pairsPath(linksOf(report).shortcutProne())}>{plural(report.shortcutProne, 'shortcut-prone pair')}</Link>: the text alone
        gives the label a probability of {percent(SHORTCUT_PRONE, 0)} or more.
      </p>
    </Panel>
  )
}

/** Pairs by audit SFC, where a model with the image has scored some. */
export function AuditDistribution({ report }: { report: Report }) {
  if (!report.auditSfcHistogram) return null
  return (
    <Panel title="Audit SFC" detail="Select a bar to list its pairs. If both losses are small, it says little">
      <Histogram
        label="Pairs by audit SFC"
        bins={report.auditSfcHistogram}
        color="var(--audit)"
        ends={['text does better', 'image does better']}
        onSelect={(bin) => navigate(pairsPath(linksOf(report).auditBin(bin), 'auditSfc'))}
      />
    </Panel>
  )
}
