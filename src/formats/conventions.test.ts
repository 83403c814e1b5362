import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnMap, type ColumnMap } from '../contract/imports.ts'
import { columnsOf } from './column-map.ts'
import { rank, unknownFormat } from './detect.ts'
import type { Format, Reading } from './format.ts'
import type { JsonObject } from './value.ts'
import { llamaFactory } from './readers/llama-factory.ts'
import { suggestTried } from './map-trial.ts'
import { mapped } from './readers/mapped.ts'
import { FORMATS } from './registry.ts'
import { trlBy } from './readers/trl.ts'
import { TurnSurvey, type TurnColumns } from './turn-columns.ts'

const record = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject
const pairs = (reading: Reading) => {
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  return reading.pairs
}
const faults = (reading: Reading) => ('faults' in reading ? reading.faults.map(({ field, code }) => `${field}: ${code}`) : 'none')
/** Read by the format that is detected, without any help. */
function detected(sample: JsonObject[]): { id: string; readings: Reading[] } {
  const [best] = rank(sample)
  if (!best) throw new Error('no format')
  return { id: best.format.id, readings: sample.map((each) => best.format.read(each)) }
}
const human = (text: string) => ({ from: 'human', value: text })
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const refusal = (...sample: object[]) =>
  unknownFormat('f.jsonl', { candidates: [], seen: sample.length, sample: sample.map(record), fault: null })

describe('a response that is JSON stays the text that it is', () => {
  const texts = fc.tuple(fc.json({ maxDepth: 2 }), fc.json({ maxDepth: 2 })).filter(([a, b]) => a.trim() !== b.trim())
  const chats = [
    JSON.stringify([assistant('Hi')]),
    JSON.stringify([user('Hi'), assistant('Ho')]),
    "[{'role': 'assistant', 'content': 'Hi'}]",
    JSON.stringify(assistant('Hi')),
  ]
  test.each<[string, (chosen: string, rejected: string) => object]>([
    ['trl', (chosen, rejected) => ({ prompt: 'p', chosen, rejected })],
    ['llama-factory', (chosen, rejected) => ({ conversations: [human('p')], chosen, rejected })],
    ['llama-factory', (chosen, rejected) => ({ instruction: 'p', input: '', chosen, rejected })],
    ['judged', (first, second) => ({ prompt: 'p', response_a: first, response_b: second, label: 'A' })],
    ['judged', (output_1, output_2) => ({ input: 'p', output_1, output_2, winner: 'output_1' })],
    ['mm-rm', (chosen, rejected) => ({ prompt: 'p', img_path: 'a.png', chosen, rejected })],
    ['ms-swift', (chosen, rejected) => ({ messages: [user('p'), assistant(chosen)], rejected_response: rejected })],
    [
      'openai-dpo',
      (chosen, rejected) => ({
        input: { messages: [user('p')] },
        preferred_output: [assistant(chosen)],
        non_preferred_output: [assistant(rejected)],
      }),
    ],
    ['ranked', (chosen, rejected) => ({ prompt: 'p', responses: [rejected, chosen], ranks: [2, 1] })],
  ])('%s', (id, make) => {
    fc.assert(
      fc.property(texts, ([chosen, rejected]) => {
        const found = detected([record(make(chosen, rejected)), record(make(`{"a": ${JSON.stringify(chosen)}}`, '[1, 2]'))])
        expect(found.id).toBe(id)
        expect(pairs(found.readings[0]!)[0]).toMatchObject({ chosen, rejected })
        expect(pairs(found.readings[1]!)[0]).toMatchObject({ rejected: '[1, 2]' })
      }),
      { numRuns: 40 },
    )
    // One response that was asked to write a conversation down, beside one that did not.
    for (const chat of chats) {
      for (const [chosen, rejected] of [
        [chat, 'I will not.'],
        ['I will not.', chat],
      ] as const) {
        const [reading] = detected([record(make(chosen, rejected))]).readings
        expect(pairs(reading!)[0]).toMatchObject({ prompt: 'p', chosen, rejected })
      }
    }
  })

  test('read by a column map', () => {
    const format = mapped(columnMap.parse({ prompt: 'q', chosen: 'good', rejected: 'bad' }))
    for (const good of chats)
      expect(pairs(format.read(record({ q: 'p', good, bad: 'no' })))[0]).toMatchObject({ prompt: 'p', chosen: good, rejected: 'no' })
  })
})

