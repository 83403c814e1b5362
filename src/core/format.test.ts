import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fixed, interval, percent, percentInterval, plural, points, pValue, rate, signed } from './format.ts'

test('numbers are written in one way', () => {
  expect(percent(0.9234)).toBe('92.3%')
  expect(percent(0.5, 0)).toBe('50%')
  expect(rate({ value: 0.9234, low: 0.901, high: 0.942 })).toBe('92.3% (95% CI 90.1–94.2%)')
  expect(points({ value: 0.081, low: 0.052, high: 0.11 })).toBe('+8.1 points (95% CI 5.2–11.0)')
  expect(points({ value: -0.01, low: -0.03, high: 0.008 })).toBe('−1.0 points (95% CI −3.0 to 0.8)')
  expect(percentInterval({ low: 0, high: 1 })).toBe('0.0–100.0%')
  expect([plural(1, 'pair'), plural(12_345, 'pair'), pValue(0), pValue(0.0123)]).toEqual([
    '1 pair',
    '12,345 pairs',
    'p < 0.001',
    'p = 0.012',
  ])
})

test('an interval has a dash between bounds that no sign can be taken for, and else a word', () => {
  fc.assert(
    fc.property(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: 0, max: 50, noNaN: true }), (low, width) => {
      const text = interval({ low, high: low + width })
      expect(text).toMatch(low < 0 ? /^−?\d+\.\d to −?\d+\.\d$/ : /^\d+\.\d–\d+\.\d$/)
      expect(text).not.toMatch(/−0\.0/)
    }),
  )
})

test('no text has a space before a percent sign', () => {
  const files = execFileSync('git', ['ls-files', 'renderer', 'src', 'electron', 'trainer/blindfold_trainer', 'docs', 'README.md'], {
    encoding: 'utf8',
  }).split('\n')
  const texts = files.filter((file) => /\.(tsx?|py|md)$/.test(file) && !file.endsWith('.test.ts') && !file.startsWith('src/db/migrations/'))
  expect(texts.length).toBeGreaterThan(300)
  // A remainder has a number or a name behind it.
  const spaced = texts.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /[\d})][ \u00a0]%(?! ?\w| ?\([\w.]+ [-+*])/.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  )
  expect(spaced).toEqual([])
})

test('zero has no minus', () => {
  expect([fixed(-0.04, 1), fixed(-0, 2), fixed(-0.4, 0), fixed(-0.06, 1)]).toEqual(['0.0', '0.00', '0', '−0.1'])
  expect([signed(-0.004), signed(0), signed(-0.006)]).toEqual(['+0.00', '+0.00', '−0.01'])
})
