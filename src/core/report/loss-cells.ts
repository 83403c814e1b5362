import { above } from '../numbers.ts'

/** Lower bounds of the cells of a loss in nats. The loss ln 2, where a model knows nothing, is one of them: no cell lies in two quadrants. */
export const EDGES: readonly number[] = Array.from({ length: 33 }, (_, i) => (i * Math.LN2) / 8)

/** The margin with such a loss, the inverse of softplus(-m): a cell holds the margins up to its bound and above the next one's. */
const marginAt = (loss: number): number => (loss === Math.LN2 ? 0 : -Math.log(Math.expm1(loss)))

const MARGINS = EDGES.map(marginAt)

/** The cell of a margin, by its loss; a high loss is a low margin. */
export function lossCell(margin: number): number {
  let cell = 0
  while (cell + 1 < MARGINS.length && margin <= (MARGINS[cell + 1] as number)) cell++
  return cell
}

/** The least and largest margin of the cells from `first` to `last`, for these bounds of losses; undefined where there is none. */
export function marginsOfCells(
  first: number,
  last: number,
  edges: readonly number[],
): { min: number | undefined; max: number | undefined } {
  const [low, high] = [edges[first] as number, edges[last + 1]]
  return { max: low > 0 ? marginAt(low) : undefined, min: high === undefined ? undefined : above(marginAt(high)) }
}