describe('whether texts are turns is decided for a whole column', () => {
  const chat = fc.constantFrom(
    ...[[assistant('Hi')], [user('Hi'), assistant('Ho')]].flatMap((turns) => [JSON.stringify(turns), JSON.stringify(turns, null, 1)]),
    "[{'role': 'assistant', 'content': 'Hi'}]",
    "[{'content': 'a', 'role': 'user'},\n {'content': 'b', 'role': 'assistant'}]",
  )
  const other = fc.constantFrom(
    'I will not.',
    '[1, 2]',
    '{"role": "assistant"}',
    '[{}]',
    '[{"role": "assistant", "content": "cut',
    "['a', 'b']",
    '  [{"name": "x"}]',
  )
  const kinds: [string, (known: TurnColumns) => Format, (chosen: string, rejected: string) => object][] = [
    ['TRL', trlBy, (chosen, rejected) => ({ prompt: 'p', chosen, rejected })],
    [
      'a column map',
      (known) => mapped(columnMap.parse({ prompt: 'p', chosen: 'chosen', rejected: 'rejected' }), null, known),
      (chosen, rejected) => ({ p: 'p', chosen, rejected }),
    ],
    ['LLaMA-Factory', (known) => llamaFactory(null, known), (chosen, rejected) => ({ conversations: [human('p')], chosen, rejected })],
  ]
  const surveyed = (format: Format, sample: JsonObject[]): string[] => {
    const survey = new TurnSurvey()
    for (const each of sample) survey.addColumns(format.mixed!(each))
    return survey.columns()
  }
  const turn = fc.constantFrom(
    JSON.stringify(assistant('Hi')),
    "{'role': 'assistant', 'content': 'It is.'}",
    JSON.stringify({ from: 'gpt', value: 'Ho' }),
  )

  test.each(kinds)('%s: one odd value keeps all texts of its column', (name, formatBy, make) => {
    const value = name === 'LLaMA-Factory' ? turn : chat
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 6 }),
        fc.option(fc.tuple(fc.nat(6), fc.nat(1), other)),
        (turns, odd) => {
          const rows = odd ? turns.toSpliced(odd[0], 0, odd[1] === 0 ? [odd[2], turns[0]![1]] : [turns[0]![0], odd[2]]) : turns
          const sample = rows.map(([chosen, rejected]) => record(make(chosen, rejected)))
          const known = surveyed(formatBy(null), sample)
          expect(known).toEqual(odd ? [['rejected'], ['chosen']][odd[1]] : ['chosen', 'rejected'])
          for (const each of sample) {
            // The same responses read as turns, or different ones to the letter.
            const reading = formatBy(known).read(each)
            if (odd && each['chosen'] !== each['rejected'])
              expect(pairs(reading)[0]).toMatchObject({ prompt: 'p', chosen: each['chosen'], rejected: each['rejected'] })
            if (!odd) expect('pairs' in reading ? reading.pairs[0]?.chosen : 'read').not.toBe(each['chosen'])
            if (!odd) expect(reading).toEqual(formatBy(null).read(each))
          }
        },
      ),
    )
  })

  test('a prompt, too; and lists stay turns whatever the texts beside them are', () => {
    const asked = JSON.stringify([user('Hi')])
    const rows = [
      { prompt: asked, chosen: 'a', rejected: 'b' },
      { prompt: 'Go on.', chosen: 'a', rejected: 'b' },
    ].map(record)
    expect(surveyed(trlBy(null), rows)).toEqual([])
    expect(pairs(trlBy([]).read(rows[0]!))[0]).toMatchObject({ prompt: asked })
    expect(surveyed(trlBy(null), rows.slice(0, 1))).toEqual(['prompt'])
    expect(pairs(trlBy(['prompt']).read(rows[0]!))[0]).toMatchObject({ prompt: 'Hi' })
    const lists = record({ prompt: asked, chosen: [assistant('a')], rejected: [assistant('b')] })
    expect(pairs(trlBy([]).read(lists))[0]).toMatchObject({ prompt: asked, chosen: 'a', rejected: 'b' })
  })

  test('empty values say nothing', () => {
    const cell = JSON.stringify([assistant('a')])
    const rows = ['', ' ', '[]', null, cell].map((chosen) => record({ prompt: 'p', chosen, rejected: JSON.stringify([assistant('b')]) }))
    const known = surveyed(trlBy(null), rows)
    expect(known).toEqual(['rejected', 'chosen'])
    expect(rows.map((row) => faults(trlBy(known).read(row)))).toEqual([
      ['chosen: empty-text'],
      ['chosen: empty-text'],
      ['chosen: empty-text'],
      ['chosen: missing-field'],
      'none',
    ])
  })

  test('reading ends where nothing can change any more', () => {
    const open = (sample: object[]): boolean => {
      const survey = new TurnSurvey()
      for (const each of sample) survey.addColumns(trlBy(null).mixed!(record(each)))
      return survey.open
    }
    const cell = JSON.stringify([assistant('Hi')])
    expect(open([{ prompt: 'p', chosen: 'a', rejected: 'b' }])).toBe(false)
    expect(open([{ prompt: [user('p')], chosen: [assistant('a')], rejected: [assistant('b')] }])).toBe(false)
    expect(open([{ prompt: '', chosen: 'a', rejected: 'b' }])).toBe(true)
    expect(open(Array.from({ length: 1000 }, () => ({ chosen: 'a', rejected: 'b' })))).toBe(false)
    expect(open(Array.from({ length: 2000 }, () => ({ chosen: cell, rejected: 'b' })))).toBe(true)
  })
})

