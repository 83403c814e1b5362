import type { PairFilter } from '../../../../src/contract/pairs.ts'
import { marginsOfCells } from '../../../../src/core/report/loss-cells.ts'

/** Cells from `x0` to `x1` along the text loss and from `y0` to `y1` along the image model's, both ends included. */
export interface Area {
  x0: number
  x1: number
  y0: number
  y1: number
}

/** The margins of an area; `edges` are the lower bounds of the cells, of which the last has no upper one. A high loss is a low margin. */
export function marginFilter({ x0, x1, y0, y1 }: Area, edges: readonly number[]): PairFilter {
  const [text, mm] = [marginsOfCells(x0, x1, edges), marginsOfCells(y0, y1, edges)]
  const filter = { textMarginMin: text.min, textMarginMax: text.max, mmMarginMin: mm.min, mmMarginMax: mm.max }
  const known = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as PairFilter
  // The whole plane still means: pairs that both models have scored.
  return Object.keys(known).some((key) => key.startsWith('mm')) ? known : { ...known, mmMarginMin: -1e9 }
}
