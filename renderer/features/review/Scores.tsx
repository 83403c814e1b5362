import type { Attribution, PairDetail } from '../../../src/contract/pairs.ts'
import { QuadrantBadge, QUADRANTS } from '../../ui/Badge.tsx'
import { percent, signed } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { SfcValue } from '../../ui/SfcValue.tsx'
import styles from './Scores.module.css'

/** How sure a Bradley-Terry model with this margin (log-odds) is of the side it prefers. */
const sureness = (margin: number): number => 1 / (1 + Math.exp(-Math.abs(margin)))

const prefers = (margin: number): string =>
  margin === 0 ? 'prefers neither' : `prefers the ${margin > 0 ? 'chosen' : 'rejected'} response, ${sureness(margin) > 0.995 ? 'over 99 %' : percent(sureness(margin), 0)} sure`

/** The coefficient compares the two models' losses; who is right, the quadrant says beside it. */
function inWords(sfc: number): string {
  if (sfc < 0.35) return 'The text alone does better here than the image would: shortcut-aware training counts the pair for less.'
  if (sfc > 0.65) return 'The text alone does worse here than with the image: shortcut-aware training counts the pair for more.'
  return 'The text alone does about as well here as with the image.'
}

/** SFC, quadrant, and the margins and losses they are made of, in words. */
export function Scores({ pair, attribution }: { pair: PairDetail; attribution: Attribution | null }) {
  if (pair.sfc === null || pair.textMargin === null || pair.textLoss === null) {
    return (
      <Panel title="Scores">
        <p className={styles.words}>No blind test has scored this pair yet.</p>
      </Panel>
    )
  }
  const features = [...(attribution?.features ?? [])].filter(({ value }) => Math.abs(value) >= 0.005).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 6)
  return (
    <Panel title="Scores" detail={pair.stale ? 'Stale: the pair changed since it was scored, the numbers speak of the old text' : undefined}>
      <div className={styles.scores}>
        <div className={styles.sfc}>
          <span className={styles.name} title="Shortcut-Failure Coefficient">
            SFC
          </span>
          <SfcValue sfc={pair.sfc} kind={pair.sfcKind} stale={pair.stale} size="large" />
        </div>
        <div className={styles.words}>
          <p>{inWords(pair.sfc)}</p>
          {pair.quadrant && (
            <p>
              <QuadrantBadge quadrant={pair.quadrant} /> {QUADRANTS[pair.quadrant].meaning}
            </p>
          )}
          {pair.suspect !== null && pair.suspect >= 0.01 && <p>The label is wrong with a probability of {percent(pair.suspect, 0)}, by held-out scores of both models.</p>}
        </div>
      </div>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Margin</th>
            <th scope="col">Loss (nats)</th>
            <th scope="col">In words</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Text only</th>
            <td>{signed(pair.textMargin)}</td>
            <td>{pair.textLoss.toFixed(3)}</td>
            <td>{prefers(pair.textMargin)}</td>
          </tr>
          <tr>
            <th scope="row">With the image</th>
            <td>{pair.mmMargin === null ? '–' : signed(pair.mmMargin)}</td>
            <td>{pair.mmLoss === null ? '0.693' : pair.mmLoss.toFixed(3)}</td>
            <td>{pair.mmMargin === null ? 'no image model has scored this pair yet; its loss is taken as ln 2' : prefers(pair.mmMargin)}</td>
          </tr>
        </tbody>
      </table>
      {features.length > 0 && (
        <p className={styles.features}>
          <span>Besides single words:</span>
          {features.map((feature) => (
            <span key={feature.feature}>
              {feature.feature} <strong>{signed(feature.value)}</strong>
            </span>
          ))}
        </p>
      )}
    </Panel>
  )
}