describe('transcripts', () => {
  const talk = (...turns: string[]) => turns.map((text, i) => `\n\n${i % 2 === 0 ? 'Human' : 'Assistant'}: ${text}`).join('')
  const word = fc
    .string({ unit: fc.constantFrom('a', ' ', ':', '\n', 'é', '。'), minLength: 1, maxLength: 8 })
    .map((text) => `x${text.replace(/\n+/g, '\n')}y`)
  test('the shared opening is the prompt, the last answers are the responses, to the letter', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 5 }).filter(({ length }) => length % 2 === 1),
        word,
        word,
        (opening, a, b) => {
          fc.pre(a.trim() !== b.trim())
          const { id, readings } = detected([record({ chosen: talk(...opening, a), rejected: talk(...opening, b) })])
          expect(id).toBe('transcripts')
          const [pair] = pairs(readings[0]!)
          expect(pair).toMatchObject({ chosen: a, rejected: b })
          expect(pair?.messages?.length ?? 1).toBe(opening.length)
          if (opening.length === 1) expect(pair?.prompt).toBe(opening[0])
        },
      ),
    )
  })

  type Writer = (text: string, i: number) => string
  const dialects: [string, Writer][] = [
    ['ChatML', (text, i) => `<|im_start|>${i % 2 ? 'assistant' : 'user'}\n${text}<|im_end|>\n`],
    [
      'Llama 3',
      (text, i) =>
        `${i ? '' : '<|begin_of_text|>'}<|start_header_id|>${i % 2 ? 'assistant' : 'user'}<|end_header_id|>\n\n${text}<|eot_id|>`,
    ],
    ['Gemma', (text, i) => `${i ? '' : '<bos>'}<start_of_turn>${i % 2 ? 'model' : 'user'}\n${text}<end_of_turn>\n`],
    ['Zephyr', (text, i) => `${i ? '\n' : ''}<|${i % 2 ? 'assistant' : 'user'}|>\n${text}</s>`],
    ['Llama 2', (text, i) => (i % 2 ? ` ${text} </s>` : `<s>[INST] ${text} [/INST]`)],
    ['Alpaca', (text, i) => `${i ? '\n\n' : ''}### ${i % 2 ? 'Response' : 'Instruction'}:\n${text}`],
    ['lines', (text, i) => `${i ? '\n' : ''}${i % 2 ? 'Assistant' : 'User'}: ${text}`],
    ['questions and answers', (text, i) => `${i ? '\n\n' : ''}${i % 2 ? 'Answer' : 'Question'}: ${text}`],
    ['Vicuna', (text, i) => `${i ? ' ' : ''}${i % 2 ? 'ASSISTANT' : 'USER'}: ${text}${i % 2 ? '</s>' : ''}`],
  ]
  test.each(dialects)('as %s writes them: to the letter, without its marks', (_, write) => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 5 }).filter(({ length }) => length % 2 === 1),
        word,
        word,
        (opening, a, b) => {
          fc.pre(a.trim() !== b.trim())
          const whole = (answer: string) => [...opening, answer].map(write).join('')
          const { id, readings } = detected([record({ chosen: whole(a), rejected: whole(b) })])
          expect(id).toBe('transcripts')
          const [pair] = pairs(readings[0]!)
          expect(pair).toMatchObject({ chosen: a, rejected: b })
          expect(pair?.messages?.length ?? 1).toBe(opening.length)
          if (opening.length === 1) expect(pair?.prompt).toBe(opening[0])
        },
      ),
    )
  })

  test.each([
    [
      'Vicuna',
      (answer: string) => `A chat between a user and an assistant. USER: Which? ASSISTANT: ${answer}</s>`,
      'A chat between a user and an assistant.',
    ],
    [
      'Alpaca',
      (answer: string) => `Below is an instruction.\n\n### Instruction:\nWhich?\n\n### Response:\n${answer}`,
      'Below is an instruction.',
    ],
    ['Llama 2', (answer: string) => `<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhich? [/INST] ${answer} </s>`, 'Be brief.'],
    [
      'ChatML',
      (answer: string) =>
        `<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhich?<|im_end|>\n<|im_start|>assistant\n${answer}<|im_end|>`,
      'Be brief.',
    ],
  ])('%s: what comes before the question is the turn of the system', (_, whole, system) => {
    const [pair] = pairs(detected([record({ chosen: whole('This.'), rejected: whole('That.') })]).readings[0]!)
    expect(pair).toMatchObject({ chosen: 'This.', rejected: 'That.', prompt: `system: ${system}\n\nuser: Which?` })
  })

  test.each<[string, object, string[]]>([
    ['different questions', { chosen: talk('a', 'b'), rejected: talk('c', 'd') }, ['rejected: wrong-type']],
    ['different questions further on', { chosen: talk('a', 'b', 'c', 'd'), rejected: talk('a', 'b', 'x', 'd') }, ['rejected: wrong-type']],
    ['one that is a plain text', { chosen: talk('a', 'b'), rejected: 'd' }, ['rejected: wrong-type']],
    ['no answer', { chosen: talk('a', 'b'), rejected: '\n\nHuman: a\n\nAssistant:' }, ['rejected: empty-text']],
    ['the same answer', { chosen: talk('a', 'b'), rejected: talk('a', 'b') }, ['rejected: same-responses']],
  ])('%s is refused', (_, value, expected) => {
    const format = FORMATS.find(({ id }) => id === 'transcripts')!
    expect(faults(format.read(record(value)))).toEqual(expected)
  })

  test('other names of who speaks, and a text that only mentions them', () => {
    const other = { chosen: '### User: a\n\n### Assistant: b', rejected: '### User: a\n\n### Assistant: c' }
    expect(pairs(detected([record(other)]).readings[0]!)[0]).toMatchObject({ prompt: 'a', chosen: 'b', rejected: 'c' })
    expect(rank([record({ chosen: 'Human: I am one', rejected: 'I am none' })])).toEqual([])
  })
})

