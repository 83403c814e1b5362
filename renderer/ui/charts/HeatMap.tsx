import type { ReactNode } from 'react'
import styles from './HeatMap.module.css'

export interface HeatCell {
  value: number
  text: ReactNode
  detail?: ReactNode
  title?: string
  /** Framed, such as the i.i.d. diagonal. */
  marked?: boolean
}

/**
 * A matrix of numbers on a diverging scale whose middle is `middle` (chance). The numbers are always written: colour only
 * helps to find them.
 */
export function HeatMap({
  label,
  rowTitle,
  columnTitle,
  rows,
  columns,
  cell,
  low,
  middle,
  high,
  onOpen,
}: {
  label: string
  rowTitle: string
  columnTitle: string
  rows: readonly { id: string; label: ReactNode }[]
  columns: readonly { id: string; label: ReactNode }[]
  cell: (row: string, column: string) => HeatCell | null
  low: number
  middle: number
  high: number
  onOpen?: (row: string, column: string) => void
}) {
  return (
    <table className={styles.heat} aria-label={label}>
      <thead>
        <tr>
          <th scope="col" className={styles.corner}>
            <span className={styles.axis}>
              {rowTitle} <span aria-hidden>↓</span>
            </span>
            <span className={styles.axis}>
              {columnTitle} <span aria-hidden>→</span>
            </span>
          </th>
          {columns.map((column) => (
            <th key={column.id} scope="col">
              <bdi>{column.label}</bdi>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <bdi>{row.label}</bdi>
            </th>
            {columns.map((column) => {
              const content = cell(row.id, column.id)
              if (!content) {
                return (
                  <td key={column.id} className={styles.empty}>
                    –
                  </td>
                )
              }
              const up = content.value >= middle
              const strength = Math.min(1, Math.abs(content.value - middle) / Math.max(1e-9, up ? high - middle : middle - low))
              const background = `color-mix(in srgb, var(${up ? '--heat-high' : '--heat-low'}) ${Math.round(strength * 70)}%, var(--heat-mid))`
              const inner = (
                <>
                  <span className={styles.value}>{content.text}</span>
                  {content.detail && <span className={styles.detail}>{content.detail}</span>}
                </>
              )
              return (
                <td
                  key={column.id}
                  className={styles.cell}
                  data-marked={content.marked || undefined}
                  style={{ background }}
                  title={content.title}
                >
                  {onOpen ? (
                    <button type="button" className={styles.open} onClick={() => onOpen(row.id, column.id)}>
                      {inner}
                    </button>
                  ) : (
                    <div className={styles.open}>{inner}</div>
                  )}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
