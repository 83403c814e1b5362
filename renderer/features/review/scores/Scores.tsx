import type { Attribution, PairDetail } from '../../../../src/contract/pairs.ts'
import { GLOSSARY } from '../../../../src/core/glossary.ts'
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
import styles from './Scores.module.css'
import { words } from '../../../words/words.ts'

const t = words.review

/** How sure a Bradley-Terry model with this margin (log-odds) is of the side it prefers. */
const sureness = (margin: number): number => 1 / (1 + Math.exp(-Math.abs(margin)))

function prefers(margin: number): string {
  if (margin === 0) return t('scores.prefersNeither')
  const confidence = sureness(margin) > 0.995 ? t('scores.nearlySure') : percent(sureness(margin), 0)
  return t(margin > 0 ? 'scores.prefersChosen' : 'scores.prefersRejected', { confidence })
}

const staleText = ({ provenance }: PairDetail): string => (provenance?.textHash === REGROUPED ? t('scores.staleGroup') : t('scores.stale'))

/** Shortcut flag, SFC, training influence, quadrant, and the margins and losses they are made of, in words. */
export function Scores({ pair, attribution }: { pair: PairDetail; attribution: Attribution | null }) {
  if (pair.priorSfc === null || pair.textMargin === null || pair.textLoss === null) {
    return (
      <Panel title={t('scores.title')}>
        <p className={styles.words}>{t('scores.none')}</p>
      </Panel>
    )
  }
  const kind = pair.auditSfc === null ? 'prior' : 'audit'
  const features = [...(attribution?.features ?? [])]
    .filter(({ value }) => Math.abs(value) >= 0.005)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, 6)
  return (
    <Panel title={t('scores.title')} detail={pair.stale ? staleText(pair) : undefined}>
      <div className={styles.scores}>
        <div className={styles.sfc}>
          <span className={styles.name} title={(kind === 'audit' ? GLOSSARY.auditSfc : GLOSSARY.priorSfc).short}>
            {t(`scores.${kind}Sfc`)}
          </span>
          <SfcValue sfc={pair.auditSfc ?? pair.priorSfc} kind={kind} stale={pair.stale} size="large" />
          {pair.influence !== null && (
            <span className={styles.influence} title={GLOSSARY.influence.short}>
              {t.rich('scores.influence', { influence: influence(pair.influence), b: (chunks) => <strong>{chunks}</strong> })}
            </span>
          )}
        </div>
        <div className={styles.words}>
          {isShortcutProne(pair.textMargin) && (
            <p>
              <Badge tone="warning" title={GLOSSARY.shortcutProne.short}>
                {t('scores.prone')}
              </Badge>
            </p>
          )}
          <p>{scoreSentence(pair.mmLoss ?? PRIOR_MM_LOSS, pair.textLoss, kind)}</p>
          {pair.quadrant && (
            <p>
              <QuadrantBadge quadrant={pair.quadrant} /> {QUADRANT_WORDS[pair.quadrant].meaning}
            </p>
          )}
          {pair.suspect !== null && pair.suspect >= 0.01 && <p>{t('scores.labelError', { probability: percent(pair.suspect, 0) })}</p>}
        </div>
      </div>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('scores.model')}</th>
            <th scope="col">{t('scores.margin')}</th>
            <th scope="col">{t('scores.loss')}</th>
            <th scope="col">{t('scores.preference')}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t('scores.text')}</th>
            <td>{signed(pair.textMargin)}</td>
            <td>{pair.textLoss.toFixed(3)}</td>
            <td>{prefers(pair.textMargin)}</td>
          </tr>
          <tr>
            <th scope="row">{t('scores.image')}</th>
            <td>{pair.mmMargin === null ? '–' : signed(pair.mmMargin)}</td>
            <td>{pair.mmLoss === null ? '–' : pair.mmLoss.toFixed(3)}</td>
            <td>{pair.mmMargin === null ? t('scores.noImage') : prefers(pair.mmMargin)}</td>
          </tr>
        </tbody>
      </table>
      {features.length > 0 && (
        <p className={styles.features}>
          <span>{t('scores.features')}</span>
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
