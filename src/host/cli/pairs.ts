import type { PairRow, PairSort } from '../../contract/pairs.ts'
import { isShortcutProne } from '../../core/shortcut-prone.ts'
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
      for (const row of page.rows) await output.value(jsonPair(row))
      if (!output.json) shown.push(...page.rows)
      left -= page.rows.length
      cursor = page.nextCursor
    } while (cursor !== null && left > 0)

    const number = (value: number | null): string => (value === null ? '–' : value.toFixed(3))
    const rows = shown.map((row) => [
      String(row.pairId),
      row.source,
      number(row.textMargin) + (row.stale ? ' stale' : ''),
      isShortcutProne(row.textMargin) ? 'yes' : '',
      number(row.mmMargin),
      number(row.auditSfc),
      number(row.influence),
      row.quadrant ?? '–',
      row.status,
      excerpt(row.chosen, 30),
      excerpt(row.rejected, 30),
    ])
    const header = [
      'pair',
      'source',
      'text margin',
      'shortcut-prone',
      'mm margin',
      'audit SFC',
      'influence',
      'quadrant',
      'status',
      'chosen',
      'rejected',
    ]
    await output.line(table(header, rows, [0, 2, 4, 5, 6]))
  })
}

/** A pair as machines read it: the audit numbers first, then its texts and images. */
function jsonPair(row: PairRow): Record<string, unknown> {
  const { id, externalId, source, textMargin, textLoss, mmMargin, mmLoss, priorSfc, auditSfc, influence, quadrant, fold, status } = row
  const { pairId, split, stale, tags, missingImages, prompt, chosen, rejected, images } = row
  return {
    ...{ id, externalId, source, textMargin, textLoss, mmMargin, mmLoss, priorSfc, auditSfc, influence, quadrant, fold, status },
    shortcutProne: isShortcutProne(textMargin),
    ...{ stale, pairId, split, tags, missingImages, prompt, chosen, rejected, images },
  }
}
