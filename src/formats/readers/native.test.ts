import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blindfold } from './blindfold.ts'
import { layoutBeside, rankingEntries } from '../dataset-info.ts'
import type { RawPair, Reading } from '../format.ts'
import type { JsonObject } from '../value.ts'
import { judged } from './judged.ts'
import { llamaFactory } from './llama-factory.ts'
import { msSwift } from './ms-swift.ts'
import { formatFor } from '../registry.ts'
import { rlhfV } from './rlhf-v.ts'
import { vlfeedback } from './vlfeedback.ts'

const faults = (reading: Reading) => ('faults' in reading ? reading.faults.map(({ field, code }) => `${field}: ${code}`) : 'none')
const pairs = (reading: Reading): RawPair[] => {
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  return reading.pairs
}
const only = (reading: Reading): RawPair => {
  expect(pairs(reading)).toHaveLength(1)
  return pairs(reading)[0]!
}
const record = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

describe('VLFeedback', () => {
  const rated = (response: string, ...ratings: unknown[]) => ({
    response,
    model: `m-${response}`,
    annotations: Object.fromEntries(ratings.map((Rating, i) => [`aspect ${i}`, { Rating, Rationale: `why ${i}` }])),
  })
  const of = (...completions: object[]) => record({ id: 'v', prompt: 'p', img_path: 'a.png', completions })
  const sides = (reading: Reading) => pairs(reading).map(({ chosen, rejected }) => `${chosen}>${rejected}`)

  test('every two responses with different means are a pair, the better one chosen', () => {
    const reading = vlfeedback.read(of(rated('a', '1', '2'), rated('b', '4', '5'), rated('c', '2', '1'), rated('d', '3', '3')))
    expect(sides(reading)).toEqual(['b>a', 'd>a', 'b>c', 'b>d', 'd>c'])
    expect(pairs(reading).map(({ externalId }) => externalId)).toEqual(['v/2-1', 'v/4-1', 'v/2-3', 'v/2-4', 'v/4-3'])
    expect(pairs(reading)[0]).toMatchObject({
      prompt: 'p',
      images: [{ text: 'a.png' }],
      metadata: {
        record: 'v',
        chosen: { response: 2, model: 'm-b', rating: 4.5, ratings: { 'aspect 0': 4, 'aspect 1': 5 }, rationales: { 'aspect 0': 'why 0' } },
        rejected: { response: 1, model: 'm-a', rating: 1.5 },
      },
    })
  })

  test('aspects that were not rated are left out of the mean; means are compared exactly', () => {
    expect(sides(vlfeedback.read(of(rated('a', '4', 'N/A', '3'), rated('b', '4', '3', null), rated('c', 'n/a', '', '5'))))).toEqual([
      'c>a',
      'c>b',
    ])
    expect(faults(vlfeedback.read(of(rated('a', 1, 1, 2), rated('b', '1', '2', '1'), rated('c', '4', '1', '1', '1', '1', '0'))))).toEqual([
      'completions: no-preference',
    ])
  })

  test('responses without any rating, empty ones and the same text twice are in no pair', () => {
    expect(sides(vlfeedback.read(of(rated('a', '1'), rated('b', 'N/A'), rated(' ', '5'), rated('a ', '2'), rated('c', '3'))))).toEqual([
      'c>a',
      'c>a ',
    ])
  })

  test('one annotation object for all aspects, and lists side by side, say the same', () => {
    const list = [rated('a', '1', '2'), rated('b', '4', '5')]
    const columns = {
      response: list.map((each) => each.response),
      model: list.map((each) => each.model),
      annotations: list.map((each) => each.annotations),
    }
    const side = record({ id: 'v', prompt: 'p', img_path: 'a.png', completions: columns })
    expect(pairs(vlfeedback.read(side))).toEqual(pairs(vlfeedback.read(of(...list))))
    expect(pairs(vlfeedback.read({ ...side, completions: JSON.stringify(columns) }))).toEqual(pairs(vlfeedback.read(side)))
  })

  test.each<[string, object, string[]]>([
    ['equal means', { completions: [rated('a', '3'), rated('b', '3.0')] }, ['completions: no-preference']],
    ['one response', { completions: [rated('a', '3')] }, ['completions: no-preference']],
    ['none', { completions: [] }, ['completions: no-preference']],
    ['absent', { completions: undefined }, ['completions: missing-field']],
    ['text', { completions: 'x' }, ['completions: wrong-type']],
    ['odd entry', { completions: [7] }, ['completions[0]: wrong-type']],
    ['odd rating', { completions: [rated('a', 'good'), rated('b', '3')] }, ['completions[0].annotations.aspect 0: wrong-type']],
    ['no annotations', { completions: [{ response: 'a' }] }, ['completions[0].annotations: missing-field']],
    ['uneven lists', { completions: { response: ['a', 'b'], annotations: [{}] } }, ['completions: wrong-type']],
    ['no prompt', { prompt: null, completions: [rated('a', '1'), rated('b', '2')] }, ['prompt: missing-field']],
  ])('%s', (_, change, expected) => {
    expect(faults(vlfeedback.read(record({ id: 'v', prompt: 'p', ...change })))).toEqual(expected)
  })
})

