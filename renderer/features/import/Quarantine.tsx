import { useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, Download, RotateCw, ShieldCheck } from 'lucide-react'
import { Fragment, useState } from 'react'
import type { QuarantineRow } from '../../../src/contract/imports.ts'
import { api, client } from '../../api/client.ts'
import { pickSave } from '../../files/pick.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button, IconButton } from '../../ui/Button.tsx'
import { plural } from '../../ui/format.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toast, toastError } from '../../ui/Toast.tsx'
import styles from './DataPage.module.css'
import { CODES, fileName } from './formats.ts'
import { RetryDialog } from './RetryDialog.tsx'

const PAGE = 100

/** Records that were refused, each with its place, its reason and the record itself. */
export function Quarantine() {
  const [retrying, setRetrying] = useState(false)
  const query = useInfiniteQuery(
    api.imports.quarantine.infiniteOptions({
      input: (after: number) => ({ after, limit: PAGE }),
      initialPageParam: 0,
      getNextPageParam: (page) => (page.rows.length === PAGE ? page.rows.at(-1)?.id : undefined),
    }),
  )
  if (query.isPending) return <Skeleton lines={6} />
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const rows = query.data.pages.flatMap((page) => page.rows)
  const total = query.data.pages[0]?.total ?? 0
  if (rows.length === 0) {
    return (
      <EmptyState icon={ShieldCheck} title="The quarantine is empty">
        <p>Every record that was read could be imported.</p>
      </EmptyState>
    )
  }
  const exportRows = async () => {
    const out = await pickSave({ title: 'Export the quarantine', suggested: 'quarantine.jsonl', filters: [{ name: 'JSONL', extensions: ['jsonl'] }] })
    if (out === null) return
    try {
      const written = await client.imports.exportQuarantine({ out })
      toast(`${plural(written.rows, 'row')} written`, { detail: out })
    } catch (error) {
      toastError(error)
    }
  }
  return (
    <>
      <div className={styles.bar}>
        <span>{plural(total, 'record')} could not be imported</span>
        <Button icon={Download} onClick={() => void exportRows()}>
          Export list…
        </Button>
        <Button icon={RotateCw} onClick={() => setRetrying(true)}>
          Try again…
        </Button>
      </div>
      <div className={styles.card}>
        <table className={styles.quarantine} aria-label="Quarantined records">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Show record</span>
              </th>
              <th scope="col">File</th>
              <th scope="col" data-align="end">
                Row
              </th>
              <th scope="col">Source</th>
              <th scope="col">Field</th>
              <th scope="col">Code</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Rejected key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show {Math.min(PAGE, total - rows.length)} more
          </Button>
        </div>
      )}
      {retrying && <RetryDialog total={total} onClose={() => setRetrying(false)} />}
    </>
  )
}

function Rejected({ row }: { row: QuarantineRow }) {
  const [open, setOpen] = useState(false)
  return (
    <Fragment>
      <tr>
        <td>
          <IconButton
            size="small"
            icon={ChevronRight}
            label={open ? `Hide the record of row ${row.row}` : `Show the record of row ${row.row}`}
            aria-expanded={open}
            className={open ? styles.turned : undefined}
            onClick={() => setOpen(!open)}
          />
        </td>
        <td title={row.file}>{fileName(row.file)}</td>
        <td data-align="end">{row.row}</td>
        <td>{row.source}</td>
        <td>{row.field ? <code>{row.field}</code> : '–'}</td>
        <td>
          <Badge tone="warning">{CODES[row.code]}</Badge>
        </td>
        <td className={styles.reason}>{row.reason}</td>
      </tr>
      {open && (
        <tr>
          <td />
          <td colSpan={6}>
            <pre className={styles.raw} tabIndex={0} aria-label={`Record of row ${row.row}`}>
              {row.raw}
            </pre>
          </td>
        </tr>
      )}
    </Fragment>
  )
}
