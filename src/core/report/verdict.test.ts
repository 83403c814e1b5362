import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quadrantOf } from '../losses.ts'
import { random } from '../random.ts'
import { baselinesOf, rulesOf } from './baselines.ts'
import { buildReport } from './build.ts'
import { predictionsOf, type Prediction } from './predictors.ts'
import { ScoredColumns, type ScoredRow } from './scored.ts'
import { verdictLevel, verdictOf, wordingSentence, type Findings } from './verdict.ts'
import { crossFitted, groupAccuracy, permutationP } from '../statistics.ts'

type Draw = ReturnType<typeof random>

const row = (i: number, of: Partial<ScoredRow>): ScoredRow => {
  const margin = of.margin ?? 0
  return {
    id: i + 1,
    source: 'a',
    split: '',
    group: i,
    margin,
    mm: null,
    reference: null,
    auditSfc: null,
    quadrant: quadrantOf(margin, null),
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

function report(rows: ScoredRow[], over: { images?: number } = {}) {
  const columns = new ScoredColumns()
  columns.addRows(rows)
  return buildReport({
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
    counts: { pairs: rows.length, stale: 0, regrouped: 0, images: over.images ?? 9, missing: { images: 0, pairs: 0 }, quarantined: 0 },
    features: [],
    scored: columns.finish(),
    memberships: [],
    languages: new Map(),
    others: [],
    noise: { text: 1, mm: 1, wrong: { value: 0.1, low: 0.05, high: 0.2 } },
    probed: false,
    stability: null,
  })
}

const rows = (n: number, seed: number, of: (i: number, draw: Draw) => Partial<ScoredRow>): ScoredRow[] => {
  const draw = random(`verdict:${seed}`)
  return Array.from({ length: n }, (_, i) => row(i, of(i, draw)))
}
const advice = (made: ReturnType<typeof report>) => made.verdict.steps.map(({ text }) => text).join(' ')

describe('a rule that beats the proxy', () => {
  const rules: [string, (i: number, draw: Draw) => Partial<ScoredRow>, RegExp][] = [
    ['longest', (_, draw) => ({ chosenLength: 31 + draw.int(9), rejectedLength: 20 }), /“longest wins”/],
    ['shortest', (_, draw) => ({ chosenLength: 11, rejectedLength: 20 + draw.int(9) }), /“shortest wins”/],
    ['frequent', (i) => ({ chosenHash: i % 3, rejectedHash: 100 + (i % 3) }), /“most frequent wins”/],
  ]
  test.each(rules)('%s: the verdict leaks, names it, and does not advise to train on it', (by, of, name) => {
    const made = report(rows(120, 1, (i, draw) => ({ margin: draw.normal(), ...of(i, draw) })))
    expect(made.predictions[0]).toMatchObject({ by, accuracy: { value: 1 }, leaks: true })
    expect(made.verdict.level).toBe('strong')
    expect(made.verdict.sentence).toMatch(/^This dataset leaks/)
    expect(made.verdict.sentence).toMatch(name)
    expect(made.verdict.sentence).not.toMatch(/nearly as good/)
    expect(advice(made)).not.toMatch(/as it is/)
  })

  test('and a proxy that beats every rule is named itself', () => {
    const made = report(
      rows(200, 2, (_, draw) => ({ margin: draw.next() < 0.9 ? 1 : -1, chosenLength: draw.int(40), rejectedLength: draw.int(40) })),
    )
    expect(made.predictions[0]?.by).toBe('proxy')
    expect(made.verdict.sentence).toMatch(/the proxy predicts/)
  })
})

test('the verdict follows the predictions alone, the strongest first, and training is advised only where none leaks', () => {
  const estimate = fc
    .tuple(fc.double({ min: 0.3, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.2, noNaN: true }))
    .map(([value, half]) => ({ value, low: Math.max(0, value - half), high: Math.min(1, value + half) }))
  const predictions = fc
    .tuple(
      ...(['proxy', 'longest', 'shortest', 'frequent'] as const).map((by) =>
        fc
          .record({ accuracy: estimate, adjusted: fc.constantFrom(0.001, 0.05, 0.3) })
          .map((one) => ({ by, ...one, pValue: one.adjusted / 4 })),
      ),
    )
    .map((all) =>
      all
        .map((one): Prediction => ({ ...one, leaks: one.adjusted <= 0.05 && one.accuracy.low > 0.5 }))
        .sort((a, b) => b.accuracy.value - a.accuracy.value),
    )
  fc.assert(
    fc.property(
      predictions,
      fc.constantFrom(5, 19, 20, 400),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('images' as const, 'text' as const),
      (found, groups, textLeaks, sourceLeaks, subject) => {
        const proxy = found.find(({ by }) => by === 'proxy') as Prediction
        const findings: Findings = {
          subject,
          groups,
          blindAccuracy: proxy.accuracy,
          predictions: found,
          proxy: 'lexical',
          topFeature: undefined,
          textLeaks,
          leakingSources: sourceLeaks ? ['a'] : [],
          stale: 0,
          regrouped: 0,
          shortcutProne: 3,
          audited: false,
          probed: false,
          images: 9,
          suspects: 0,
          repeated: false,
        }
        const { level, sentence, steps } = verdictOf(findings)
        const leaking = found.filter(({ leaks }) => leaks)
        expect(level).toBe(
          groups < 20 ? 'too-few' : leaking.length === 0 ? 'none' : leaking.some(({ accuracy }) => accuracy.low > 0.75) ? 'strong' : 'weak',
        )
        if (level === 'weak' || level === 'strong') {
          const best = leaking[0] as Prediction
          const name = best.by === 'proxy' ? 'the proxy' : `“${best.by === 'frequent' ? 'most frequent' : best.by} wins”`
          expect(sentence.split('. ')[0]).toContain(name)
        }
        const asItIs = steps.some(({ text }) => text === 'Train on the dataset as it is.')
        if (asItIs) expect([level, textLeaks, sourceLeaks]).toEqual(['none', false, false])
        if (subject === 'text') expect(sentence).not.toMatch(/image/i)
        for (const text of [sentence, ...steps.map((step) => step.text)]) expect(text).not.toMatch(/nearly as good|hidden/)
      },
    ),
  )
})

test('labels drawn by chance: the verdict calls a leak in no more than one dataset of twenty, over proxy and rules together', () => {
  let called = 0
  const datasets = 300
  for (let seed = 0; seed < datasets; seed++) {
    const draw = random(`chance:${seed}`)
    const data = Array.from({ length: 90 }, (_, i) => {
      const [a, b] = [
        [10 + draw.int(30), draw.int(8)],
        [14 + draw.int(30), draw.int(8)],
      ] as [[number, number], [number, number]]
      const [good, bad] = draw.next() < 0.5 ? [a, b] : [b, a]
      return row(i, {
        group: Math.floor(i / 2),
        margin: draw.normal(),
        chosenLength: good[0],
        chosenHash: good[1],
        rejectedLength: bad[0],
        rejectedHash: bad[1],
      })
    })
    const columns = new ScoredColumns()
    columns.addRows(data)
    const scored = columns.finish()
    const { margin, group } = scored.numbers
    const [rules, options] = [rulesOf(scored), { spread: crossFitted(5) }]
    const proxy = {
      blindAccuracy: groupAccuracy(margin, group, 0, options),
      pValue: permutationP(margin, group, 0, options),
      baselines: baselinesOf(rules, group, 0),
    }
    if (verdictLevel({ groups: 45, predictions: predictionsOf(proxy, rules, group, 0) }) !== 'none') called++
  }
  expect(called / datasets).toBeLessThanOrEqual(0.05)
}, 240_000)

describe('pairs without an image', () => {
  /** An image reference has scored two of three pairs. */
  const referred = (i: number, draw: Draw, margin: number): Partial<ScoredRow> => {
    const mm = i % 3 ? draw.normal() : null
    return {
      margin,
      mm,
      reference: mm === null ? null : 'probe:1',
      auditSfc: mm === null ? null : draw.next(),
      quadrant: quadrantOf(margin, mm),
      suspect: mm === null ? null : draw.next(),
    }
  }
  const withImage = rows(80, 5, (i, draw) => ({
    ...referred(i, draw, draw.normal()),
    images: 1 + draw.int(2),
    chosenLength: draw.int(50),
    rejectedLength: draw.int(50),
    source: draw.pick(['a', 'b']),
  }))
  const textOnly = rows(300, 6, (i, draw) => ({
    ...referred(i, draw, 2),
    images: 0,
    chosenLength: 40,
    rejectedLength: 20,
    source: 'c',
  })).map((one) => ({
    ...one,
    id: one.id + 1000,
    group: one.group + 1000,
    chosenHash: one.chosenHash + 5000,
    rejectedHash: one.rejectedHash + 5000,
  }))

  test('change no figure of those with one, whatever it is, and stand apart', () => {
    const alone = report(withImage)
    const mixed = report([...withImage, ...textOnly])
    const { pairs: _1, scored: _2, textOnly: _3, slices: _4, verdict, learningCurve, ...rest } = mixed
    expect(alone).toMatchObject({ ...rest, verdict: { level: verdict.level, sentence: verdict.sentence } })
    expect(learningCurve.points.at(-1)?.accuracy).toEqual(alone.learningCurve.points.at(-1)?.accuracy)
    expect(rest.scatter?.pairs).toBe(53)
    expect(rest.suspects?.listed).toBeGreaterThan(0)
    expect(mixed).toMatchObject({
      subject: 'images',
      judged: 80,
      scored: 380,
      textOnly: { pairs: 300, groups: 300, level: 'strong', blindAccuracy: { value: 1 } },
    })
    expect(mixed.textOnly?.sentence).toMatch(/^The wording alone predicts the label/)
    expect(mixed.slices.every(({ pairs }) => pairs <= 80)).toBe(true)
    expect(advice(mixed)).not.toMatch(/Train on the dataset as it is/)
  })

  test('keep a verdict of their own where no pair has one, in words that fit text', () => {
    const leak = report(textOnly, { images: 0 })
    expect(leak).toMatchObject({ subject: 'text', judged: 300, textOnly: null, verdict: { level: 'strong' }, blindAccuracy: { value: 1 } })
    expect(leak.verdict.sentence).toMatch(/from the wording alone/)
    expect(`${leak.verdict.sentence} ${advice(leak)}`).not.toMatch(/image|MM-RM/)
    const chance = report(
      rows(100, 7, (_, draw) => ({ images: 0, margin: draw.normal() })),
      { images: 0 },
    )
    expect(chance.verdict.level).toBe('none')
    expect(`${chance.verdict.sentence} ${advice(chance)}`).not.toMatch(/image/)
  })

  test('a pair whose image is missing names one all the same', () => {
    expect(report(rows(40, 8, (i, draw) => ({ images: i % 2, margin: draw.normal() })))).toMatchObject({
      subject: 'images',
      judged: 20,
      textOnly: { pairs: 20 },
    })
  })
})

test('a source that leaks while the whole does not is named, and keeps from advising to train', () => {
  const data = rows(400, 9, (i, draw) => ({
    source: i % 2 ? 'good' : 'bad',
    margin: i % 2 ? (draw.next() < 0.1 ? 1 : -1) : draw.next() < 0.9 ? 1 : -1,
  }))
  const made = report(data)
  expect(made.verdict.level).toBe('none')
  expect(made.verdict.sentence).toMatch(/Within “bad” the proxy is above chance/)
  expect(advice(made)).not.toMatch(/Train on the dataset as it is/)
})

describe('a dataset without a leak', () => {
  const prediction = (by: Prediction['by'], value: number, low: number, high: number): Prediction => ({
    by,
    accuracy: { value, low, high },
    pValue: 0.2,
    adjusted: 0.2,
    leaks: false,
  })
  const sentence = (proxy: [number, number, number], longest: [number, number, number]) => {
    const predictions = [prediction('proxy', ...proxy), prediction('longest', ...longest)]
    return wordingSentence({ subject: 'text', groups: 60, blindAccuracy: predictions[0]!.accuracy, predictions })
  }

  test.each<[string, [number, number, number], [number, number, number], string]>([
    [
      'at chance',
      [0.533, 0.45, 0.61],
      [0.51, 0.45, 0.57],
      '53.3% (95% CI 45.0–61.0%) of labels, which is consistent with chance. No baseline is above chance either.',
    ],
    [
      'below chance',
      [0.3, 0.2, 0.4],
      [0.51, 0.45, 0.57],
      '30.0% (95% CI 20.0–40.0%) of labels, which is below chance. No baseline is above chance either.',
    ],
    [
      'above chance before adjustment',
      [0.58, 0.51, 0.65],
      [0.51, 0.45, 0.57],
      '58.0% (95% CI 51.0–65.0%) of labels. After Holm adjustment, neither it nor a baseline is above chance.',
    ],
    [
      'with a baseline above chance before adjustment',
      [0.5, 0.45, 0.55],
      [0.56, 0.51, 0.6],
      '50.0% (95% CI 45.0–55.0%) of labels. After Holm adjustment, neither it nor a baseline is above chance.',
    ],
  ])('%s: its sentence claims what the intervals allow', (_, proxy, longest, end) => {
    expect(sentence(proxy, longest)).toBe(`The wording alone does not predict the label: the proxy predicts ${end}`)
  })
})