describe('whole conversations in columns of any name', () => {
  const side = (answer: string) => ({ messages: [user('Which?'), assistant(answer)] })
  const value = record({ query: 'Which?', chosen: side('one'), reject: side('two') })

  test('are suggested, and the shared opening is the prompt', () => {
    const { map, lost } = suggestTried(columnsOf([value]), [value])
    expect(map).toMatchObject({ chosen: 'chosen.messages', rejected: 'reject.messages' })
    expect(lost).toBe(0)
    expect(pairs(mapped(columnMap.parse(map)).read(value))[0]).toMatchObject({ prompt: 'Which?', chosen: 'one', rejected: 'two' })
    expect(refusal(value).detail.remedy).toContain('chosen=chosen.messages,rejected=reject.messages')
  })

  test.each<[string, object, object]>([
    ['without a prompt', { a: [user('Q'), assistant('x')], b: [user('Q'), assistant('y')] }, { prompt: 'Q', chosen: 'x', rejected: 'y' }],
    [
      'several turns',
      { a: [user('Q'), assistant('z'), user('R'), assistant('x')], b: [user('Q'), assistant('z'), user('R'), assistant('y')] },
      { prompt: 'user: Q\n\nassistant: z\n\nuser: R', chosen: 'x' },
    ],
    [
      'from and value',
      { a: [human('Q'), { from: 'gpt', value: 'x' }], b: [human('Q'), { from: 'gpt', value: 'y' }] },
      { prompt: 'Q', chosen: 'x' },
    ],
  ])('%s', (_, each, expected) => {
    expect(pairs(mapped({ chosen: 'a', rejected: 'b' }).read(record(each)))[0]).toMatchObject(expected)
  })

  test('different questions are no pair, nor is a prompt that neither asks', () => {
    expect(
      faults(mapped({ chosen: 'a', rejected: 'b' }).read(record({ a: [user('Q'), assistant('x')], b: [user('R'), assistant('y')] }))),
    ).toEqual(['b: wrong-type'])
    expect(
      faults(
        mapped({ prompt: 'p', chosen: 'a', rejected: 'b' }).read(
          record({ p: 'Other?', a: [user('Q'), assistant('x')], b: [user('Q'), assistant('y')] }),
        ),
      ),
    ).toEqual(['p: wrong-type'])
  })
})

