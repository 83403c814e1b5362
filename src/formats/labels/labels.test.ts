import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../contract/imports.ts'
import type { JsonObject, Value } from '../value.ts'
import { judgedBy } from '../readers/judged.ts'
import { LabelSurvey, unclearLabels, type LabelSummary } from './label-survey.ts'
import { labelsText, lookUp, parseLabels } from './labels.ts'
import { mapped } from '../readers/mapped.ts'
import { inWords, sidesOf, verdictOf } from './verdict.ts'

describe('a verdict in words', () => {
  const letters = sidesOf('response_A', 'response_B', { first: 'Alpha 7B', second: 'Beta' })
  test.each<[Verdict | null, ...string[]]>([
    [
      'first',
      'A',
      'a',
      ' A ',
      '[[A]]',
      'response_A',
      'Response A',
      'model_a',
      'Assistant (A)',
      '(A)',
      'A>B',
      'A >> B',
      'A>>>B',
      '[[A>B]]',
      'B<A',
      'B << A',
      'A≻B',
      'first',
      'left',
      'the first response',
      'response a > response b',
      'model_a>model_b',
    ],
    [
      'first',
      'Alpha 7B',
      'alpha 7b is better',
      'Alpha 7B is much better',
      'Alpha 7B is marginally better.',
      'A is slightly better than B',
      'Response A is the better response',
      'A wins',
      'A is significantly better',
      'B is worse',
      'Beta is slightly worse than Alpha 7B',
      'strongly prefer A',
      'I prefer response A over response B',
      'prefer Alpha 7B',
      'A is a little better',
      'A is the winner!',
      'A slightly preferred',
    ],
    [
      'second',
      'B',
      '[[B]]',
      'B>A',
      'B>>A',
      'A<B',
      'Beta',
      'BETA IS MUCH BETTER',
      'right',
      'second',
      'Output B',
      'Alpha 7B is worse',
      'Beta is far better than Alpha 7B',
    ],
    [
      'tie',
      'tie',
      'Tie (bothbad)',
      'tie (both bad)',
      'A=B',
      'A = B',
      'A≈B',
      'A==B',
      '[[C]]',
      '[[A=B]]',
      'Neutral',
      'neutral',
      'Both are good',
      'both',
      'neither',
      'about the same',
      'Equally good',
      'No preference',
      'draw',
      '平局',
      '一样好',
      'Unentschieden',
      'égalité',
      'empate',
    ],
    [
      null,
      'Gamma',
      'A>A',
      'A>C',
      'C',
      'maybe',
      'A or B',
      'A is not better',
      'B is better than B',
      '',
      ' ',
      '?',
      'Alpha',
      'Alpha 7B 2 is better',
      'A'.repeat(400),
      '[[[[A]]]]',
      'A>B>A',
    ],
  ])('%s', (expected, ...labels) => {
    for (const label of labels) expect([label, inWords(label, letters)]).toEqual([label, expected])
  })

  test('names of models, however their columns are called', () => {
    const read = (more: JsonObject) =>
      judgedBy({ column: 'preference', values: {} }).read({
        prompt: 'p',
        response_a: 'one',
        response_b: 'two',
        preference: 'LLaVA is slightly better',
        ...more,
      })
    for (const names of [
      ['model_a', 'model_b'],
      ['Model A', 'Model B'],
      ['generator_1', 'generator_2'],
      ['model_a_name', 'model_b_name'],
    ] as const) {
      expect(read({ [names[0]]: 'GPT-4o', [names[1]]: 'LLaVA' })).toMatchObject({ pairs: [{ chosen: 'two' }] })
      expect(read({ [names[0]]: 'LLaVA', [names[1]]: 'LLaVA' })).toMatchObject({ faults: [{ field: 'preference' }] })
    }
  })

  test('names of the sides go by their columns, and places are known whatever these are called', () => {
    const numbers = sidesOf('output_1', 'output_2')
    expect(
      ['output_1', 'Output 2', '1>2', '2>1', 'A>B', '[[B]]', 'left', 'model_b', '2=1'].map((label) => inWords(label, numbers)),
    ).toEqual(['first', 'second', 'first', 'second', 'first', 'second', 'first', 'second', 'tie'])
    const sides = sidesOf('left', 'right')
    expect(['left', 'right is better', 'right > left', 'b'].map((label) => inWords(label, sides))).toEqual([
      'first',
      'second',
      'second',
      'second',
    ])
    // A model may be called like a place: its own name comes first.
    expect(inWords('B', sidesOf('x_1', 'x_2', { first: 'B', second: 'A' }))).toBe('first')
  })

  test('comparisons that deny, and places in Chinese', () => {
    const said = (label: string) => inWords(label, letters)
    expect(
      ['A is not as good as B', 'Beta is not quite as good as Alpha 7B.', 'neither A nor B', 'Neither the first nor the second'].map(said),
    ).toEqual(['second', 'first', 'tie', 'tie'])
    expect(['第一个', '第二个', '左', '右', 'A更好', '都不好', '第一个=tie'].map(said)).toEqual([
      'first',
      'second',
      'first',
      'second',
      null,
      'tie',
      null,
    ])
  })

  test('turned about, every verdict is turned about', () => {
    const label = fc.constantFrom('A', 'B', 'A>B', 'B>>A', 'A=B', 'Alpha is better', 'Beta is slightly worse', 'tie', 'what', 'prefer B')
    fc.assert(
      fc.property(label, (text) => {
        const models = { first: 'Alpha', second: 'Beta' }
        const one = inWords(text, sidesOf('answer_a', 'answer_b', models))
        const two = inWords(text, sidesOf('answer_b', 'answer_a', { first: 'Beta', second: 'Alpha' }))
        expect(two).toBe(one === 'first' ? 'second' : one === 'second' ? 'first' : one)
      }),
    )
  })

  test('any text at all gives a verdict or none, at once', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        expect([null, 'first', 'second', 'tie']).toContain(inWords(text, letters))
      }),
    )
    for (const text of ['is '.repeat(99), 'a lot '.repeat(49) + 'better', 'very '.repeat(59), '>'.repeat(299), '[['.repeat(100_000)])
      expect(inWords(text, letters)).toBeNull()
  })
})

