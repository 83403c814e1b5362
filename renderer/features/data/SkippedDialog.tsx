import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { api } from '../../api/client.ts'
import { pairPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { ErrorState, Skeleton } from '../../ui/states.tsx'
import styles from './ImportRuns.module.css'
import { fileName } from '../import/import-words.ts'
import { words } from '../../words/words.ts'

const t = words.data

const SHOWN = 200

/** The rows that were passed over, and the pair that each of them repeats. */
export function SkippedDialog({ jobId, total, onClose }: { jobId: string; total: number; onClose: () => void }) {
  const query = useQuery(api.imports.skipped.queryOptions({ input: { jobId, limit: SHOWN } }))
  return (
    <Dialog title={t('skipped.title', { total })} onClose={onClose} footer={<Button onClick={onClose}>{t('skipped.close')}</Button>}>
      <p>{t('skipped.detail')}</p>
      {query.isPending ? (
        <Skeleton lines={4} />
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <table className={styles.skipped}>
          <thead>
            <tr>
              <th scope="col">{t('skipped.row')}</th>
              <th scope="col">{t('skipped.same')}</th>
              <th scope="col">{t('skipped.from')}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.map((row, i) => (
              <tr key={i}>
                <td title={row.file}>{t.rich('rowOf', { file: () => <bdi>{fileName(row.file)}</bdi>, row: row.row })}</td>
                <td>
                  <Link href={pairPath(row.pairId)} onClick={onClose}>
                    {t('skipped.pair', { id: String(row.pairId) })}
                  </Link>
                </td>
                <td title={row.same.file}>{t.rich('rowOf', { file: () => <bdi>{fileName(row.same.file)}</bdi>, row: row.same.row })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {total > SHOWN && <p>{t('skipped.first', { count: SHOWN })}</p>}
    </Dialog>
  )
}