describe('a suggested map', () => {
  test('no number is the label of responses that nothing names', () => {
    const sample = [{ ask: 'q', fine: 'a', poor: 'b', depth: { score: 1 } }].map(record)
    expect(suggestTried(columnsOf(sample), sample).map).toEqual({})
    const worded = [{ ask: 'q', fine: 'a', poor: 'b', winner: 'fine' }].map(record)
    expect(suggestTried(columnsOf(worded), worded).map).toEqual({ label: 'winner' })
  })

  const captions = Array.from({ length: 5 }, (_, i) =>
    record({ photo: `${i}.jpg`, caption_a: `A dog ${i}.`, caption_b: `Road ${i}.`, better: i % 2 ? 'a' : 'b' }),
  )

  test('needs no prompt: the pair is about its image alone', () => {
    const { map, lost } = suggestTried(columnsOf(captions), captions)
    expect({ map, lost }).toEqual({ map: { first: 'caption_a', second: 'caption_b', label: 'better', images: 'photo' }, lost: 0 })
    expect(pairs(mapped(columnMap.parse(map)).read(captions[0]!))[0]).toMatchObject({
      prompt: '',
      chosen: 'Road 0.',
      rejected: 'A dog 0.',
      images: [{ text: '0.jpg' }],
    })
  })

  test('is the one that loses the fewest records', () => {
    // “text” looks like a prompt, and is another text of half of the records.
    const rows = Array.from({ length: 6 }, (_, i) => record({ good: 'g', bad: 'b', text: i % 2 ? null : 'T' }))
    expect(suggestTried(columnsOf(rows), rows)).toEqual({ map: { chosen: 'good', rejected: 'bad' }, records: 6, lost: 0 })
    // A label of no usual name.
    const odd = Array.from({ length: 4 }, (_, i) =>
      record({ q: 'Q', question: 'Q', reply_a: 'x', reply_b: 'y', note: 'n', human_says: i % 2 ? 'reply_b' : 'tie' }),
    )
    expect(suggestTried(columnsOf(odd), odd)).toMatchObject({ map: { first: 'reply_a', second: 'reply_b', label: 'human_says' }, lost: 0 })
  })

  test('labels that only the whole file explains lose nothing, and those of words nobody knows do', () => {
    const rows = (labels: unknown[]) => labels.map((label) => record({ question: 'Q', text_a: 'x', text_b: 'y', label }))
    expect(suggestTried(columnsOf(rows([0, 1])), rows([0, 1])).lost).toBe(0)
    expect(suggestTried(columnsOf(rows(['who', 'a'])), rows(['who', 'a']))).toMatchObject({ records: 2, lost: 1 })
    expect(refusal(...rows(['who', 'a'])).detail.remedy).toContain('of the first 2 records, 1 would be quarantined')
  })

  test('reads what it is said to read, whatever the columns are called', () => {
    const name = fc.constantFrom(
      'good',
      'bad',
      'chosen',
      'rejected',
      'answer_a',
      'answer_b',
      'label',
      'winner',
      'question',
      'prompt',
      'image',
      'id',
      'x',
    )
    const value = fc.oneof(fc.constantFrom('one', 'two', 'a', 'b', 'tie', ''), fc.integer({ min: 0, max: 2 }), fc.constant(null))
    fc.assert(
      fc.property(fc.array(fc.dictionary(name, value), { minLength: 1, maxLength: 6 }), (rows) => {
        const sample = rows.map(record)
        const { map, lost, records } = suggestTried(columnsOf(sample), sample)
        expect(records).toBe(sample.length)
        const parsed = columnMap.safeParse(map)
        if (!parsed.success) expect(lost).toBe(records)
        else if (parsed.data.label === undefined)
          expect(sample.filter((each) => 'faults' in mapped(parsed.data as ColumnMap).read(each))).toHaveLength(lost)
      }),
    )
  })
})

