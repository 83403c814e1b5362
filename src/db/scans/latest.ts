import type { Database } from 'better-sqlite3'
import { modelProvenance, scanInput, type ModelProvenance, type ProxyKind, type ScanOptions } from '../../contract/proxies.ts'
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
  /** What the proxy read with; null where it needs no model. */
  model: ModelProvenance | null
  /** As it was asked for; of scans from before there were any, what they mean. */
  options: ScanOptions
}

/** The scan that the pairs' numbers come from; null before the first. */
export function latest(db: Database): ScanRow | null {
  const row = statement<Omit<ScanRow, 'model' | 'options'> & { model: string | null; options: string }>(
    db,
    `SELECT id, proxy, seed, folds, dir, in_sample_accuracy AS inSampleAccuracy, finished_at AS finishedAt, model, options
     FROM scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1`,
  ).get()
  if (!row) return null
  return { ...row, ...provenanceOf(row) }
}

/** Model and options of a scan as they are stored. */
export function provenanceOf({ proxy, seed, model, options }: { proxy: ProxyKind; seed: number; model: string | null; options: string }): Pick<ScanRow, 'model' | 'options'> {
  return {
    model: model === null ? null : modelProvenance.parse(JSON.parse(model)),
    options: scanInput.parse({ proxy, seed, ...(JSON.parse(options) as object) }),
  }
}
