import type { Report } from '../../../../src/contract/overview.ts'
import type { Quadrant } from '../../../../src/contract/pairs.ts'
import { Link } from 'wouter'
import { pairsPath } from '../../../state/pair-query.ts'
import { QUADRANT_WORDS } from '../../../../src/core/labels.ts'
import { count, percent } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { linksOf } from '../links.ts'
import styles from './Quadrants.module.css'

const ROWS: readonly { label: string; scored: readonly Quadrant[]; unscored: Quadrant }[] = [
  { label: 'Text right', scored: ['text-solvable', 'shortcut-only'], unscored: 'text-right' },
  { label: 'Text wrong', scored: ['image-needed', 'suspect-label'], unscored: 'text-wrong' },
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
    ...(scored > 0 ? ['Image right', 'Image wrong'] : []),
    ...(unscored > 0 || scored === 0 ? ['No image reference yet'] : []),
  ]
  return (
    <Panel
      title="Quadrants"
      detail={scored === 0 ? 'The image probe or a training run splits these further' : 'Held-out scores of both models'}
    >
      <table className={styles.grid} aria-label="Pairs by which model is right">
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
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
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
