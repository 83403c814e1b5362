import type { Report, SliceRow } from '../../../src/contract/overview.ts'
import type { PairFilter, Quadrant } from '../../../src/contract/pairs.ts'
import { USABLE_STATUSES } from '../../../src/core/pair-status.ts'
import { auditBinFilter, textBinFilter } from '../../../src/core/report/bins.ts'
import { REPORTED, REPORTED_PRONE, REPORTED_SUSPECTS, reportedOf } from '../../../src/core/report/reported.ts'
import { marginFilter, type Area } from './loss-area.ts'

type Range = { low: number; high: number }

/** The pairs that each number of a report counts: what the number links to. */
export const links = {
  quadrant: (quadrant: Quadrant): PairFilter => ({ ...REPORTED, quadrants: [quadrant] }),
  textBin: (bin: Range): PairFilter => ({ ...REPORTED, ...textBinFilter(bin) }),
  auditBin: (bin: Range): PairFilter => ({ ...REPORTED, ...auditBinFilter(bin) }),
  lossArea: (area: Area, edges: readonly number[]): PairFilter => ({ ...REPORTED, ...marginFilter(area, edges) }),
  shortcutProne: (): PairFilter => REPORTED_PRONE,
  suspects: (): PairFilter => REPORTED_SUSPECTS,
  textOnly: (): PairFilter => ({ ...REPORTED, hasImage: false }),
  /** Null where no filter says it. In a dataset where some pairs name no image, accuracies are about those that name one. */
  slice: (report: Pick<Report, 'textOnly'>, { filter }: Pick<SliceRow, 'filter'>): PairFilter | null => filter && reportedOf(filter, { judged: report.textOnly !== null }),
  source: (report: Pick<Report, 'textOnly'>, source: string): PairFilter => reportedOf({ sources: [source] }, { judged: report.textOnly !== null }),
  /** Pairs that a blind test would score again. */
  changed: (): PairFilter => ({ statuses: [...USABLE_STATUSES], stale: true }),
}
