import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { api } from '../../api/client.ts'
import { pairPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { plural } from '../../../src/core/format.ts'
import { ErrorState, Skeleton } from '../../ui/states.tsx'
import styles from './ImportRuns.module.css'
import { fileName } from '../import/import-words.ts'

const SHOWN = 200

/** The rows that were passed over, and the pair that each of them repeats. */
export function SkippedDialog({ jobId, total, onClose }: { jobId: string; total: number; onClose: () => void }) {
  const query = useQuery(api.imports.skipped.queryOptions({ input: { jobId, limit: SHOWN } }))
  return (
    <Dialog title={`${plural(total, 'pair')} there already`} onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      <p>The source has these pairs in that split: prompt, responses and images are the same.</p>
      {query.isPending ? (
        <Skeleton lines={4} />
      ) : query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <table className={styles.skipped}>
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Is the same as</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {query.data.map((row, i) => (
              <tr key={i}>
                <td title={row.file}>
                  <bdi>{fileName(row.file)}</bdi>, row {row.row}
                </td>
                <td>
                  <Link href={pairPath(row.pairId)} onClick={onClose}>
                    pair {row.pairId}
                  </Link>
                </td>
                <td title={row.same.file}>
                  <bdi>{fileName(row.same.file)}</bdi>, row {row.same.row}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {total > SHOWN && <p>The first {SHOWN} are shown.</p>}
    </Dialog>
  )
}
