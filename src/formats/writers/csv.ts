import { GUARD_COLUMN, GUARDED, guarded } from '../../core/formulas.ts'
import { commonLosses, EXTRA_COLUMNS, extraFields } from './columns.ts'
import { flattenedLoss } from './marked.ts'
import type { Column } from './schema.ts'
import type { Loss, Record, Value, Writer } from './writer.ts'

const TEXTS = ['prompt', 'chosen', 'rejected'] as const

/** What is told of cells that are guarded, by column. */
export const formulaLoss = (column: string): Loss => ({
  field: 'formulas',
  why: `Cells of ${column} that a spreadsheet may run as a formula begin with an added single quote. Blindfold removes it on import; other programs see it.`,
})

/**
 * A table with a header, one pair a row; lists (images, tags, annotators) are JSON in their cells, an empty cell is null. Where cells
 * are guarded, a last column says so in every row.
 */
export const csv: Writer = {
  id: 'csv',
  name: 'CSV',
  container: 'csv',
  embeds: true,
  file: (split) => `${split}.csv`,
  refuses: ({ nul }) => (nul ? 'A text contains the character U+0000, at which CSV readers stop. These pairs are excluded.' : null),
  keepsTurns: () => false,
  lost(features, shape) {
    const losses: Loss[] = features.turns === 'simple' ? [] : [flattenedLoss('A cell contains one text.')]
    if (features.emptyPrompt) losses.push({ field: 'pair', why: 'The prompt is an empty cell. Written, but quarantined on import.' })
    for (const field of TEXTS) {
      if (shape.guard === 'needed' && features.formulas[field]) losses.push(formulaLoss(field))
      if (features.crlf[field])
        losses.push({
          field,
          why: 'Line ends of two characters (CR LF) in a cell are read as one (LF), for compatibility with other tables.',
        })
    }
    if (features.messageLike) {
      for (const field of TEXTS) losses.push({ field, why: 'A text that is a JSON list of messages is read as messages.' })
      losses.push({ field: 'messages', why: 'A text that is a JSON list of messages is read as messages.' })
    }
    return [...losses, ...commonLosses(features, shape)]
  },
  columns(shape) {
    const names = ['id', ...TEXTS, ...(shape.images === 'none' ? [] : ['images'])]
    const extra = shape.columns ? EXTRA_COLUMNS.map(({ name, type }): Column => ({ name, type: type === 'float64' ? type : 'string' })) : []
    const guard: Column[] = shape.guard === 'needed' ? [{ name: GUARD_COLUMN, type: 'string' }] : []
    return [...names.map((name): Column => ({ name, type: 'string' })), ...extra, ...guard]
  },
  record(pair, images, shape) {
    const { externalId, prompt, chosen, rejected } = pair
    const shown = shape.images === 'none' ? {} : { images: listCell(images.map(({ text }) => text)) }
    const extra = Object.entries(extraFields(pair, shape)).map(([name, value]): [string, Value | undefined] => [
      name,
      Array.isArray(value) ? listCell(value) : value,
    ])
    const record: Record = { id: externalId, prompt, chosen, rejected, ...shown, ...Object.fromEntries(extra) }
    if (shape.guard !== 'needed') return record
    const cells = Object.entries(record).map(([name, value]) => [name, typeof value === 'string' ? guarded(value) : value] as const)
    return { ...Object.fromEntries(cells), [GUARD_COLUMN]: GUARDED }
  },
}

const listCell = (list: readonly Value[]): string | null => (list.length === 0 ? null : JSON.stringify(list))
