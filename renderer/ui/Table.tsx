import type { ReactNode } from 'react'
import { classes } from './class-names.ts'
import styles from './Table.module.css'

export interface Column<Row> {
  id: string
  header: ReactNode
  cell: (row: Row) => ReactNode
  align?: 'start' | 'end'
  /** CSS width; the rest is shared. */
  width?: string
}

/** Names in cells have their own direction. */
const own = (content: ReactNode): ReactNode => (typeof content === 'string' ? <bdi>{content}</bdi> : content)

/** A plain table for up to some hundred rows. `onOpen` makes rows clickable; give the row's own link or button too. */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  onOpen,
}: {
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string | number
  onOpen?: (row: Row) => void
}) {
  return (
    <table className={styles.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.id} scope="col" data-align={column.align} style={{ width: column.width }}>
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className={classes(onOpen && styles.clickable)} onClick={onOpen && (() => onOpen(row))}>
            {columns.map((column) => (
              <td key={column.id} data-align={column.align}>
                {own(column.cell(row))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