describe('RLHF-V', () => {
  test('text may be an object already; what else it says is kept; idx is no id', () => {
    const text = { question: 'q', chosen: 'c', rejected: 'r', level: 3 }
    for (const form of [text, JSON.stringify(text)]) {
      const read = only(rlhfV.read({ ds_name: 'RLHF-V', image: { bytes: new Uint8Array([1, 2]), path: 'x.jpg' }, text: form, idx: 4 }))
      expect(read).toMatchObject({
        externalId: null,
        prompt: 'q',
        chosen: 'c',
        rejected: 'r',
        metadata: { ds_name: 'RLHF-V', idx: 4, level: 3 },
      })
      expect(read.images).toEqual([{ kind: 'bytes', bytes: new Uint8Array([1, 2]), name: 'x.jpg', field: 'image' }])
    }
  })

  test.each<[string, JsonObject, string[]]>([
    ['text that is no JSON', { text: 'hello', image: 'a.png' }, ['text: wrong-type']],
    ['text without chosen', { text: '{"question":"q","rejected":"r"}' }, ['text.chosen: missing-field']],
    ['a column that is missing', { question: 'q', chosen: 'c' }, ['rejected: missing-field']],
  ])('%s', (_, value, expected) => {
    expect(faults(rlhfV.read(value))).toEqual(expected)
  })
})

