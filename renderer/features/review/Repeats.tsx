import { Link } from 'wouter'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { pairPath, pairsPath } from '../../state/pair-query.ts'
import { DUPLICATE_WORDS } from '../../../src/core/labels.ts'
import styles from './Details.module.css'
import { words } from '../../words/words.ts'

const t = words.review

/** What the backend gives at most. */
const MOST = 50

/** The other pairs that this one repeats, by the way in which it does. */
export function Repeats({ pair }: { pair: PairDetail }) {
  if (pair.repeats.length === 0) return <p className={styles.none}>{t('duplicates.empty')}</p>
  return (
    <dl className={styles.facts}>
      {pair.repeats.map(({ kind, pairIds }) => (
        <div key={kind}>
          <dt title={DUPLICATE_WORDS[kind].meaning}>{DUPLICATE_WORDS[kind].label}</dt>
          <dd>
            <p className={styles.meaning}>{DUPLICATE_WORDS[kind].meaning}</p>
            {pairIds.length > 0 && (
              <p className={styles.links}>
                {pairIds.map((pairId) => (
                  <Link key={pairId} href={pairPath(pairId, { filter: { pairIds: [pair.pairId, ...pairIds] }, sort: 'id' })}>
                    {t('title', { id: `${pairId}` })}
                  </Link>
                ))}
                {pairIds.length >= MOST && <span>{t('duplicates.more')}</span>}
                <Link href={pairsPath({ pairIds: [pair.pairId, ...pairIds] }, 'id')}>{t('duplicates.all')}</Link>
              </p>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
