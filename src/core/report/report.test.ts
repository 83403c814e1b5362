import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quadrantOf, sfc, sigmoid, softplusNeg } from '../losses.ts'
import { random } from '../random.ts'
import { lengthBalanced } from './balance.ts'
import { rulesOf } from './baselines.ts'
import { buildReport } from './build.ts'
import { calibrationOf } from './calibration.ts'
import { PROMPT_TYPES, promptTypeOf } from './prompt-type.ts'
import { agreementOf, scatterOf } from './reference.ts'
import { ScoredColumns, type Scored, type ScoredRow } from './scored.ts'
import { slicesOf } from './slices.ts'
import { holm } from '../statistics.ts'

const FIVE = { seed: 0, folds: 5 }

function row(i: number, of: Partial<ScoredRow> = {}): ScoredRow {
  const margin = of.margin ?? 1
  const mm = of.mm ?? null
  return {
    id: i + 1,
    source: 'a',
    split: '',
    group: i,
    margin,
    mm,
    reference: mm === null ? null : 'probe:1',
    auditSfc: mm === null ? null : sfc(softplusNeg(mm), softplusNeg(margin)),
    quadrant: quadrantOf(margin, mm),
    suspect: null,
    images: 1,
    chosenLength: 20,
    rejectedLength: 20,
    promptType: 0,
    chosenHash: 2 * i,
    rejectedHash: 2 * i + 1,
    ...of,
  }
}

function columns(rows: ScoredRow[]): Scored {
  const made = new ScoredColumns()
  for (let from = 0; from < rows.length; from += 7) made.addRows(rows.slice(from, from + 7))
  return made.finish()
}

/** Pairs whose proxy is right as often as it says. */
function drawn(n: number, seed: number, of: (i: number, draw: ReturnType<typeof random>) => Partial<ScoredRow> = () => ({})): ScoredRow[] {
  const draw = random(`report:${seed}`)
  return Array.from({ length: n }, (_, i) => {
    const sure = Math.abs(draw.normal())
    return row(i, { margin: draw.next() < sigmoid(sure) ? sure : -sure, ...of(i, draw) })
  })
}

/** Nothing stale, missing or quarantined. */
const NOTHING = { stale: 0, regrouped: 0, images: 0, missing: { images: 0, pairs: 0 }, quarantined: 0 }

const report = (rows: ScoredRow[], more: Partial<Parameters<typeof buildReport>[0]> = {}) =>
  buildReport({
    scan: {
      id: 1,
      proxy: 'lexical',
      model: null,
      characters: false,
      unspaced: 0,
      seed: 0,
      folds: 5,
      inSampleAccuracy: 1,
      finishedAt: '2026-01-01T00:00:00Z',
      learningCurve: [],
    },
    counts: { pairs: rows.length, ...NOTHING, images: 9 },
    features: [],
    scored: columns(rows),
    memberships: [],
    languages: new Map(),
    others: [],
    noise: null,
    probed: false,
    stability: null,
    ...more,
  })

