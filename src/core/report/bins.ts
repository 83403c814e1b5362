import { below } from '../numbers.ts'

export type Bin = { low: number; high: number; pairs: number }

const BINS = 20

/** Bounds of the bins as text margins (log-odds): those of the probability i / 20. */
const MARGINS = Array.from({ length: BINS + 1 }, (_, i) => Math.log(i / BINS / (1 - i / BINS)))
const SHARES = Array.from({ length: BINS + 1 }, (_, i) => i / BINS)

/** Counts values from each bound up to below the next; what lies outside is in the first or last bin. */
function counted(values: Iterable<number>, bounds: readonly number[]): Bin[] {
  const bins = Array.from({ length: BINS }, (_, i): Bin => ({ low: SHARES[i] as number, high: SHARES[i + 1] as number, pairs: 0 }))
  for (const value of values) {
    let [first, last] = [0, BINS - 1]
    while (first < last) {
      const middle = Math.ceil((first + last) / 2)
      if (value >= (bounds[middle] as number)) first = middle
      else last = middle - 1
    }
    ;(bins[first] as Bin).pairs++
  }
  return bins
}

/** Pairs by the probability that the text alone gives to the label, sigmoid(text margin). */
export const textBins = (margins: Iterable<number>): Bin[] => counted(margins, MARGINS)

/** Pairs by audit SFC. */
export const auditBins = (sfcs: Iterable<number>): Bin[] => counted(sfcs, SHARES)

/** The filter that has exactly the pairs of a bin of `textBins`, as far as margins go: bounds are both inclusive. */
export function textBinFilter({ low, high }: Pick<Bin, 'low' | 'high'>): { textMarginMin?: number; textMarginMax?: number } {
  const [from, to] = [low, high].map((share) => MARGINS[Math.round(share * BINS)] as number) as [number, number]
  return { ...(low > 0 && { textMarginMin: from }), ...(high < 1 && { textMarginMax: below(to) }) }
}

/** The same for a bin of `auditBins`. */
export function auditBinFilter({ low, high }: Pick<Bin, 'low' | 'high'>): { auditSfcMin: number; auditSfcMax: number } {
  return { auditSfcMin: low, auditSfcMax: high < 1 ? below(high) : 1 }
}
