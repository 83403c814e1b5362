import type { Attribution, PairDetail } from '../../../../src/contract/pairs.ts'
import { REGROUPED } from '../../../../src/core/identity.ts'
import { PRIOR_MM_LOSS } from '../../../../src/core/losses.ts'
import { scoreSentence } from '../../../../src/core/score-sentence.ts'
import { isShortcutProne } from '../../../../src/core/shortcut-prone.ts'
import { phraseText } from '../../../../src/core/scripts.ts'
import { Badge, QuadrantBadge } from '../../../ui/Badge.tsx'
import { QUADRANT_WORDS } from '../../../../src/core/labels.ts'
import { influence, percent, signed } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { SfcValue } from '../../../ui/charts/SfcValue.tsx'
import { INFLUENCE, PRONE } from '../../pairs/score-words.ts'
import styles from './Scores.module.css'

/** How sure a Bradley-Terry model with this margin (log-odds) is of the side it prefers. */
const sureness = (margin: number): number => 1 / (1 + Math.exp(-Math.abs(margin)))

const prefers = (margin: number): string =>
  margin === 0
    ? 'prefers neither'
    : `prefers the ${margin > 0 ? 'chosen' : 'rejected'} response, ${sureness(margin) > 0.995 ? 'over 99%' : percent(sureness(margin), 0)} sure`

const staleText = ({ provenance }: PairDetail): string =>
  provenance?.textHash === REGROUPED
    ? 'Stale: the pair joined another group, so the model that scored it saw the same image'
    : 'Stale: these scores are for an earlier version of the text or the images'

/** Shortcut flag, SFC, training influence, quadrant, and the margins and losses they are made of, in words. */
export function Scores({ pair, attribution }: { pair: PairDetail; attribution: Attribution | null }) {
  if (pair.priorSfc === null || pair.textMargin === null || pair.textLoss === null) {
    return (
      <Panel title="Scores">
        <p className={styles.words}>No blind test has scored this pair yet.</p>
      </Panel>
    )
  }
  const kind = pair.auditSfc === null ? 'prior' : 'audit'
  const features = [...(attribution?.features ?? [])]
    .filter(({ value }) => Math.abs(value) >= 0.005)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, 6)
  return (
    <Panel title="Scores" detail={pair.stale ? staleText(pair) : undefined}>
      <div className={styles.scores}>
        <div className={styles.sfc}>
          <span className={styles.name} title="Shortcut-Failure Coefficient">
            {kind === 'audit' ? 'Audit SFC' : 'Prior SFC'}
          </span>
          <SfcValue sfc={pair.auditSfc ?? pair.priorSfc} kind={kind} stale={pair.stale} size="large" />
          {pair.influence !== null && (
            <span className={styles.influence} title={INFLUENCE}>
              Training influence <strong>{influence(pair.influence)}</strong>
            </span>
          )}
        </div>
        <div className={styles.words}>
          {isShortcutProne(pair.textMargin) && (
            <p>
              <Badge tone="warning" title={PRONE}>
                Shortcut-prone
              </Badge>
            </p>
          )}
          <p>{scoreSentence(pair.mmLoss ?? PRIOR_MM_LOSS, pair.textLoss, kind)}</p>
          {pair.quadrant && (
            <p>
              <QuadrantBadge quadrant={pair.quadrant} /> {QUADRANT_WORDS[pair.quadrant].meaning}
            </p>
          )}
          {pair.suspect !== null && pair.suspect >= 0.01 && (
            <p>Probability of a label error: {percent(pair.suspect, 0)}, from held-out scores.</p>
          )}
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
            <td>{pair.mmLoss === null ? '–' : pair.mmLoss.toFixed(3)}</td>
            <td>{pair.mmMargin === null ? 'not scored with the image yet; loss set to ln 2' : prefers(pair.mmMargin)}</td>
          </tr>
        </tbody>
      </table>
      {features.length > 0 && (
        <p className={styles.features}>
          <span>Other features:</span>
          {features.map((feature) => (
            <span key={feature.feature}>
              {phraseText(feature.feature)} <strong>{signed(feature.value)}</strong>
            </span>
          ))}
        </p>
      )}
    </Panel>
  )
}
