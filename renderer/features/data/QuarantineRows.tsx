import { type KeyboardEvent, useEffect } from 'react'
import type { QuarantineRow } from '../../../src/contract/imports.ts'
import { Badge } from '../../ui/Badge.tsx'
import { useFixedRows } from '../../ui/lists/fixed-rows.ts'
import { isolated } from '../../ui/text/direction.ts'
import { count } from '../../../src/core/format.ts'
import styles from './Quarantine.module.css'
import { CODES, fileName } from '../import/import-words.ts'
import { words } from '../../words/words.ts'

const t = words.data

const ROW = 32
const HEADER = 28
/** This close to the last row that is known, more are asked for. */
const AHEAD = 40

/** The refused rows, as many as are in sight. One stop of the Tab key; arrow keys choose the row whose record is shown. */
export function QuarantineRows({
  rows,
  total,
  active,
  onActivate,
  onEnd,
}: {
  rows: readonly QuarantineRow[]
  total: number
  active: number
  onActivate: (index: number) => void
  onEnd: () => void
}) {
  const { first, last, height, topOf, reveal, attach } = useFixedRows(rows.length, { row: ROW, top: HEADER }, 0)
  useEffect(() => {
    if (last >= rows.length - AHEAD && rows.length < total) onEnd()
  }, [last, rows.length, total, onEnd])

  const onKey = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / ROW) - 2)
    const next = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const index = Math.max(0, Math.min(rows.length - 1, next))
    onActivate(index)
    reveal(index)
  }
  return (
    <div
      ref={attach}
      role="grid"
      aria-label={t('quarantine.label')}
      aria-rowcount={total + 1}
      aria-activedescendant={active >= first && active <= last ? `quarantine-row-${active}` : undefined}
      className={styles.grid}
      tabIndex={0}
      onKeyDown={onKey}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.row}>
          <span role="columnheader">{t('quarantine.file')}</span>
          <span role="columnheader" data-align="end">
            {t('quarantine.row')}
          </span>
          <span role="columnheader">{t('quarantine.reason')}</span>
          <span role="columnheader">{t('quarantine.field')}</span>
          <span role="columnheader">{t('quarantine.detail')}</span>
        </div>
      </div>
      <div role="rowgroup" className={styles.content} style={{ height }}>
        {rows.slice(first, last + 1).map((row, i) => {
          const index = first + i
          return (
            <div
              key={row.id}
              id={`quarantine-row-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={index === active}
              className={styles.row}
              style={{ top: topOf(index) }}
              onClick={() => onActivate(index)}
            >
              <span role="gridcell" dir="auto" title={row.file}>
                {fileName(row.file)}
              </span>
              <span role="gridcell" data-align="end">
                {count(row.row)}
              </span>
              <span role="gridcell">
                <Badge tone="warning">{CODES[row.code]}</Badge>
              </span>
              <span role="gridcell">{row.field ? <code dir="auto">{row.field}</code> : '–'}</span>
              <span role="gridcell" title={isolated(row.reason)}>
                {isolated(row.reason)}
              </span>
            </div>
          )
        })}
      </div>
    </div>
  )
}