describe('LLaMA-Factory', () => {
  const human = (value: string) => ({ from: 'human', value })
  const gpt = (value: string) => ({ from: 'gpt', value })
  const good = { conversations: [human('<image>Q')], chosen: gpt('c'), rejected: gpt('r'), images: ['a.png'] }
  const read = (value: object) => llamaFactory(null).read(record(value))

  test('turns may be written with role and content; tool calls and observations are turns', () => {
    const turns = [
      { role: 'user', content: 'Q' },
      { role: 'function_call', content: '{}' },
      { role: 'observation', content: '7' },
    ]
    const pair = only(
      read({ conversations: turns, chosen: { role: 'assistant', content: 'c' }, rejected: { role: 'assistant', content: 'r' } }),
    )
    expect(pair.prompt).toBe('user: Q\n\nassistant: {}\n\ntool: 7')
  })

  test('alpaca: instruction and input on a line each, history before, system first', () => {
    const pair = only(read({ instruction: 'Do.', input: 'This.', history: [['a', 'b']], system: 's', chosen: 'c', rejected: 'r' }))
    expect(pair.prompt).toBe('system: s\n\nuser: a\n\nassistant: b\n\nuser: Do.\nThis.')
    expect(pair.metadata).toEqual({})
    expect(only(read({ instruction: 'Do.', input: '', chosen: 'c', rejected: 'r', output: 'o' }))).toMatchObject({
      prompt: 'Do.',
      messages: null,
      metadata: { output: 'o' },
    })
  })

  test('a system turn holds, and the column that it outdoes is metadata', () => {
    const pair = only(read({ ...good, conversations: [{ from: 'system', value: 'turn' }, human('<image>Q')], system: 'column' }))
    expect(pair.prompt).toBe('system: turn\n\nuser: Q')
    expect(pair.metadata).toEqual({ system: 'column' })
  })

  test.each<[string, object, string[]]>([
    ['fewer marks than images', { images: ['a.png', 'b.png'] }, ['images: wrong-type']],
    ['no marks', { conversations: [human('Q')] }, ['images: wrong-type']],
    ['more marks than images', { images: [] }, ['images: missing-field']],
    ['an answer at the end', { conversations: [human('<image>Q'), gpt('a')] }, ['conversations: wrong-type']],
    ['videos', { videos: ['a.mp4'] }, ['videos: wrong-type']],
    ['a role of no one', { chosen: { from: 'alien', value: 'c' } }, ['chosen: wrong-type']],
    ['no chosen', { chosen: null }, ['chosen: missing-field']],
    [
      'odd history',
      { conversations: undefined, instruction: '<image>i', history: [['a']], chosen: 'c', rejected: 'r' },
      ['history[0]: wrong-type'],
    ],
    [
      'neither instruction nor input',
      { conversations: undefined, instruction: undefined, chosen: 'c', rejected: 'r' },
      ['conversations: missing-field'],
    ],
  ])('%s', (_, change, expected) => {
    expect(faults(read({ ...good, ...change }))).toEqual(expected)
  })

  describe('dataset_info.json', () => {
    let folder = ''
    beforeAll(() => void (folder = mkdtempSync(path.join(tmpdir(), 'blindfold-info-'))))
    afterAll(() => rmSync(folder, { recursive: true }))
    const info = (value: unknown) => {
      const file = path.join(folder, 'dataset_info.json')
      writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
      return file
    }

    test('names columns and tags of the ranking entry of the file, also through a link', async () => {
      const file = path.join(folder, 'pairs.json')
      writeFileSync(file, '[]')
      symlinkSync(file, path.join(folder, 'link.json'))
      info({
        sft: { file_name: 'pairs.json' },
        dpo: {
          file_name: 'link.json',
          ranking: true,
          formatting: 'sharegpt',
          columns: { messages: 'talk', chosen: 'good', rejected: 'bad' },
          tags: { role_tag: 'who', user_tag: 'me', assistant_tag: 'bot' },
        },
      })
      const layout = await layoutBeside(file)
      expect(layout).toMatchObject({
        columns: { messages: 'talk', chosen: 'good', rejected: 'bad', images: null, system: null },
        tags: { role: 'who', content: 'value', user: 'me' },
      })
      const value = record({
        talk: [{ who: 'me', value: 'Q' }],
        good: { who: 'bot', value: 'c' },
        bad: { who: 'bot', value: 'r' },
        images: ['not.png'],
      })
      // As in LLaMA-Factory, a column that the entry does not name is not read.
      expect(only(formatFor('llama-factory', { layout }).read(value))).toMatchObject({
        prompt: 'Q',
        images: [],
        metadata: { images: ['not.png'] },
      })
      expect(await layoutBeside(path.join(folder, 'other.json'))).toBeNull()
    })

    test('chosen itself, it gives the ranking files that are there, or says why there are none', async () => {
      writeFileSync(path.join(folder, 'there.json'), '[]')
      const file = info({
        a: { file_name: 'there.json', ranking: true },
        b: { file_name: 'gone.json', ranking: true },
        c: { file_name: 'there.json' },
        d: { hf_hub_url: 'x/y', ranking: true },
        e: 7,
      })
      expect((await rankingEntries(file)).map(({ name }) => name)).toEqual(['a'])
      await expect(rankingEntries(info({ b: { file_name: 'gone.json', ranking: true } }))).rejects.toMatchObject({
        code: 'NO_DATA',
        message: expect.stringContaining('gone.json'),
      })
      await expect(rankingEntries(info({}))).rejects.toMatchObject({ code: 'NO_DATA' })
      await expect(rankingEntries(info('{"a": '))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
      expect(await layoutBeside(path.join(folder, 'there.json'))).toBeNull()
    })
  })
})

describe('ms-swift', () => {
  const user = (content: unknown) => ({ role: 'user', content })
  const assistant = (content: string) => ({ role: 'assistant', content })
  const good = { messages: [user('<image>Q'), assistant('c')], rejected_response: 'r', images: ['a.png'] }
  const read = (change: object) => msSwift.read(record({ ...good, ...change }))

  test('images without a mark come first; parts may carry their image', () => {
    expect(only(read({ images: ['a.png', 'b.png'] }))).toMatchObject({
      messages: null,
      prompt: 'Q',
      images: [{ text: 'a.png' }, { text: 'b.png' }],
    })
    const parts = user([
      { type: 'text', text: 'Q' },
      { type: 'image', image: 'in.png' },
    ])
    expect(only(read({ messages: [parts, assistant('c')], images: [] })).images).toMatchObject([{ text: 'in.png' }])
  })

  test('rejected messages may hold the answer alone; their images may be the same ones', () => {
    expect(only(read({ rejected_response: undefined, rejected_messages: [assistant('r')], rejected_images: ['a.png'] })).rejected).toBe('r')
  })

  test('what follows the last question is the response, tool calls and all', () => {
    expect(faults(read({ messages: [user('Q'), { role: 'narrator', content: 'c' }] }))).toEqual(['messages[1]: wrong-type'])
    const whole = [user('<image>Q'), { role: 'tool_call', content: '{}' }, { role: 'tool_response', content: '7' }, assistant('c')]
    expect(only(read({ messages: whole })).chosen).toBe('assistant: {}\n\ntool: 7\n\nassistant: c')
  })

  test.each<[string, object, string[]]>([
    ['another image with the same answer', { rejected_response: undefined, rejected_images: ['b.png'] }, ['rejected_images: wrong-type']],
    ['another image with another answer', { rejected_images: ['b.png'] }, ['rejected_images: wrong-type']],
    ['another question', { rejected_messages: [user('Other'), assistant('r')] }, ['rejected_messages: wrong-type']],
    ['no rejected answer', { rejected_response: null }, ['rejected_response: missing-field']],
    ['no answer', { messages: [user('<image>Q')] }, ['messages: missing-field']],
    ['no question', { messages: [assistant('c')], images: [] }, ['messages: missing-field']],
    ['more marks than images', { images: [] }, ['images: missing-field']],
    ['audio', { audios: ['a.wav'] }, ['audios: wrong-type']],
  ])('%s', (_, change, expected) => {
    expect(faults(read(change))).toEqual(expected)
  })

  test('the reason says that an image is preferred, not a response', () => {
    const reading = read({ rejected_response: undefined, rejected_images: ['b.png'] })
    expect('faults' in reading && reading.faults[0]?.reason).toMatch(/the preference is about images/)
  })
})

describe('judged pairs', () => {
  const read = (value: object) => judged.read(record(value))
  const verdict = (value: object): string => {
    const reading = read(value)
    if ('faults' in reading) return reading.faults.map(({ field, code }) => `${field}: ${code}`).join()
    const { tied, chosen } = reading.pairs[0]!
    return tied ? `tie ${chosen}` : chosen
  }
  const label = (names: [string, string], value: unknown, more: object = {}) =>
    verdict({ prompt: 'p', [names[0]]: 'one', [names[1]]: 'two', label: value, ...more })

  test.each<[string, [string, string], unknown, string]>(
    [
      ['1 of 1 and 2', ['output_1', 'output_2'], 1, 'one'],
      ['text 2 of 1 and 2', ['output_1', 'output_2'], ' 2 ', 'two'],
      ['0 of 0 and 1', ['response_0', 'response_1'], 0, 'one'],
      ['1 of 0 and 1', ['response_0', 'response_1'], 1, 'two'],
      ['a letter', ['response_a', 'response_b'], 'B', 'two'],
      ['a column', ['Output1', 'Output2'], 'Output2', 'two'],
      ['model_a', ['answer_a', 'answer_b'], 'model_a', 'one'],
      ['Assistant B', ['answer_a', 'answer_b'], 'Assistant B', 'two'],
      ['tie', ['answer_a', 'answer_b'], 'tie', 'tie one'],
      ['tie (bothbad)', ['answer_a', 'answer_b'], 'Tie (bothbad)', 'tie one'],
      ['0 of 1 and 2 is not guessed', ['output_1', 'output_2'], 0, 'label: wrong-type'],
      ['1 of a and b is not guessed', ['answer_a', 'answer_b'], 1, 'label: wrong-type'],
      ['no label', ['output_1', 'output_2'], null, 'label: missing-field'],
      ['nonsense', ['output_1', 'output_2'], 'maybe', 'label: wrong-type'],
    ].map((row) => row as [string, [string, string], unknown, string]),
  )('%s', (_, names, value, expected) => {
    expect(label(names, value).replace(/^score of .*/, 'label: missing-field')).toBe(expected)
  })

  test('a winner by the name of its model', () => {
    const models = { model_a: 'Vicuna', model_b: 'GPT', label: undefined }
    expect(label(['response_a', 'response_b'], undefined, { ...models, winner: 'gpt' })).toBe('two')
    // Both sides are one model: its name tells nothing.
    expect(label(['response_a', 'response_b'], undefined, { ...models, model_b: 'Vicuna', winner: 'Vicuna' })).toBe('winner: wrong-type')
  })

  test('scores, ranks and flags', () => {
    const scored = (a: unknown, b: unknown) => verdict({ prompt: 'p', response_a: 'one', response_b: 'two', score_a: a, score_b: b })
    expect([scored(1, 2), scored('3.5', 3), scored(-1, -1.0), scored('x', 1)]).toEqual([
      'two',
      'one',
      'tie one',
      'score of response_a: wrong-type',
    ])
    expect(verdict({ prompt: 'p', response_1: 'one', response_2: 'two', response_1_score: 0, response_2_score: 1 })).toBe('two')
    expect(verdict({ query: 'p', response: ['one', 'two'], human_ranking: [1, 0] })).toBe('two')
    expect(verdict({ query: 'p', response: ['one', 'two', 'three'], human_ranking: [1, 0] })).toBe('response: wrong-type')
    expect(verdict({ prompt: 'p', response_a: 'one', response_b: 'two', winner_model_a: 0, winner_model_b: 0, winner_tie: 1 })).toBe(
      'tie one',
    )
  })

  test('how it was judged stays in the metadata', () => {
    expect(only(read({ instruction: 'i', input: 'j', output_1: 'one', output_2: 'two', label: 2, judge: 'me' }))).toMatchObject({
      prompt: 'i\nj',
      chosen: 'two',
      rejected: 'one',
      metadata: { label: 2, judge: 'me' },
    })
  })

  test('conversations: the judged turn is the response, what both share before it the prompt', () => {
    const talk = (first: string, second: string) => [
      { role: 'user', content: 'Q' },
      { role: 'assistant', content: first },
      { role: 'user', content: 'R' },
      { role: 'assistant', content: second },
    ]
    const base = { question_id: 1, winner: 'model_a', conversation_a: talk('a', 'b'), conversation_b: talk('a', 'c') }
    expect(only(read({ ...base, turn: 2 }))).toMatchObject({
      externalId: null,
      prompt: 'user: Q\n\nassistant: a\n\nuser: R',
      chosen: 'b',
      rejected: 'c',
    })
    const apart = { ...base, conversation_b: talk('x', 'c') }
    expect(only(read({ ...apart, turn: 1 }))).toMatchObject({ prompt: 'Q', chosen: 'a', rejected: 'x' })
    expect(only(read(apart)).chosen).toBe('assistant: a\n\nuser: R\n\nassistant: b')
    expect(faults(read({ ...base, turn: 1 }))).toEqual(['rejected: same-responses'])
  })

  test.each<[string, object, string[]]>([
    ['one response', { prompt: 'p', output_1: 'a', label: 1 }, ['null: missing-field']],
    ['no question', { output_1: 'a', output_2: 'b', label: 1 }, ['prompt: missing-field']],
    ['a response that is no text', { prompt: 'p', output_1: 'a', output_2: 7, label: 1 }, ['output_2: wrong-type']],
    ['a tie of the same text', { prompt: 'p', output_1: 'a', output_2: 'a', label: 'tie' }, ['rejected: same-responses']],
  ])('%s', (_, value, expected) => {
    expect(faults(read(value))).toEqual(expected)
  })
})

describe('histories of Blindfold records', () => {
  const said = { reverts: null, prompt: null, chosen: null, rejected: null, blind: false, annotator: 'ann', at: '2026-03-01T09:00:00.000Z' }
  const keep = { ...said, action: 'keep', status: 'kept' }
  const undo = (reverts: number | null) => ({ ...said, action: 'undo', status: 'unreviewed', reverts })
  const redo = (reverts: number) => ({ ...said, action: 'redo', status: 'kept', reverts })
  const read = (history: unknown) =>
    blindfold.read(
      record({
        blindfold: 1,
        source: 's',
        split: '',
        prompt: 'p',
        chosen: 'c',
        rejected: 'r',
        messages: null,
        images: [],
        tied: false,
        metadata: {},
        tags: [],
        history,
      }),
    )

  test('come in where every undo takes back a word, and every redo an undo', () => {
    for (const history of [[], [keep, undo(0), redo(1)], [keep, undo(0), redo(1), undo(2)], [keep, keep, undo(1), undo(0)]])
      expect(only(read(history)).history).toEqual(history)
  })

  test.each([
    ['takes back itself', [undo(0)]],
    ['takes back what comes later', [undo(1), keep]],
    ['in a circle', [undo(1), undo(0)]],
    ['is far beyond', [keep, undo(2 ** 40)]],
    ['is below nothing', [keep, undo(-1)]],
    ['is no whole number', [keep, undo(0.5)]],
    ['takes back what was taken back', [keep, undo(0), undo(0)]],
    ['undoes an undo', [keep, undo(0), undo(1)]],
    ['redoes what is no undo', [keep, redo(0)]],
    ['undoes nothing', [keep, undo(null)]],
    ['has a status that there is not', [{ ...keep, status: 'loved' }]],
    ['has an action that there is not', [{ ...keep, action: 'love' }]],
    ['has a text that is half a letter', [{ ...keep, chosen: '\ud800' }]],
    ['has no time', [{ ...keep, at: 'yesterday' }]],
    ['is no list', {}],
  ])('an entry that %s refuses the record', (_, history) => {
    expect(faults(read(history))).toHaveLength(1)
  })
})
