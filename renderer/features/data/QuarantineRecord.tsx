import { ClipboardCopy } from 'lucide-react'
import type { QuarantineRow } from '../../../src/contract/imports.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { time } from '../../../src/core/format.ts'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import styles from './Quarantine.module.css'
import { linesOf } from '../import/columns/raw-record.ts'
import { CODES } from '../import/import-words.ts'

/** One refused record: where it stands, what is wrong with it, and the record itself with the faulty field marked. */
export function QuarantineRecord({ row }: { row: QuarantineRow }) {
  const copy = () =>
    navigator.clipboard.writeText(row.raw).then(
      () => toast('Record copied'),
      (error: unknown) => toastError(error, { message: 'The record could not be copied', remedy: 'Select its text and copy that.' }),
    )
  return (
    <section className={styles.record} aria-label={`Record of row ${row.row}`}>
      <header>
        <div>
          <p className={styles.reason}>
            <Badge tone="warning">{CODES[row.code]}</Badge> {isolated(row.reason)}
          </p>
          <p className={styles.place}>
            <bdi className="mono">{row.file}</bdi>, row {row.row}
            {row.field && (
              <>
                , field <code dir="auto">{row.field}</code>
              </>
            )}{' '}
            · source <bdi>{row.source}</bdi> · {time(row.createdAt)}
          </p>
        </div>
        <Button size="small" icon={ClipboardCopy} onClick={() => void copy()}>
          Copy
        </Button>
      </header>
      <pre tabIndex={0} aria-label="The record as it stands in the file">
        {linesOf(row.raw, row.field).map(({ text, marked }, i) => (
          <span key={i} dir="auto" data-marked={marked || undefined}>
            {text}
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  )
}
