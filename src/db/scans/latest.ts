import type { Database } from 'better-sqlite3'
import type { ProxyKind } from '../../contract/overview.ts'
import { statement } from '../statement.ts'

export type ScanRow = {
  id: number
  proxy: ProxyKind
  seed: number
  folds: number
  /** Relative to the project. */
  dir: string
  inSampleAccuracy: number
  finishedAt: string
}

/** The scan that the pairs' numbers come from; null before the first. */
export function latest(db: Database): ScanRow | null {
  const row = statement<ScanRow>(
    db,
    `SELECT id, proxy, seed, folds, dir, in_sample_accuracy AS inSampleAccuracy, finished_at AS finishedAt
     FROM scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1`,
  ).get()
  return row ?? null
}
