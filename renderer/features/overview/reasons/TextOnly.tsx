import { Link } from 'wouter'
import type { Report } from '../../../../src/contract/overview.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { plural, pValue } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { RateStat } from '../../../ui/charts/Stat.tsx'
import { linksOf } from '../links.ts'
import styles from '../OverviewPage.module.css'

/** Pairs without an image in a dataset where others have one: they have nothing to hide, so no other panel counts them. */
export function TextOnly({ report: { textOnly } }: { report: Report }) {
  if (!textOnly) return null
  const { pairs, groups, sentence, blindAccuracy, baselines, pValue: p } = textOnly
  return (
    <Panel title="Text-only pairs" detail="These pairs name no image. Every other panel excludes them.">
      <p>{sentence}</p>
      <div className={styles.baselines}>
        <RateStat label="Proxy" estimate={blindAccuracy} detail={<span>{pValue(p)} against 50%</span>} />
        <RateStat label="Longest wins" estimate={baselines.longest} />
        <RateStat label="Shortest wins" estimate={baselines.shortest} />
        <RateStat label="Most frequent wins" estimate={baselines.frequent} />
      </div>
      <p className={styles.muted}>
        <Link href={pairsPath(linksOf({ textOnly }).textOnly())}>{plural(pairs, 'pair')}</Link> in {plural(groups, 'group')} by prompt.
      </p>
    </Panel>
  )
}
