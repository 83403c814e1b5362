import type { PairSort } from '../../contract/pairs.ts'
import { COLUMN_NAMES, columnOf, TABLE_COLUMNS, type PairColumn, type PairRow } from '../../core/pair-columns.ts'
import { pairFilterOf, type FilterOptions } from './filter.ts'
import { excerpt, table, type Output } from './output.ts'
import { withProject } from './session.ts'

const PAGE = 500

/** `blindfold pairs`: the queue in the order asked for. With --json one object a line, page by page, whatever the size. */
export async function listPairs(
  options: FilterOptions & { project: string; sort: PairSort; limit?: number },
  output: Output,
): Promise<void> {
  await withProject(options.project, { create: false, reads: true }, async (client) => {
    // People get a screenful, machines everything, unless they say how many.
    let left = options.limit ?? (output.json ? Infinity : 20)
    let cursor: string | null = null
    const shown: PairRow[] = []
    const filter = await pairFilterOf(client, options)
    do {
      const page: { rows: PairRow[]; nextCursor: string | null } = await client.pairs.list({
        filter,
        sort: options.sort,
        cursor,
        limit: Math.min(PAGE, left),
      })
      for (const row of page.rows) await output.value(Object.fromEntries(COLUMN_NAMES.map((name) => [name, row[name]])))
      if (!output.json) shown.push(...page.rows)
      left -= page.rows.length
      cursor = page.nextCursor
    } while (cursor !== null && left > 0)

    const header = TABLE_COLUMNS.map((name) => inline(columnOf(name).label))
    const rows = shown.map((row) => TABLE_COLUMNS.map((name) => cell(row, name)))
    const right = TABLE_COLUMNS.flatMap((name, i) => (['whole', 'number', 'share'].includes(columnOf(name).kind) ? [i] : []))
    await output.line(table(header, rows, right))
  })
}

function cell(row: PairRow, name: PairColumn): string {
  const value = row[name]
  if (value === null) return '–'
  if (name === 'textMargin' && row.stale) return `${row.textMargin?.toFixed(3)} stale`
  if (typeof value === 'boolean') return value ? 'yes' : ''
  if (typeof value === 'number') return columnOf(name).kind === 'whole' ? String(value) : value.toFixed(3)
  if (name === 'source') return row.source
  return excerpt(typeof value === 'string' ? value : value.join(', '), 30)
}

/** A heading within a line: `text margin`, but `MM margin`. */
const inline = (label: string): string => (/^\p{Lu}{2}/u.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1))
