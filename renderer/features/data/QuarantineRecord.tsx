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
import { words } from '../../words/words.ts'

const t = words.data

/** One refused record: where it stands, what is wrong with it, and the record itself with the faulty field marked. */
export function QuarantineRecord({ row }: { row: QuarantineRow }) {
  const copy = () =>
    navigator.clipboard.writeText(row.raw).then(
      () => toast(t('quarantine.copied')),
      (error: unknown) => toastError(error, { message: t('quarantine.notCopied'), remedy: t('quarantine.notCopiedRemedy') }),
    )
  const place = {
    file: () => <bdi className="mono">{row.file}</bdi>,
    row: row.row,
    source: () => <bdi>{row.source}</bdi>,
    time: time(row.createdAt),
  }
  return (
    <section className={styles.record} aria-label={t('quarantine.record', { row: row.row })}>
      <header>
        <div>
          <p className={styles.reason}>
            <Badge tone="warning">{CODES[row.code]}</Badge> {isolated(row.reason)}
          </p>
          <p className={styles.place}>
            {row.field
              ? t.rich('quarantine.placeField', { ...place, field: () => <code dir="auto">{row.field}</code> })
              : t.rich('quarantine.place', place)}
          </p>
        </div>
        <Button size="small" icon={ClipboardCopy} onClick={() => void copy()}>
          {t('quarantine.copy')}
        </Button>
      </header>
      <pre tabIndex={0} aria-label={t('quarantine.raw')}>
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
