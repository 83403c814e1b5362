import type { Report, SliceRow } from '../../../src/contract/overview.ts'
import type { PairFilter, Quadrant } from '../../../src/contract/pairs.ts'
import { USABLE_STATUSES } from '../../../src/core/vocabulary.ts'
import { auditBinFilter, textBinFilter } from '../../../src/core/report/bins.ts'
import { PROBABLY_WRONG, REPORTED, reportedOf } from '../../../src/core/report/reported.ts'
import { SHORTCUT_PRONE_MARGIN } from '../../../src/core/shortcut-prone.ts'
import { marginFilter, type Area } from './charts/loss-area.ts'

type Range = { low: number; high: number }

/** The pairs that each number of a report counts: what the number links to. */
export function linksOf({ textOnly }: Pick<Report, 'textOnly'>) {
  const of = (filter: PairFilter): PairFilter => reportedOf(filter, { mixed: textOnly !== null })
  return {
    quadrant: (quadrant: Quadrant): PairFilter => of({ quadrants: [quadrant] }),
    textBin: (bin: Range): PairFilter => of(textBinFilter(bin)),
    auditBin: (bin: Range): PairFilter => of(auditBinFilter(bin)),
    lossArea: (area: Area, edges: readonly number[]): PairFilter => of(marginFilter(area, edges)),
    shortcutProne: (): PairFilter => of({ textMarginMin: SHORTCUT_PRONE_MARGIN }),
    suspects: (): PairFilter => of({ suspectMin: PROBABLY_WRONG }),
    source: (source: string): PairFilter => of({ sources: [source] }),
    /** Null where no filter says it. */
    slice: ({ filter }: Pick<SliceRow, 'filter'>): PairFilter | null => filter && of(filter),
    textOnly: (): PairFilter => ({ ...REPORTED, hasImage: false }),
  }
}

/** Pairs that a blind test would score again. */
export const changedPairs: PairFilter = { statuses: [...USABLE_STATUSES], stale: true }