describe('a report', () => {
  test('does not depend on the order of pairs', () => {
    const rows = drawn(300, 1, (i, draw) => ({
      group: Math.floor(i / 2),
      source: draw.pick(['a', 'b']),
      mm: draw.normal(),
      chosenLength: 10 + draw.int(50),
      rejectedLength: 10 + draw.int(50),
      promptType: draw.int(3),
      chosenHash: draw.int(20),
      rejectedHash: draw.int(20),
    }))
    // Sums come out the same but for their last digit, and rows of the table in the order they were met.
    const rounded = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? Number(part.toFixed(9)) : part)))
    const byName = ({ slices, ...rest }: ReturnType<typeof report>) =>
      rounded({ ...rest, slices: Object.fromEntries(slices.map((slice) => [`${slice.dimension}:${slice.value}`, slice])) })
    expect(byName(report(random('order').shuffle(rows)))).toEqual(byName(report(rows)))
  })

  test('every part of it speaks of the same pairs', () => {
    const rows = drawn(500, 2, (i, draw) => ({
      source: draw.pick(['a', 'b', 'c']),
      split: draw.pick(['train', 'test']),
      mm: i % 3 ? draw.normal() : null,
    }))
    const made = report(rows)
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    expect(sum(Object.values(made.quadrants))).toBe(500)
    expect(sum(made.textHistogram.map(({ pairs }) => pairs))).toBe(500)
    expect(made.shortcutProne).toBe(rows.filter(({ margin }) => sigmoid(margin) >= 0.8).length)
    expect(sum(made.calibration.bins.map(({ pairs }) => pairs))).toBe(500)
    expect(made.scatter?.pairs).toBe(sum((made.scatter?.cells ?? []).map(({ pairs }) => pairs)))
    expect(made.scatter?.pairs).toBe(sum(made.auditSfcHistogram!.map(({ pairs }) => pairs)))
    for (const dimension of ['source', 'split', 'prompt-type', 'length-difference'])
      expect(sum(made.slices.filter((slice) => slice.dimension === dimension).map(({ pairs }) => pairs))).toBe(500)
    expect(sum(made.bySource.map(({ pairs, blindAccuracy }) => pairs * blindAccuracy.value))).toBeCloseTo(500 * made.blindAccuracy.value, 9)
  })

  test('tells in the first sentence whether the data set leaks, and offers what helps', () => {
    const actions = (made: ReturnType<typeof report>) => made.verdict.steps.map(({ action }) => action)
    const chance = report(drawn(400, 3, (_, draw) => ({ margin: draw.normal() })))
    expect(chance.verdict.level).toBe('none')
    expect(chance.verdict.sentence).toMatch(/^No leak found/)
    expect(actions(chance)).toEqual(['probe', 'stronger-proxy', 'train'])
    const leak = report(drawn(400, 3, () => ({ margin: 2 })))
    expect(leak.verdict.level).toBe('strong')
    expect(leak.verdict.sentence).toMatch(/^This dataset leaks/)
    expect(actions(leak)[0]).toBe('shortcut-prone')
    expect(report(drawn(30, 3, (i) => ({ group: i % 15 }))).verdict.level).toBe('too-few')
    // Without images there is nothing to probe; with a probe that was of no use another one is offered.
    const of = (more: Parameters<typeof report>[1]) =>
      report(drawn(400, 3), more).verdict.steps.find(({ action }) => action === 'probe')?.text
    expect(of({ counts: { pairs: 400, ...NOTHING } })).toBeUndefined()
    expect(of({ probed: true })).toMatch(/CLIP/)
    expect(of({})).toMatch(/image probe/)
    const stale = report(drawn(400, 3), { counts: { pairs: 401, ...NOTHING, stale: 1 } })
    expect(stale.verdict.steps[0]).toMatchObject({ action: 'rescan', text: expect.stringContaining('1 pair changed') as string })
  })
})

test('a rule by frequency learns from other groups alone', () => {
  // "yes" is chosen in each pair, but in each only its own group says so.
  const own = rulesOf(columns([row(0, { chosenHash: 1, rejectedHash: 2 }), row(1, { chosenHash: 3, rejectedHash: 4, group: 0 })]))
  expect([...own.frequent]).toEqual([0, 0])
  const shared = rulesOf(columns([0, 1, 2].map((i) => row(i, { chosenHash: 1, rejectedHash: 2 }))))
  expect([...shared.frequent]).toEqual([4, 4, 4])
})

describe('length-balanced accuracy', () => {
  test('is one half for whoever goes by length, whatever the lengths', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 })), { minLength: 2, maxLength: 80 }),
        (lengths) => {
          const rows = lengths.map(([chosenLength, rejectedLength], i) =>
            row(i, { chosenLength, rejectedLength, margin: chosenLength - rejectedLength }),
          )
          const found = lengthBalanced(columns(rows), FIVE)
          if (found) expect(found.accuracy.value).toBeCloseTo(0.5, 12)
        },
      ),
    )
  })

  test('keeps what has nothing to do with length', () => {
    const found = lengthBalanced(
      columns(
        drawn(4000, 5, (_, draw) => ({
          chosenLength: 40 + draw.int(60),
          rejectedLength: 20 + draw.int(60),
          margin: draw.next() < 0.8 ? 1 : -1,
        })),
      ),
      FIVE,
    )
    expect(found?.accuracy.value).toBeCloseTo(0.8, 1)
    expect(found?.accuracy.low).toBeLessThan(0.8)
    expect(found?.accuracy.high).toBeGreaterThan(0.8)
  })
})

test('calibration: no error where the proxy is right as often as it says, the whole gap where it always overstates', () => {
  const honest = columns(drawn(20_000, 6))
  expect(calibrationOf(honest.numbers.margin, honest.numbers.group, 0).ece.value).toBeLessThan(0.015)
  const boasting = columns(drawn(2000, 6, (i) => ({ margin: i % 2 ? 20 : -20 })))
  expect(calibrationOf(boasting.numbers.margin, boasting.numbers.group, 0).ece.value).toBeCloseTo(0.5, 6)
})

