import { Link } from 'wouter'
import type { Job } from '../../../src/contract/jobs.ts'
import { count } from '../../../src/core/format.ts'
import styles from './JobsPage.module.css'

const LABELS: Record<string, string> = {
  records: 'Records',
  imported: 'Imported',
  skipped: 'Already there',
  quarantined: 'Quarantined',
  tied: 'Ties',
  incomplete: 'Lacking an image',
  looked: 'Images looked for',
  found: 'Found',
  complete: 'Pairs completed',
  missing: 'Still missing',
  images: 'Images',
  pairs: 'Pairs',
  out: 'File',
}

/** The numbers a job ended with, and where they lead. */
export function JobResult({ job, result }: { job: Job; result: Record<string, unknown> }) {
  const shown = Object.entries(LABELS).flatMap(([key, label]) => {
    const value = result[key]
    return typeof value === 'number' || typeof value === 'string' ? [{ key, label, value }] : []
  })
  const quarantined = typeof result.quarantined === 'number' && result.quarantined > 0
  return (
    <div className={styles.result}>
      <dl className={styles.facts}>
        {shown.map(({ key, label, value }) => (
          <div key={key}>
            <dt>{label}</dt>
            <dd dir="auto" className={typeof value === 'string' ? 'mono' : undefined}>
              {typeof value === 'number' ? count(value) : value}
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles.links}>
        {(job.kind === 'heal' || (typeof result.incomplete === 'number' && result.incomplete > 0)) && (
          <Link href="/data?tab=images">Missing images</Link>
        )}
        {quarantined && <Link href="/data?tab=quarantine">See the quarantine</Link>}
        {['scan', 'probe', 'stability', 'demo', 'import'].includes(job.kind) && <Link href="/overview">Overview</Link>}
        {(job.kind === 'model-download' || job.kind === 'model-build') && <Link href="/models">Models</Link>}
        {job.kind === 'train' && <Link href="/training">Training</Link>}
      </p>
    </div>
  )
}
