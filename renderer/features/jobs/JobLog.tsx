import { useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef } from 'react'
import { api } from '../../api/client.ts'
import { isolated } from '../../ui/text/direction.ts'
import { words } from '../../words/words.ts'
import { ErrorState, Skeleton } from '../../ui/states.tsx'
import styles from './JobsPage.module.css'

const t = words.jobs

const LOG_LINES = 500

/** The end of the log, kept in view while it grows unless the reader has scrolled up. */
export function JobLog({ jobId }: { jobId: string }) {
  const log = useQuery(api.jobs.log.queryOptions({ input: { jobId, lines: LOG_LINES } }))
  const box = useRef<HTMLPreElement>(null)
  const following = useRef(true)
  useLayoutEffect(() => {
    if (box.current && following.current) box.current.scrollTop = box.current.scrollHeight
  }, [log.data])
  if (log.isPending) return <Skeleton />
  if (log.isError) return <ErrorState error={log.error} onRetry={() => void log.refetch()} />
  return (
    <pre
      ref={box}
      className={styles.log}
      tabIndex={0}
      role="log"
      aria-label={t('log')}
      onScroll={(event) => {
        const element = event.currentTarget
        following.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 8
      }}
    >
      {log.data.length > 0 ? isolated(log.data.join('\n')) : t('logEmpty')}
    </pre>
  )
}