describe('several responses with ranks or scores', () => {
  const ranked = FORMATS.find(({ id }) => id === 'ranked')!
  const read = (value: object) => ranked.read(record(value))

  test('every two of different rank form one pair, ties none', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 6 }), fc.boolean(), (ratings, scores) => {
        const responses = ratings.map((_, i) => `answer ${i}`)
        const reading = read({ id: 'x', prompt: 'p', responses, [scores ? 'scores' : 'ranks']: ratings })
        const expected = responses.flatMap((a, i) =>
          responses.flatMap((b, j) => ((scores ? ratings[i]! > ratings[j]! : ratings[i]! < ratings[j]!) ? [`${a} > ${b}`] : [])),
        )
        if (expected.length === 0) expect(faults(reading)).toEqual(['responses: no-preference'])
        else {
          expect(
            pairs(reading)
              .map(({ chosen, rejected }) => `${chosen} > ${rejected}`)
              .sort(),
          ).toEqual(expected.sort())
          expect(new Set(pairs(reading).map(({ externalId }) => externalId)).size).toBe(expected.length)
        }
      }),
    )
  })

  test.each<[string, object, string]>([
    ['“ranking” that may be an order', { prompt: 'p', responses: ['a', 'b', 'c'], ranking: [2, 3, 1] }, 'ranking: wrong-type'],
    ['unequal lists', { prompt: 'p', responses: ['a', 'b', 'c'], ranks: [2, 1] }, 'ranks: wrong-type'],
    ['a rank that is no number', { prompt: 'p', responses: ['a', 'b'], ranks: [2, 'best'] }, 'ranks[1]: wrong-type'],
    ['no prompt', { responses: ['a', 'b'], ranks: [2, 1] }, 'prompt: missing-field'],
  ])('%s is refused', (_, value, expected) => {
    expect(faults(read(value))).toEqual([expected])
  })

  test('“ranking” that says the same either way is read', () => {
    expect(pairs(read({ prompt: 'p', responses: ['a', 'b', 'c'], ranking: [2, 1, 3] }))).toHaveLength(3)
    expect(pairs(read({ prompt: 'p', responses: ['a', 'b'], ranking: [1, 0] }))[0]).toMatchObject({ chosen: 'b' })
  })
})

describe('records that are no pairs are told as what they are, with what to make of them', () => {
  test.each<[string, object[], RegExp, RegExp]>([
    [
      'KTO',
      [
        { prompt: 'p', completion: 'c', label: true },
        { prompt: 'p', completion: 'd', label: false },
      ],
      /not pairs: .*binary label \(“label”\), as for KTO/,
      /one record \{prompt, chosen, rejected\}/,
    ],
    ['KTO by messages', [{ messages: [user('p'), assistant('c')], label: false }], /binary label/, /chosen/],
    ['KTO of LLaMA-Factory', [{ conversations: [human('p')], kto_tag: true }], /binary label/, /chosen/],
    [
      'scores',
      [
        { prompt: 'p', response: 'r', score: 4 },
        { prompt: 'p', response: 's', score: '2.5' },
      ],
      /scores of single responses \(“score”\)/,
      /scores: \[\.\.\.\]/,
    ],
    ['ratings', [{ question: 'p', answer: 'r', rating: 1 }], /scores of single responses \(“rating”\)/, /responses/],
    [
      'ranked images',
      [{ prompt: 'p', generations: ['a.webp', 'b.webp'], ranking: [1, 2] }],
      /rank images: “generations” contains 2 images/,
      /text for each image/,
    ],
    ['responses without ranks', [{ prompt: 'p', responses: ['a', 'b', 'c'] }], /3 responses each .*but not which is better/, /ranks/],
    ['answers alone', [{ prompt: 'p', output: 'a' }], /single responses \(“output”\) without a preference/, /chosen/],
  ])('%s', (_, sample, message, remedy) => {
    expect(rank(sample.map(record))).toEqual([])
    const error = refusal(...sample)
    expect(error.code).toBe('FORMAT_UNKNOWN')
    expect(error.message).toMatch(message)
    expect(error.detail.remedy).toMatch(remedy)
    expect(error.detail.remedy).not.toContain('--map')
  })

  test('pairs of unknown columns are no “no pairs”', () => {
    expect(refusal({ q: 'p', good: 'a', bad: 'b', score: 3 }).message).not.toContain('no pairs')
    expect(refusal({ chosen_conversation: [human('a')], rejected_conversation: [human('b')] }).message).not.toContain('no pairs')
    expect(refusal({ foo: 1 }).message).toContain('was not recognised')
  })
})
