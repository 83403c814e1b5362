import { GLOSSARY } from '../../../src/core/glossary.ts'
import styles from './SfcValue.module.css'
import { words } from '../../words/words.ts'

const t = words.ui

/**
 * An SFC as a number with a small bar. An audit is filled; a prior, which knows the text alone, is hatched and says so; a stale one is faded.
 */
export function SfcValue({
  sfc,
  kind,
  stale,
  size = 'small',
}: {
  sfc: number | null
  kind: 'prior' | 'audit'
  stale: boolean
  size?: 'small' | 'large'
}) {
  if (sfc === null) return <span className={styles.none}>–</span>
  const note = (kind === 'prior' ? GLOSSARY.priorSfc : GLOSSARY.auditSfc).short
  return (
    <span className={styles.sfc} data-size={size} data-stale={stale || undefined} title={stale ? `${note} ${GLOSSARY.stale.short}` : note}>
      <span className={styles.number}>{sfc.toFixed(3)}</span>
      <span className={styles.track} data-kind={kind} aria-hidden>
        <span style={{ width: `${sfc * 100}%` }} />
      </span>
      {kind === 'prior' && <span className={styles.kind}>{t('prior')}</span>}
      {stale && <span className={styles.kind}>{t('stale')}</span>}
    </span>
  )
}
