import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matrixCells, summarise, textPartner, type EvaluatedRun, type ScoredPair } from './evaluation.ts'
import { runLabel } from './run-label.ts'

let ids = 0
const run = (method: EvaluatedRun['method'], trainSource: string, pairs: ScoredPair[], more: Partial<EvaluatedRun> = {}): EvaluatedRun => ({
  id: `run-${(ids += 1)}`,
  method,
  label: method,
  trainSource,
  sources: [trainSource],
  seed: 0,
  pairs,
  ...more,
})
/** Test pairs of a source, one a group, with the given margins. */
const pairs = (source: string, mm: (number | null)[], text: (number | null)[] = mm.map(() => null)): ScoredPair[] =>
  mm.map((margin, i) => ({
    pairId: source.charCodeAt(0) * 1000 + i,
    source,
    group: `${source}${i}`,
    textHash: `t${i}`,
    mm: margin,
    text: text[i] ?? null,
  }))

describe('the cross-distribution matrix', () => {
  test('i.i.d. where the source was trained on; SFD by the text-only run of the same environment, in points, o.o.d. only', () => {
    const standard = run('standard', 'a', [...pairs('a', [1, 1, 1, -1]), ...pairs('b', [1, 1, -1, -1])])
    const textOnly = run('text-only', 'a', [
      ...pairs('a', [null, null, null, null], [1, 2, 3, -4]),
      ...pairs('b', [null, null, null, null], [2, 3, -1, -2]),
    ])
    const [iid, ood] = matrixCells(standard, textPartner(standard, [textOnly, standard]))
    expect(iid).toMatchObject({ testSource: 'a', iid: true, n: 4, accuracy: { value: 0.75 }, sfd: null })
    expect(ood).toMatchObject({ testSource: 'b', iid: false, accuracy: { value: 0.5 }, sfd: { value: 100 } })
    expect(ood!.marginCorrelation!.spearman).toBeCloseTo(2 / Math.sqrt(5), 6)
    const [own] = matrixCells(textOnly, textPartner(textOnly, [textOnly]))
    expect(own).toMatchObject({ accuracy: { value: 0.75 }, sfd: null, marginCorrelation: null })
    const [alone] = matrixCells(standard, null)
    expect(alone).toMatchObject({ sfd: null, marginCorrelation: null })
  })

  test('the text-only scores come from the same environment, the same seed before another, another run before the own proxy', () => {
    const aware = run('shortcut-aware', 'a', [], { seed: 1 })
    const same = run('text-only', 'a', [], { seed: 1 })
    const older = run('text-only', 'a', [], { seed: 1 })
    const otherSeed = run('text-only', 'a', [], { seed: 2 })
    const elsewhere = run('text-only', 'b', [], { seed: 1 })
    const standard = run('standard', 'a', [], { seed: 1 })
    const partner = (of: EvaluatedRun, ...others: EvaluatedRun[]) => textPartner(of, others)?.id
    expect(partner(aware, elsewhere, otherSeed, same, older, aware)).toBe(same.id)
    expect(partner(aware, elsewhere, otherSeed, aware)).toBe(otherSeed.id)
    expect(partner(aware, elsewhere, aware)).toBe(aware.id)
    expect(partner(standard, elsewhere, aware)).toBe(aware.id)
    expect(partner(standard, elsewhere, standard)).toBeUndefined()
    expect(partner(same, same, older)).toBeUndefined()
  })

  test('a pair counts for SFD only where both runs held out the same text', () => {
    const standard = run('standard', 'a', pairs('b', [1, -1, 1, 1]))
    const text = pairs('b', [null, null, null, null], [1, -1, -1, -1])
    const edited = [...text.slice(0, 2), { ...text[2]!, textHash: 'edited' }]
    const [cell] = matrixCells(standard, run('text-only', 'a', edited))
    expect(cell!.sfd!.value).toBe(100)
    const [whole] = matrixCells(standard, run('text-only', 'a', text))
    expect(whole!.sfd!.value).toBeCloseTo(100 / 3, 9)
  })
})

