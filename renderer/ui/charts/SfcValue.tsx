import styles from './SfcValue.module.css'

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
  const note = [
    kind === 'prior' ? 'Prior SFC, from the text alone' : 'Audit SFC, from held-out losses of both models',
    stale && 'stale: text, images or group changed since',
  ]
    .filter(Boolean)
    .join('; ')
  return (
    <span className={styles.sfc} data-size={size} data-stale={stale || undefined} title={note}>
      <span className={styles.number}>{sfc.toFixed(3)}</span>
      <span className={styles.track} data-kind={kind} aria-hidden>
        <span style={{ width: `${sfc * 100}%` }} />
      </span>
      {kind === 'prior' && <span className={styles.kind}>prior</span>}
      {stale && <span className={styles.kind}>stale</span>}
    </span>
  )
}
