import type { Database } from 'better-sqlite3'
import { priorSfc, trainingInfluence } from '../../core/losses.ts'
import { columnOf, COLUMN_NAMES, type ColumnValue, type PairColumn, type PairRow } from '../../core/pair-columns.ts'
import { isShortcutProne } from '../../core/shortcut-prone.ts'
import { meanInfluence } from '../scans/audit.ts'
import { statement } from '../sqlite/statement.ts'
import { ofPair as tagsOf } from '../tags/queries.ts'

/** SQL over `s` (pair_state), `p` (pairs), `o` (sources) and `a` (the annotation, or nothing); or a function of the values that are SQL. */
type Source<Name extends PairColumn> = string | ((db: Database, stored: PairRow) => ColumnValue<Name>)

const COLUMNS: { [Name in PairColumn]: Source<Name> } = {
  id: 'p.uid',
  externalId: 'p.external_id',
  source: 'o.name',
  textMargin: 's.text_margin',
  textLoss: 's.text_loss',
  mmMargin: 's.mm_margin',
  mmLoss: 's.mm_loss',
  priorSfc: (_, { textLoss }) => (textLoss === null ? null : priorSfc(textLoss)),
  auditSfc: 's.audit_sfc',
  influence: influenceOf,
  quadrant: 's.quadrant',
  fold: 's.fold',
  status: 's.status',
  shortcutProne: (_, { textMargin }) => isShortcutProne(textMargin),
  suspect: 's.suspect',
  stale: 's.stale',
  pairId: 's.pair_id',
  split: 's.split',
  tags: (db, { pairId }) => tagsOf(db, pairId),
  missingImages: 's.missing_images',
  prompt: 'coalesce(a.prompt, p.prompt)',
  chosen: 'coalesce(a.chosen, p.chosen)',
  rejected: 'coalesce(a.rejected, p.rejected)',
  images: (db, { pairId }) => imagesOf(db, pairId),
}

const STORED = COLUMN_NAMES.flatMap((name) => {
  const source: unknown = COLUMNS[name]
  return typeof source === 'string' ? [{ name, sql: source, isFlag: columnOf(name).kind === 'flag' }] : []
})
const COMPUTED = COLUMN_NAMES.filter((name) => typeof COLUMNS[name] === 'function')

const BY_ID = `
  SELECT ${STORED.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')}
  FROM pair_state s JOIN pairs p ON p.id = s.pair_id JOIN sources o ON o.id = s.source_id
  LEFT JOIN annotations a ON a.id = s.annotation_id
  WHERE s.pair_id = ?`

/** A pair as lists show it: its present texts, label and audit numbers. Undefined if there is none. */
export function pairRow(db: Database, pairId: number): PairRow | undefined {
  const row = statement<Record<string, unknown>>(db, BY_ID).get(pairId)
  if (!row) return undefined
  for (const { name, isFlag } of STORED) if (isFlag) row[name] = row[name] === 1
  for (const name of COMPUTED) row[name] = (COLUMNS[name] as (db: Database, stored: PairRow) => unknown)(db, row as PairRow)
  return row as PairRow
}

/**
 * The prompt's turns of a pair `p` with its annotation `a`, as JSON, or null where prompt and images tell them. An edited prompt is a plain
 * text: the turns that it replaced say nothing any more.
 */
export const PRESENT_TURNS = 'iif(coalesce(a.prompt, p.prompt) = p.prompt, p.messages, NULL)'

/** Training influence relative to the mean at the last refresh of the audit numbers. */
function influenceOf(db: Database, { textMargin, mmMargin }: PairRow): number | null {
  const mean = meanInfluence(db)
  return textMargin === null || mmMargin === null || mean === null ? null : trainingInfluence(textMargin, mmMargin) / mean
}

/** Content hashes of a pair's images in the order of its prompt. */
export function imagesOf(db: Database, pairId: number): string[] {
  const rows = statement<{ hash: string }>(db, 'SELECT hash FROM pair_images WHERE pair_id = ? ORDER BY position').all(pairId)
  return rows.map(({ hash }) => hash)
}
