import type { Report } from '../../../../src/contract/overview.ts'
import type { Quadrant } from '../../../../src/contract/pairs.ts'
import { Link } from 'wouter'
import { pairsPath } from '../../../state/pair-query.ts'
import { QUADRANT_WORDS } from '../../../../src/core/labels.ts'
import { count, percent } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { linksOf } from '../links.ts'
import { words } from '../../../words/words.ts'
import styles from './Quadrants.module.css'

const t = words.overview

const ROWS: readonly { scored: readonly Quadrant[]; unscored: Quadrant }[] = [
  { scored: ['text-solvable', 'shortcut-only'], unscored: 'text-right' },
  { scored: ['image-needed', 'suspect-label'], unscored: 'text-wrong' },
]

/**
 * Text model against image model, counted. While no image model has scored a pair only its row is known: such pairs stand
 * in a column of their own, never in one of the four.
 */
export function Quadrants({ report }: { report: Report }) {
  const of = (quadrant: Quadrant) => report.quadrants[quadrant] ?? 0
  const unscored = ROWS.reduce((sum, row) => sum + of(row.unscored), 0)
  const scored = ROWS.reduce((sum, row) => sum + row.scored.reduce((inner, quadrant) => inner + of(quadrant), 0), 0)
  const total = Math.max(1, unscored + scored)
  const columns = [
    ...(scored > 0 ? [t('quadrants.imageRight'), t('quadrants.imageWrong')] : []),
    ...(unscored > 0 || scored === 0 ? [t('quadrants.noReference')] : []),
  ]
  return (
    <Panel title={t('quadrants.title')} detail={scored === 0 ? t('quadrants.unscored') : t('quadrants.detail')}>
      <table className={styles.grid} aria-label={t('quadrants.table')}>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row.unscored}>
              <th scope="row">{QUADRANT_WORDS[row.unscored].label}</th>
              {[...(scored > 0 ? row.scored : []), ...(unscored > 0 || scored === 0 ? [row.unscored] : [])].map((quadrant) => (
                <td key={quadrant}>
                  <Link
                    href={pairsPath(linksOf(report).quadrant(quadrant))}
                    className={styles.cell}
                    data-quadrant={quadrant}
                    title={QUADRANT_WORDS[quadrant].meaning}
                  >
                    <span className={styles.count}>
                      {count(of(quadrant))} <span className={styles.share}>{percent(of(quadrant) / total)}</span>
                    </span>
                    <span className={styles.name}>{QUADRANT_WORDS[quadrant].label}</span>
                    {columns.length < 3 && <span className={styles.meaning}>{QUADRANT_WORDS[quadrant].meaning}</span>}
                  </Link>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
