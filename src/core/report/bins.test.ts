import fc from 'fast-check'
import { expect, test } from 'vitest'
import { below } from '../numbers.ts'
import { auditBinFilter, auditBins, textBinFilter, textBins } from './bins.ts'

const edges = Array.from({ length: 21 }, (_, i) => i / 20)
const logits = edges.map((share) => Math.log(share / (1 - share))).slice(1, -1)
const margin = fc.oneof(fc.double({ min: -60, max: 60, noNaN: true }), fc.constantFrom(...logits, ...logits.map(below), 0, -0))
const share = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...edges, ...edges.slice(1).map(below)))

test('the filter of a bin has as many values as the bin, also where they lie on bounds', () => {
  fc.assert(
    fc.property(fc.array(margin), fc.array(share), (margins, shares) => {
      for (const bin of textBins(margins)) {
        const { textMarginMin = -Infinity, textMarginMax = Infinity } = textBinFilter(bin)
        expect(margins.filter((value) => value >= textMarginMin && value <= textMarginMax)).toHaveLength(bin.pairs)
      }
      for (const bin of auditBins(shares)) {
        const { auditSfcMin, auditSfcMax } = auditBinFilter(bin)
        expect(shares.filter((value) => value >= auditSfcMin && value <= auditSfcMax)).toHaveLength(bin.pairs)
      }
    }),
    { numRuns: 500 },
  )
})

test('a bin of the text holds the margins whose probability lies in it', () => {
  fc.assert(
    fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (value) => {
      const probability = 1 / (1 + Math.exp(-value))
      const [bin] = textBins([value]).filter(({ pairs }) => pairs > 0)
      expect(probability).toBeGreaterThan(bin!.low - 1e-12)
      expect(probability).toBeLessThan(bin!.high + 1e-12)
    }),
  )
})

test('nothing lies between a number and the one below it', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), (value) => {
      const least = below(value)
      expect(least).toBeLessThan(value)
      const middle = least + (value - least) / 2
      expect(middle === least || middle === value).toBe(true)
    }),
  )
})
