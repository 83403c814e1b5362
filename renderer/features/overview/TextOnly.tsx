import { Link } from 'wouter'
import type { Report } from '../../../src/contract/overview.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { count, plural, pValue } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { RateStat } from '../../ui/Stat.tsx'
import { links } from './links.ts'
import styles from './OverviewPage.module.css'

/** Pairs without an image in a dataset where others have one: they have nothing to hide, so they count in no verdict on images. */
export function TextOnly({ report: { textOnly } }: { report: Report }) {
  if (!textOnly) return null
  const { pairs, groups, sentence, blindAccuracy, baselines, pValue: p } = textOnly
  return (
    <Panel title="Text-only pairs" detail="These pairs name no image, so the verdict and blind accuracy above exclude them.">
      <p>{sentence}</p>
      <div className={styles.baselines}>
        <RateStat label="Proxy" estimate={blindAccuracy} detail={<span>{pValue(p)} against 50 %</span>} />
        <RateStat label="Longest wins" estimate={baselines.longest} />
        <RateStat label="Shortest wins" estimate={baselines.shortest} />
        <RateStat label="Most frequent wins" estimate={baselines.frequent} />
      </div>
      <p className={styles.muted}>
        <Link href={pairsPath(links.textOnly())}>{plural(pairs, 'pair')}</Link> in {count(groups)} groups by prompt.
      </p>
    </Panel>
  )
}