/** What the labels of a file are found to mean. */
function survey(
  labels: Value[],
  {
    first = 'output_1',
    second = 'output_2',
    column = 'label',
    more = {} as JsonObject,
    given = null as { [value: string]: Verdict } | null,
  } = {},
): LabelSummary {
  const found = new LabelSurvey()
  const format = mapped({ prompt: 'q', first, second, label: column })
  for (const label of labels) {
    const record: JsonObject = { q: 'Q', [first]: 'one', [second]: 'two', [column]: label, ...more }
    found.addLabel(format.label!(record)!, record)
  }
  const summary = found.summary(given)
  if (!summary) throw new Error('no label')
  return summary
}

const many = (label: Value, count: number): Value[] => Array<Value>(count).fill(label)

describe('a label that repeats a response', () => {
  const sides = (first: Value, second: Value) => sidesOf('response_a', 'response_b', { responses: [first, second] })
  test('names that side, whatever the text says and however long it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 600 }), fc.string({ minLength: 1 }), (a, b) => {
        const [one, other] = [`the one: ${a}`, `another: ${b}`]
        expect(inWords(one, sides(one, other))).toBe('first')
        expect(inWords(` ${other}\n`, sides(one, other))).toBe('second')
        expect(inWords(`${one}?`, sides(one, other))).toBeNull()
      }),
    )
  })

  test.each<[Value, Value, Value, Verdict | null]>([
    ['Paris', 'Paris', 'Rome', 'first'],
    ['tie', 'A tie.', 'tie', null],
    ['A', 'B', 'A', null],
    ['A', 'A', 'B', 'first'],
    ['yes', 'yes', 'yes ', null],
    ['', '', 'x', null],
    [7, 7, '8', null],
  ])('%j of %j and %j', (label, first, second, expected) => {
    expect(inWords(label, sides(first, second))).toBe(expected)
  })

  test('is read in judged pairs and in mapped columns', () => {
    const record = { prompt: 'Capital?', response_a: 'Rome', response_b: 'Paris', winner: 'Paris' }
    expect(judgedBy(null).read(record)).toMatchObject({ pairs: [{ chosen: 'Paris', rejected: 'Rome' }] })
    const map = mapped({ prompt: 'q', first: 'x', second: 'y.text', label: 'best' })
    expect(map.read({ q: 'Capital?', x: 'Rome', y: { text: 'Paris' }, best: 'Paris' })).toMatchObject({
      pairs: [{ chosen: 'Paris', rejected: 'Rome' }],
    })
  })
})

