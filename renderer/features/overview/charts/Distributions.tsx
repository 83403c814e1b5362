import { Link } from 'wouter'
import type { Report } from '../../../../src/contract/overview.ts'
import { SHORTCUT_PRONE } from '../../../../src/core/shortcut-prone.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { GLOSSARY } from '../../../../src/core/glossary.ts'
import { percent } from '../../../../src/core/format.ts'
import { Histogram } from '../../../ui/charts/Histogram.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { words } from '../../../words/words.ts'
import { linksOf } from '../links.ts'

const t = words.overview

/** Pairs by what the text alone gives away, whatever a model with the image says of them. A bar leads to its pairs. */
export function TextDistribution({ report }: { report: Report }) {
  return (
    <Panel title={t('text.title')} detail={t('text.detail')}>
      <Histogram
        label={t('text.chart')}
        bins={report.textHistogram}
        color="var(--prior)"
        ends={[t('text.low'), t('text.high')]}
        onSelect={(bin) => navigate(pairsPath(linksOf(report).textBin(bin)))}
      />
      <p>
        {t.rich('text.prone', {
          count: report.shortcutProne,
          share: percent(SHORTCUT_PRONE, 0),
          link: (chunks) => <Link href={pairsPath(linksOf(report).shortcutProne())}>{chunks}</Link>,
        })}
      </p>
    </Panel>
  )
}

/** Pairs by audit SFC, where a model with the image has scored some. */
export function AuditDistribution({ report }: { report: Report }) {
  if (!report.auditSfcHistogram) return null
  return (
    <Panel title={GLOSSARY.auditSfc.term} detail={t('audit.detail')}>
      <Histogram
        label={t('audit.chart')}
        bins={report.auditSfcHistogram}
        color="var(--audit)"
        ends={[t('audit.low'), t('audit.high')]}
        onSelect={(bin) => navigate(pairsPath(linksOf(report).auditBin(bin), 'auditSfc'))}
      />
    </Panel>
  )
}
