import { Link } from 'wouter'
import type { Report } from '../../../../src/contract/overview.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { pValue } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { RateStat } from '../../../ui/charts/Stat.tsx'
import { linksOf } from '../links.ts'
import { words } from '../../../words/words.ts'
import styles from '../OverviewPage.module.css'

const t = words.overview

/** Pairs without an image in a dataset where others have one: they have nothing to hide, so no other panel counts them. */
export function TextOnly({ report: { textOnly } }: { report: Report }) {
  if (!textOnly) return null
  const { pairs, groups, sentence, blindAccuracy, baselines, pValue: p } = textOnly
  return (
    <Panel title={t('textOnly.title')} detail={t('textOnly.detail')}>
      <p>{sentence}</p>
      <div className={styles.baselines}>
        <RateStat label={t('textOnly.proxy')} estimate={blindAccuracy} detail={<span>{t('chance', { p: pValue(p) })}</span>} />
        <RateStat label={t('baseline.longest')} estimate={baselines.longest} />
        <RateStat label={t('baseline.shortest')} estimate={baselines.shortest} />
        <RateStat label={t('baseline.frequent')} estimate={baselines.frequent} />
      </div>
      <p className={styles.muted}>
        {t.rich('textOnly.size', {
          pairs,
          groups,
          link: (chunks) => <Link href={pairsPath(linksOf({ textOnly }).textOnly())}>{chunks}</Link>,
        })}
      </p>
    </Panel>
  )
}