describe('what labels mean, by all records of the file', () => {
  const text = (values: LabelSummary['values']) => (values === null ? null : labelsText(values))
  const ab = { first: 'response_a', second: 'response_b' }
  const zero = { first: 'response_0', second: 'response_1' }
  test.each<[string, Value[], Parameters<typeof survey>[1], string | null]>([
    ['1 and 2', [1, 2, 1], {}, '1=first,2=second'],
    ['1 and 2 as text', ['1', ' 2 ', '1.0'], {}, '1=first,2=second'],
    ['1, 2 and a tie in words', [1, 2, 'tie'], {}, '1=first,2=second'],
    ['1 and 2 beside a and b', [2, 1], ab, '1=first,2=second'],
    ['1 and 2 beside 0 and 1', [1, 2], zero, null],
    ['0 and 1', [0, 1], {}, null],
    ['0 and 1 beside a and b', [1, 0], ab, null],
    ['0 and 1 beside 0 and 1', [0, 1], zero, '0=first,1=second'],
    ['only 0 beside 0 and 1', [0, 0], zero, null],
    ['the id of a response', [1, 1], { ...zero, column: 'better_response_id' }, '0=first,1=second'],
    ['0, 1 and 2', [0, 1, 2], {}, null],
    ['0, 1 and a tie in words', [0, 1, 'tie'], {}, null],
    ['0, 1 and 2 beside 0 and 1', [0, 1, 2], zero, null],
    ['only 1', [1, 1], {}, null],
    ['only 1, of LLMBar', [1, 1], { more: { input: 'Q' } }, '1=first,2=second'],
    ['only 2', [2, '2'], {}, null],
    ['−1 and 1', [-1, 1], {}, null],
    ['−1, 0 and 1', [-1, 0, 1], ab, null],
    ['HelpSteer3', [-3, -1, 0, 2], { column: 'overall_preference', first: 'response1', second: 'response2' }, '0=tie,<0=first,>0=second'],
    ['between 1 and 2', [1.0000021, 1.98, 1.5, 1.31], {}, '<1.5=first,1.5=tie,>1.5=second'],
    ['between 0 and 1', [0.2, 0.9, 0.5], {}, null],
    ['1 to 5', [1, 3, 5, 4], {}, null],
    ['true and false', [true, false], {}, null],
    ['1, 2 and 7', [1, 2, 7], {}, null],
    ['letters', ['A', 'b', 'tie'], {}, ''],
    ['words, of which one says nothing', ['A', 'b', 'unsure'], {}, ''],
    ['words that say nothing', ['yes', 'no', 'yes'], {}, null],
    ['words that no convention knows', ['good_a', 'good_b', 'good_a'], {}, null],
    ['one word alone', ['yes', 'yes'], {}, null],
    ['unknown words beside a tie', [...many('good_a', 40), ...many('good_b', 40), ...many('tie', 20)], {}, null],
    ['unknown words beside 1 and 2', [...many(1, 40), ...many(2, 40), ...many('meh', 20)], {}, null],
    ['an unknown word beside 0 and 1', [...many(0, 40), ...many(1, 40), ...many('meh', 20)], {}, null],
    ['a rare unknown word', [...many('A', 49), ...many('B', 49), ...many('meh', 2)], {}, ''],
    ['typos, each another', [...many('A', 20), 'aa', 'ab', 'ac'], {}, ''],
    ['objects', [...many('A', 20), ...many({ a: 1 }, 20)], {}, ''],
    ['left, right and draw', [...many('left', 20), ...many('right', 20), ...many('draw', 20)], {}, ''],
    ['no label at all', [null, ''], {}, ''],
  ])('%s', (_, labels, how, expected) => {
    const summary = survey(labels, how)
    expect(text(summary.values)).toBe(expected)
    if (expected === null) {
      expect(summary.options.length > 1 || summary.asked.length > 0).toBe(true)
      // Each convention that is offered is another one, and reads at least one label.
      expect(new Set(summary.options.map(labelsText)).size).toBe(summary.options.length)
      for (const option of summary.options) expect(labels.some((label) => lookUp(option, label) !== null)).toBe(true)
    }
  })

  test('the order of records never matters, and what is unclear lists values, counts and what to write', () => {
    const labels = [...Array<number>(20).fill(0), ...Array<number>(30).fill(1), ...Array<number>(10).fill(2), null]
    fc.assert(
      fc.property(fc.shuffledSubarray(labels, { minLength: labels.length }), (shuffled) => {
        expect(survey(shuffled).values).toBeNull()
      }),
      { numRuns: 20 },
    )
    const summary = survey(labels, { column: 'vote' })
    expect(summary).toMatchObject({
      absent: 1,
      counts: [
        { value: '1', count: 30 },
        { value: '0', count: 20 },
        { value: '2', count: 10 },
      ],
    })
    const error = unclearLabels('f.jsonl', summary)
    expect(error.message).toContain('“vote” contains 1 (30), 0 (20), 2 (10)')
    expect(error.detail.remedy).toMatch(/first for “output_1”.*--labels 0=first,1=second,2=tie or --labels 0=tie,1=first,2=second$/)
    // What it tells to write is what is read.
    for (const [, option = ''] of error.detail.remedy.matchAll(/--labels (\S+)/g)) expect(Object.keys(parseLabels(option))).toHaveLength(3)
  })

  test('unknown words are asked about by what they are, with the numbers and words that are known left as they are', () => {
    const summary = survey([...many(1, 40), ...many(2, 30), ...many('good_a', 20), ...many('tie', 10), 'typo'])
    expect(summary).toMatchObject({ values: null, options: [{ 1: 'first', 2: 'second' }], asked: ['good_a'] })
    expect(summary.counts.map(({ value, says }) => [value, says])).toEqual([
      ['1', 'first'],
      ['2', 'second'],
      ['good_a', null],
      ['tie', 'tie'],
      ['typo', null],
    ])
    const judges = judgedBy({ column: 'vote', values: parseLabels('good_a=first,good_b=second') })
    const read = (vote: string) => judges.read({ prompt: 'p', response_a: 'one', response_b: 'two', vote })
    expect(read('good_b')).toMatchObject({ pairs: [{ chosen: 'two' }] })
    expect(read('draw')).toMatchObject({ pairs: [{ tied: true }] })
    expect(read('typo')).toMatchObject({ faults: [{ field: 'vote' }] })
    // A column of verdicts is one before its words are known, unless scores decide.
    const unknown = { prompt: 'p', response_a: 'one', response_b: 'two', vote: 'good_b' }
    expect(judgedBy(null).label!(unknown)).toMatchObject({ column: 'vote', value: 'good_b' })
    expect(judgedBy(null).label!({ ...unknown, score_a: 1, score_b: 2 })).toMatchObject({ column: null })
  })

  test('no meaning is suggested for a word: what is to be written has a ? that is refused as it stands', () => {
    const word = fc.stringMatching(/^[b-y]{2,8}x$/)
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 5 }), fc.boolean(), (words, coded) => {
        const summary = survey([...words.flatMap((each) => many(each, 10)), ...(coded ? [...many(0, 10), ...many(1, 10)] : [])])
        expect([...summary.asked].sort()).toEqual([...words].sort())
        const remedy = unclearLabels('f.jsonl', summary).detail.remedy
        const offers = [...remedy.matchAll(/--labels "([^"]*)"/g)].map(([, offer = '']) => offer)
        expect(offers).toHaveLength(coded ? 2 : 1)
        for (const offer of offers) {
          for (const each of words) expect(offer.split(',')).toContain(`${each}=?`)
          expect(() => parseLabels(offer)).toThrow(/“\?” is not a valid meaning/)
        }
      }),
      { numRuns: 50 },
    )
    expect(survey([...many(true, 5), ...many(3, 5)])).toMatchObject({ options: [], asked: ['true', '3'] })
  })

  test('what a person says holds, whatever the file would mean by itself', () => {
    const summary = survey([1, 2, 2], { given: { 1: 'second', 2: 'first' } })
    expect(summary).toMatchObject({
      values: { 1: 'second', 2: 'first' },
      counts: [
        { value: '2', says: 'first' },
        { value: '1', says: 'second' },
      ],
    })
  })

  test('a million different values take no memory', () => {
    const found = new LabelSurvey()
    const format = mapped({ first: 'a', second: 'b', label: 'p' })
    for (let i = 0; i < 200_000; i++) found.addLabel(format.label!({ p: i / 200_000 })!, { p: 0 })
    const summary = found.summary(null)!
    expect(summary.counts.length).toBeLessThanOrEqual(20)
    expect(summary.options.map(labelsText)).toEqual(['<0.5=second,0.5=tie,>0.5=first', '<0.5=first,0.5=tie,>0.5=second'])
  })
})

