import { Link } from 'wouter'
import type { Job } from '../../../src/contract/jobs.ts'
import { count } from '../../../src/core/format.ts'
import { words } from '../../words/words.ts'
import styles from './JobsPage.module.css'

const t = words.jobs

/** In this order. */
const SHOWN = [
  'records',
  'imported',
  'skipped',
  'quarantined',
  'tied',
  'incomplete',
  'looked',
  'found',
  'complete',
  'missing',
  'images',
  'pairs',
  'out',
] as const

/** The numbers a job ended with, and where they lead. */
export function JobResult({ job, result }: { job: Job; result: Record<string, unknown> }) {
  const shown = SHOWN.flatMap((key) => {
    const value = result[key]
    return typeof value === 'number' || typeof value === 'string' ? [{ key, value }] : []
  })
  const quarantined = typeof result.quarantined === 'number' && result.quarantined > 0
  return (
    <div className={styles.result}>
      <dl className={styles.facts}>
        {shown.map(({ key, value }) => (
          <div key={key}>
            <dt>{t(`result.${key}`)}</dt>
            <dd dir="auto" className={typeof value === 'string' ? 'mono' : undefined}>
              {typeof value === 'number' ? count(value) : value}
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles.links}>
        {(job.kind === 'heal' || (typeof result.incomplete === 'number' && result.incomplete > 0)) && (
          <Link href="/data?tab=images">{t('link.missingImages')}</Link>
        )}
        {quarantined && <Link href="/data?tab=quarantine">{t('link.quarantine')}</Link>}
        {['scan', 'probe', 'stability', 'demo', 'import'].includes(job.kind) && <Link href="/overview">{t('link.overview')}</Link>}
        {(job.kind === 'model-download' || job.kind === 'model-build') && <Link href="/models">{t('link.models')}</Link>}
        {job.kind === 'train' && <Link href="/training">{t('link.training')}</Link>}
      </p>
    </div>
  )
}
