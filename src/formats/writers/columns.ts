import type { PairFeatures } from '../../core/pair-features.ts'
import { columnOf, EXPORTED_COLUMNS, type ColumnKind, type ExportedColumn } from '../../core/pair-columns.ts'
import type { Column, ColumnType } from './schema.ts'
import type { Loss, Record, Shape, Value, WrittenPair } from './writer.ts'

type Beside = Column & { of: (pair: WrittenPair) => Value }

const TYPES: { [Kind in ColumnKind]: ColumnType } = {
  whole: 'float64',
  number: 'float64',
  share: 'float64',
  flag: 'string',
  text: 'string',
  word: 'string',
  hash: 'string',
  texts: { list: 'string' },
  hashes: { list: 'string' },
}

/** Columns that only an export has, by the one they stand behind. */
const BEHIND: { [Name in ExportedColumn]?: Beside } = {
  auditSfc: { name: 'weight', type: 'float64', of: ({ weight }) => weight },
  status: { name: 'annotators', type: { list: 'string' }, of: annotators },
}

const BESIDE: readonly Beside[] = (Object.keys(EXPORTED_COLUMNS) as ExportedColumn[]).flatMap((column) => {
  const own = { name: EXPORTED_COLUMNS[column], type: TYPES[columnOf(column).kind], of: (pair: WrittenPair) => pair[column] }
  const behind = BEHIND[column]
  return behind ? [own, behind] : [own]
})

/** The columns beside the pair, where they are asked for. */
export const EXTRA_COLUMNS: readonly Column[] = BESIDE.map(({ name, type }) => ({ name, type }))

export const extraColumns = ({ columns }: Shape): Column[] => (columns ? [...EXTRA_COLUMNS] : [])

export const extraFields = (pair: WrittenPair, { columns }: Shape): Record =>
  columns ? Object.fromEntries(BESIDE.map(({ name, of }) => [name, of(pair)])) : {}

/** Everybody who has said something of the pair, in the order of their first word. */
export function annotators({ history }: WrittenPair): string[] {
  return [...new Set(history.map(({ annotator }) => annotator))]
}

/** What no format but Blindfold's own holds. */
export function commonLosses(features: PairFeatures, { columns }: Shape): Loss[] {
  const losses: Loss[] = []
  const beside = columns ? 'Written to a column beside the pair, which becomes metadata on import.' : 'Not written.'
  if (features.metadata) losses.push({ field: 'metadata', why: 'The format has no place for other fields of the original record.' })
  if (features.tags) losses.push({ field: 'tags', why: beside })
  if (features.reviewed)
    losses.push({
      field: 'review',
      why: 'The current texts are written, but not who reviewed the pair or when. On import, the pair is unreviewed.',
    })
  if (features.scored) losses.push({ field: 'scores', why: beside })
  if (features.missing)
    losses.push({ field: 'missing images', why: 'Named as in the original record. A trainer that opens these images fails.' })
  if (features.degenerate)
    losses.push({
      field: 'pair',
      why: 'A response is blank, or the two differ only in white space at their ends. Written, but quarantined on import.',
    })
  return losses
}