describe('reading by a convention', () => {
  const read = (label: Value, values: { [value: string]: Verdict }, column: string | null = 'label') => {
    const reading = judgedBy({ column, values }).read({ prompt: 'p', response_a: 'one', response_b: 'two', label })
    return 'faults' in reading
      ? `${reading.faults[0]?.field}: ${reading.faults[0]?.code}`
      : `${reading.pairs[0]?.chosen}${reading.pairs[0]?.tied ? ' tied' : ''}`
  }
  test.each<[Value, string]>([
    [0, 'one'],
    ['0', 'one'],
    [1, 'two'],
    ['1.0', 'two'],
    [2, 'one tied'],
    [3, 'label: wrong-type'],
    ['A', 'one'],
    ['tie', 'one tied'],
    [null, 'label: missing-field'],
    [true, 'label: wrong-type'],
  ])('%j', (label, expected) => {
    expect(read(label, { 0: 'first', 1: 'second', 2: 'tie' })).toBe(expected)
  })

  test('without a meaning a number is refused, though it is the end of a column', () => {
    const reading = judgedBy({ column: 'label', values: {} }).read({ prompt: 'p', output_1: 'one', output_2: 'two', label: 1 })
    expect(reading).toMatchObject({ faults: [{ field: 'label', code: 'wrong-type' }] })
  })

  test('one column is the label in all records: another is not asked where it is empty', () => {
    const record = { prompt: 'p', response_a: 'one', response_b: 'two', label: null, winner: 'b', score_a: 2, score_b: 1 }
    expect(judgedBy({ column: 'label', values: {} }).read(record)).toMatchObject({ faults: [{ field: 'label', code: 'missing-field' }] })
    expect(judgedBy({ column: 'winner', values: {} }).read(record)).toMatchObject({ pairs: [{ chosen: 'two' }] })
    expect(judgedBy({ column: null, values: {} }).read(record)).toMatchObject({ pairs: [{ chosen: 'one' }] })
  })

  test('ranges', () => {
    const values = parseLabels('<1.5=first, 1.5 = tie,>1.5=second,7=first')
    expect([1, 1.49, '1.5', 1.51, 2, 7, 'x', null].map((label) => lookUp(values, label))).toEqual([
      'first',
      'first',
      'tie',
      'second',
      'second',
      'first',
      null,
      null,
    ])
    expect(verdictOf(1.2, sidesOf('a', 'b'), values)).toBe('first')
  })

  test.each(['', '0', '0=', '=first', '0=first,0=second', '0=better', '0=first,1', '1=first,1.0=second'])('“%s” is refused', (text) => {
    expect(() => parseLabels(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', detail: expect.objectContaining({ field: 'labels' }) }) as Error,
    )
  })

  test('written and read again is the same', () => {
    const values = fc.dictionary(
      fc.constantFrom('0', '1', '-1', 'true', '<2', '>=3.5', 'left one'),
      fc.constantFrom<Verdict>('first', 'second', 'tie'),
      { minKeys: 1 },
    )
    fc.assert(
      fc.property(values, (given) => {
        expect(parseLabels(labelsText(given))).toEqual({ ...given })
      }),
    )
  })
})
