import type { PairFeatures } from '../../core/pair-features.ts'
import type { Column } from './schema.ts'
import type { Loss, Record, Shape, WrittenPair } from './writer.ts'

/** The columns beside the pair, where they are asked for. */
export const EXTRA_COLUMNS: readonly Column[] = [
  { name: 'prior_sfc', type: 'float64' },
  { name: 'audit_sfc', type: 'float64' },
  { name: 'weight', type: 'float64' },
  { name: 'quadrant', type: 'string' },
  { name: 'status', type: 'string' },
  { name: 'annotators', type: { list: 'string' } },
  { name: 'source', type: 'string' },
  { name: 'tags', type: { list: 'string' } },
]

export const extraColumns = ({ columns }: Shape): Column[] => (columns ? [...EXTRA_COLUMNS] : [])

export function extraFields(pair: WrittenPair, { columns }: Shape): Record {
  if (!columns) return {}
  const { priorSfc, auditSfc, weight, quadrant, status, source, tags } = pair
  return { prior_sfc: priorSfc, audit_sfc: auditSfc, weight, quadrant, status, annotators: annotators(pair), source, tags }
}

/** Everybody who has said something of the pair, in the order of their first word. */
export const annotators = ({ history }: WrittenPair): string[] => [...new Set(history.map(({ annotator }) => annotator))]

/** What no format but Blindfold's own holds. */
export function commonLosses(features: PairFeatures, { columns }: Shape): Loss[] {
  const losses: Loss[] = []
  const beside = columns ? 'It stands in a column beside the pair, which is metadata when it is read back.' : 'It is not written.'
  if (features.metadata)
    losses.push({ field: 'metadata', why: 'The record has no place for what the original record held beside the pair.' })
  if (features.tags) losses.push({ field: 'tags', why: beside })
  if (features.reviewed)
    losses.push({
      field: 'review',
      why: 'The texts are written as they stand; who said what of the pair, and when, is not. Read back, the pair is unreviewed.',
    })
  if (features.scored) losses.push({ field: 'scores', why: beside })
  if (features.missing)
    losses.push({ field: 'missing images', why: 'They are named as in the original record; a trainer that opens them stops there.' })
  if (features.degenerate)
    losses.push({
      field: 'pair',
      why: 'A response is blank, or the two differ in blanks at their ends only: it is written, but no reader takes it.',
    })
  return losses
}