test('cells of the scatter lie in one quadrant each, and hold the pairs of their losses', () => {
  const margin = fc.oneof(fc.double({ min: -8, max: 8, noNaN: true }), fc.constantFrom(0, 1e-9, -1e-9))
  fc.assert(
    fc.property(fc.tuple(margin, margin), ([text, mm]) => {
      const found = scatterOf(columns([row(0, { margin: text, mm })]))
      const { x, y } = found!.cells[0]!
      expect(x < 8).toBe(text > 0)
      expect(y < 8).toBe(mm > 0)
      const [low, high] = [found!.edges[x]!, found!.edges[x + 1] ?? Infinity]
      expect(softplusNeg(text)).toBeGreaterThanOrEqual(low - 1e-8)
      expect(softplusNeg(text)).toBeLessThanOrEqual(high + 1e-8)
    }),
  )
  expect(scatterOf(columns([row(0)]))).toBeNull()
})

test('agreement: with itself whole, with its opposite none, with chance what chance gives', () => {
  const rows = drawn(2000, 8)
  const scored = columns(rows)
  const ids = Float64Array.from(rows, ({ id }) => id)
  const self = agreementOf(scored, { ids, margins: scored.numbers.margin }, FIVE)
  expect(self).toMatchObject({ pairs: 2000, agree: { value: 1 } })
  expect(self?.spearman?.value).toBeCloseTo(1, 9)
  expect(agreementOf(scored, { ids, margins: scored.numbers.margin.map((m) => -m) }, FIVE)?.agree.value).toBe(0)
  const draw = random('other')
  const chance = agreementOf(scored, { ids: ids.slice(0, 1500), margins: Float64Array.from(ids.slice(0, 1500), () => draw.normal()) }, FIVE)
  expect(chance?.pairs).toBe(1500)
  expect(Math.abs(chance!.agree.value - chance!.expected)).toBeLessThan(0.05)
  expect(agreementOf(scored, { ids: new Float64Array(0), margins: new Float64Array(0) }, FIVE)).toBeNull()
})

describe('slices', () => {
  test('find the one part that leaks, and call no other one', () => {
    const rows = drawn(2000, 9, (i, draw) => ({ source: `s${i % 8}`, margin: i % 8 === 3 && draw.next() < 0.4 ? 1 : draw.normal() }))
    const found = slicesOf(
      columns(rows),
      [{ dimension: 'tag', value: 'few', filter: null, ids: Float64Array.of(1, 2, 3) }],
      new Map(),
      FIVE,
    )
    expect(found.filter(({ adjusted }) => adjusted < 0.05).map(({ value }) => value)).toEqual(['s3'])
    expect(found.some(({ value }) => value === 'few')).toBe(false)
  })

  test('a tag or slice has the pairs that it names', () => {
    const rows = drawn(400, 10, (i) => ({ margin: i < 50 ? 1 : -1 }))
    const ids = Float64Array.from({ length: 50 }, (_, i) => i + 1)
    const [tag] = slicesOf(columns(rows), [{ dimension: 'tag', value: 'first', filter: { tags: ['first'] }, ids }], new Map(), FIVE).filter(
      ({ dimension }) => dimension === 'tag',
    )
    expect(tag).toMatchObject({ pairs: 50, groups: 50, blindAccuracy: { value: 1 }, filter: { tags: ['first'] } })
  })
})

test('Holm: never below the p-value itself, in its order, the smallest times all', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (pValues) => {
      const adjusted = holm(pValues)
      const least = pValues.indexOf(Math.min(...pValues))
      expect(adjusted[least]).toBeCloseTo(Math.min(1, pValues[least]! * pValues.length), 12)
      pValues.forEach((p, i) => {
        expect(adjusted[i]).toBeGreaterThanOrEqual(p)
        pValues.forEach((q, j) => p <= q && expect(adjusted[i]! <= adjusted[j]! + 1e-12).toBe(true))
      })
    }),
  )
})

test.each([
  ['Is the chest X-ray normal?', 'yes or no'],
  ['<image>\nHow many cats are there?', 'how many'],
  ['In the image, what color is the car?', 'what'],
  ['Please describe this picture in detail.', 'describe'],
  ['Can you tell me who this is?', 'describe'],
  ['Which side?\nA. left\nB. right', 'choose an option'],
  ["Who's there?", 'other'],
  ['这张图片里有什么？', 'other'],
  ['', 'other'],
])('the prompt %j asks for %s', (prompt, type) => {
  expect(PROMPT_TYPES[promptTypeOf(prompt)]).toBe(type)
})
