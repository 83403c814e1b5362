import styles from './Legend.module.css'

/** What the colours and shapes of a chart stand for. */
export function Legend({ items }: { items: readonly { label: string; color: string; shape?: 'dot' | 'diamond' | 'square' | 'line' }[] }) {
  return (
    <ul className={styles.legend}>
      {items.map((item) => (
        <li key={item.label}>
          <span className={styles.swatch} data-shape={item.shape ?? 'square'} style={{ background: item.color }} aria-hidden />
          {item.label}
        </li>
      ))}
    </ul>
  )
}
