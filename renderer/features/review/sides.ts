/** Which response of the label stands on a side. */
export type Role = 'chosen' | 'rejected'
export interface Sides {
  left: Role
  right: Role
}
export type Side = keyof Sides

/**
 * On which side each response stands. It depends on the pair's number and on nothing that knows the label: the response
 * that was imported as the better one is left for one half of the pairs. `swapped`: the label has been flipped since, and
 * the responses stay where they are.
 */
export function sidesOf(pairId: number, swapped: boolean): Sides {
  return (mix(pairId) & 1) === (swapped ? 0 : 1) ? { left: 'chosen', right: 'rejected' } : { left: 'rejected', right: 'chosen' }
}

type Texts = { chosen: string; rejected: string }

/** Whether the present label is the imported one turned round; if one response was edited, the other one decides. */
export const isSwapped = (now: Texts, original: Texts): boolean =>
  now.chosen !== original.chosen &&
  now.rejected !== original.rejected &&
  (now.chosen === original.rejected || now.rejected === original.chosen)

/** Spreads a whole number over 32 bits (the finaliser of MurmurHash3), so that neighbours fall apart. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
