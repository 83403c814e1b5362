import type { Database } from 'better-sqlite3'
import { modelProvenance, scanInput, type ModelProvenance, type ProxyKind, type ScanOptions } from '../../contract/proxies.ts'
import { foldOf } from '../../core/folds.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'

export type ScanRow = {
  id: number
  proxy: ProxyKind
  seed: number
  folds: number
  /** Relative to the project. */
  dir: string
  inSampleAccuracy: number
  /** Share of responses in scripts without spaces; null where the proxy counts neither words nor characters, or was not asked. */
  unspaced: number | null
  finishedAt: string
  /** What the proxy read with; null where it needs no model. */
  model: ModelProvenance | null
  /** As it was asked for; of scans from before there were any, what they mean. */
  options: ScanOptions
}

type StoredScan = Omit<ScanRow, 'model' | 'options'> & { model: string | null; options: string }

const COLUMNS = 'id, proxy, seed, folds, dir, in_sample_accuracy AS inSampleAccuracy, finished_at AS finishedAt, model, options, unspaced'

/** The scan that the pairs' numbers come from; null before the first. */
export function latest(db: Database): ScanRow | null {
  const row = statement<StoredScan>(
    db,
    `SELECT ${COLUMNS} FROM scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1`,
  ).get()
  return row ? { ...row, ...provenanceOf(row) } : null
}

/**
 * The latest finished scan of each proxy, registered model and choice of n-grams, newest first: those whose fitted models
 * are kept.
 */
export function latestOfEach(db: Database): ScanRow[] {
  const rows = statement<StoredScan>(
    db,
    `SELECT ${COLUMNS} FROM scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC`,
  ).all()
  const seen = new Set<string>()
  return rows
    .map((row) => ({ ...row, ...provenanceOf(row) }))
    .filter(({ proxy, model, options }) => {
      const what = JSON.stringify([proxy, model?.hash ?? null, options.characters])
      return !seen.has(what) && seen.add(what)
    })
}

/** The scan and the fold whose model never saw a pair, with the margin that it gave; null where the present text has no score. */
export function modelOf(db: Database, pairId: number): { scan: ScanRow; fold: number; textMargin: number } | null {
  const row = statement<StoredScan & { fold: number; textMargin: number }>(
    db,
    `SELECT c.*, s.fold, s.text_margin AS textMargin FROM pair_state s
     JOIN (SELECT ${COLUMNS} FROM scans) c ON c.id = s.scan_id WHERE s.pair_id = ? AND s.stale = 0`,
  ).get(pairId)
  if (!row) return null
  const { fold, textMargin, ...scan } = row
  return { scan: { ...scan, ...provenanceOf(scan) }, fold, textMargin }
}

/**
 * The fold that the latest scan's models tell a pair by, scored or not: that of its group, whose model saw neither the pair nor
 * what shares its image or prompt. Null before the first scan.
 */
export function foldOfPair(db: Database, pairId: number): { scan: ScanRow; fold: number } | null {
  const scan = latest(db)
  const row = statement<{ groupId: string }>(db, 'SELECT coalesce(group_id, text_hash) AS groupId FROM pair_state WHERE pair_id = ?').get(
    pairId,
  )
  return scan && row ? { scan, fold: foldOf(row.groupId, scan.seed, scan.folds) } : null
}

/** Fold and held-out margin of pairs whose present text has a score. */
export function heldOutBy(db: Database, pairIds: readonly number[]): { pairId: number; fold: number; textMargin: number }[] {
  return statement<{ pairId: number; fold: number; textMargin: number }>(
    db,
    `SELECT pair_id AS pairId, fold, text_margin AS textMargin FROM pair_state
     WHERE pair_id IN (SELECT value FROM json_each(?)) AND stale = 0 AND text_margin IS NOT NULL`,
  ).all(JSON.stringify(pairIds))
}

/** Model and options of a scan as they are stored. */
export function provenanceOf({
  proxy,
  seed,
  model,
  options,
}: {
  proxy: ProxyKind
  seed: number
  model: string | null
  options: string
}): Pick<ScanRow, 'model' | 'options'> {
  return {
    model: model === null ? null : storedJson(modelProvenance, model, 'scans.model'),
    options: scanInput.parse({ proxy, seed, ...storedJson(scanInput.partial(), options, 'scans.options') }),
  }
}