describe('the summary', () => {
  test('averages cells of the newest run of each environment and seed', () => {
    const newest = run('standard', 'a', [...pairs('a', [1, 1]), ...pairs('b', [1, -1])])
    const older = run('standard', 'a', [...pairs('a', [-1, -1]), ...pairs('b', [-1, -1])])
    const other = run('standard', 'b', [...pairs('a', [-1, -1]), ...pairs('b', [1, -1])])
    const labelled = run('standard', 'a', pairs('a', [-1, -1]), { label: 'standard, 1 epoch' })
    const [first, second] = summarise([newest, older, other, labelled])
    expect(first).toMatchObject({ method: 'standard', label: 'standard', runs: 2, iid: { value: 0.75 }, ood: { value: 0.25 }, sfd: null })
    expect(second).toMatchObject({ label: 'standard, 1 epoch', runs: 1, iid: { value: 0 }, ood: null })
  })

  test('equals the mean of the cells, lies in its interval, and a better run is never worse', () => {
    const margins = fc.array(fc.constantFrom(-1, 0, 1), { minLength: 3, maxLength: 12 })
    fc.assert(
      fc.property(margins, margins, margins, (a, b, c) => {
        const of = (x: number[]): EvaluatedRun => run('standard', 'a', [...pairs('a', a), ...pairs('b', x), ...pairs('c', c)])
        const [summary] = summarise([of(b)])
        const cells = matrixCells(of(b), null)
        expect(summary!.iid!.value).toBeCloseTo(cells[0]!.accuracy.value, 12)
        expect(summary!.ood!.value).toBeCloseTo((cells[1]!.accuracy.value + cells[2]!.accuracy.value) / 2, 12)
        expect(summary!.ood!.low).toBeLessThanOrEqual(summary!.ood!.value + 1e-9)
        expect(summary!.ood!.high).toBeGreaterThanOrEqual(summary!.ood!.value - 1e-9)
        const [better] = summarise([of(b.map(() => 1))])
        expect(better!.ood!.value).toBeGreaterThanOrEqual(summary!.ood!.value)
        expect(summarise([of(b)])[0]!.ood).toEqual(summary!.ood)
      }),
      { numRuns: 20 },
    )
  })

  test('the interval of an average over runs on the same pairs is as wide as that of one: their pairs are not counted twice', () => {
    const margins = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? -1 : 1))
    const once = run('standard', 'a', pairs('b', margins))
    const seeds = [0, 1, 2, 3].map((seed) => run('standard', 'a', pairs('b', margins), { seed }))
    const [one] = summarise([once])
    const [four] = summarise(seeds)
    const width = (estimate: { low: number; high: number } | null) => estimate!.high - estimate!.low
    expect(width(four!.ood)).toBeCloseTo(width(one!.ood), 9)
    expect(width(one!.ood)).toBeGreaterThan(0.05)
  })
})

test('a label names what differs from the usual, and only where it matters', () => {
  const usual = { epochs: 3, batchSize: 64 }
  const label = (more: object) =>
    runLabel({ method: 'shortcut-aware', sfcNormalise: false, proxyInput: 'drop', filter: {}, ...usual, ...more })
  expect(label({})).toBe('shortcut-aware')
  expect(label({ sfcNormalise: true, proxyInput: 'blank', epochs: 1 })).toBe('shortcut-aware, normalised, blank image, 1 epoch')
  expect(label({ sfcExponent: 2, sfcFloor: 0.2, proxyWarmup: 1, pairWeights: 'sfc' })).toBe(
    'shortcut-aware, SFC^2, floor 0.2, proxy warm-up 1, weighted by SFC',
  )
  expect(label({ method: 'standard', sfcExponent: 2, sfcFloor: 0.2, proxyWarmup: 1 })).toBe('standard')
  // The usual learning rate is that of model and tuning.
  for (const more of [{ learningRate: 5e-4 }, { model: 'tiny' }]) expect(label(more)).toBe('shortcut-aware')
  expect(label({ model: '/m', tuning: 'full', learningRate: 1e-5 })).toBe('shortcut-aware, m, full')
  expect(label({ model: '/m', learningRate: 5e-4 })).toBe('shortcut-aware, m, lr 0.0005')
  expect(label({ method: 'standard', sfcNormalise: true, proxyInput: 'blank', filter: { text: 'x' } })).toBe('standard, filtered')
})
