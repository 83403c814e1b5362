import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeFaults, type Reading } from '../format.ts'
import { type JsonObject } from '../value.ts'
import { mapped } from './mapped.ts'
import { mmRm } from './mm-rm.ts'
import { povid } from './povid.ts'
import { FORMATS } from '../registry.ts'
import { trl } from './trl.ts'

const faults = (reading: Reading) => ('faults' in reading ? reading.faults.map(({ field, code }) => `${field}: ${code}`) : 'none')
const pair = (reading: Reading) => {
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  expect(reading.pairs).toHaveLength(1)
  return reading.pairs[0]!
}
/** What formats that do not say otherwise leave to the import. */
const UNSAID = { tied: false, source: null, split: null, tags: [], history: [] }

describe('MM-RM', () => {
  const good: JsonObject = {
    id: 'a1',
    prompt: ' <image> What? ',
    img_path: 'x/y.png',
    chosen: ' yes\n',
    rejected: 'no',
    split: 'train',
    score: { a: [1] },
  }

  test('texts are kept to the letter, unknown fields as metadata', () => {
    expect(pair(mmRm.read(good))).toEqual({
      externalId: 'a1',
      prompt: ' <image> What? ',
      chosen: ' yes\n',
      rejected: 'no',
      images: [{ kind: 'text', text: 'x/y.png', field: 'img_path' }],
      metadata: { split: 'train', score: { a: [1] } },
      messages: null,
      ...UNSAID,
    })
  })

  test.each<[string, JsonObject, string[]]>([
    ['no chosen', { chosen: undefined as never }, ['chosen: missing-field']],
    ['null prompt', { prompt: null }, ['prompt: missing-field']],
    ['all wrong', { prompt: 1, chosen: ['c'], rejected: {} }, ['prompt: wrong-type', 'chosen: wrong-type', 'rejected: wrong-type']],
    ['empty', { chosen: ' \n', rejected: '' }, ['chosen: empty-text', 'rejected: empty-text']],
    ['same', { chosen: 'a ', rejected: 'a' }, ['rejected: same-responses']],
    ['lone surrogate', { chosen: 'a\ud800' }, ['chosen: invalid-utf8']],
    ['odd id', { id: { a: 1 } }, ['id: wrong-type']],
    ['odd image', { img_path: 7 }, ['img_path: wrong-type']],
    ['odd images', { img_path: ['a.png', 7] }, ['img_path: wrong-type']],
  ])('%s', (_, change, expected) => {
    expect(faults(mmRm.read({ ...good, ...change }))).toEqual(expected)
  })

  test.each([undefined, null, '', [], [null], ['', null], 'nan', 'None', [[]], { bytes: null, path: null }, [{ bytes: '', path: '' }]])(
    'a pair without an image is a pair (%j)',
    (none) => {
      expect(pair(mmRm.read({ ...good, img_path: none as never })).images).toEqual([])
    },
  )

  test('a number is an id, null is none', () => {
    expect(pair(mmRm.read({ ...good, id: 0 })).externalId).toBe('0')
    expect(pair(mmRm.read({ ...good, id: null })).externalId).toBeNull()
  })
})

describe('POVID', () => {
  const turn = (from: string, value: string) => ({ from, value })
  const good: JsonObject = {
    id: 1,
    image: 'a.jpg',
    conversations: [turn('human', '<image>\nIs it red?'), turn('gpt', ' No')],
    rejected_conversations: [turn('human', '<image>\nIs it red?'), turn('gpt', ' Yes, <image> it is. ')],
    weighted_score: 0.8,
  }

  test('image marks become images, ends are trimmed, the answers keep their text', () => {
    expect(pair(povid.read(good))).toEqual({
      externalId: '1',
      prompt: 'Is it red?',
      messages: null,
      chosen: 'No',
      rejected: 'Yes, <image> it is.',
      images: [{ kind: 'text', text: 'a.jpg', field: 'image' }],
      metadata: { weighted_score: 0.8 },
      ...UNSAID,
    })
  })

  test('a mark within or behind the question keeps its place', () => {
    const asked = [turn('human', 'Is it <image>\nred?'), turn('gpt', 'b')]
    const read = pair(povid.read({ ...good, conversations: asked, rejected_conversations: [turn('gpt', 'c')] }))
    expect(read.prompt).toBe('Is it\nred?')
    expect(read.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Is it' }, { type: 'image' }, { type: 'text', text: 'red?' }] },
    ])
  })

  test('an image without a mark comes first; several images need as many marks', () => {
    const plain = { conversations: [turn('human', 'A?'), turn('gpt', 'b')], rejected_conversations: [turn('gpt', 'c')] }
    expect(pair(povid.read({ ...good, ...plain })).messages).toBeNull()
    expect(pair(povid.read({ ...good, ...plain, image: ['a.jpg', 'b.jpg'] })).images).toHaveLength(2)
    expect(faults(povid.read({ ...good, image: ['a.jpg', 'b.jpg'] }))).toEqual(['image: wrong-type'])
  })

  test('a longer conversation keeps its turns; the rejected side may hold the answer alone', () => {
    const long = [turn('system', 'Be brief.'), turn('human', '<image>\nA?'), turn('gpt', 'B'), turn('human', 'C?')]
    const read = pair(povid.read({ ...good, conversations: [...long, turn('gpt', 'D')], rejected_conversations: [turn('gpt', 'E')] }))
    expect(read).toMatchObject({ prompt: 'system: Be brief.\n\nuser: A?\n\nassistant: B\n\nuser: C?', chosen: 'D', rejected: 'E' })
    expect(read.messages?.map(({ role, content }) => [role, content.length])).toEqual([
      ['system', 1],
      ['user', 2],
      ['assistant', 1],
      ['user', 1],
    ])
  })

  test.each<[string, JsonObject, string[]]>([
    ['no rejected', { rejected_conversations: undefined as never }, ['rejected_conversations: missing-field']],
    ['text', { conversations: 'hello' }, ['conversations: wrong-type']],
    ['odd turn', { conversations: [turn('human', 'a'), { from: 'gpt' }] }, ['conversations[1].value: wrong-type']],
    ['role of no one', { conversations: [turn('constructor', 'a'), turn('gpt', 'b')] }, ['conversations[0]: wrong-type']],
    ['odd role', { conversations: [turn('alien', 'a'), turn('gpt', 'b')] }, ['conversations[0]: wrong-type']],
    ['no answer', { conversations: [turn('human', 'a')] }, ['conversations: missing-field']],
    ['no question', { conversations: [turn('gpt', 'a')], rejected_conversations: [turn('gpt', 'b')] }, ['conversations: missing-field']],
    ['other question', { rejected_conversations: [turn('human', 'What?'), turn('gpt', 'b')] }, ['rejected_conversations: wrong-type']],
    ['same but for blanks', { rejected_conversations: [turn('gpt', 'No ')] }, ['rejected: same-responses']],
    ['empty answer', { rejected_conversations: [turn('gpt', ' ')] }, ['rejected: empty-text']],
    ['marked but without an image', { image: null }, ['image: missing-field']],
  ])('%s', (_, change, expected) => {
    expect(faults(povid.read({ ...good, ...change }))).toEqual(expected)
  })
})

describe('TRL', () => {
  const user = (...content: unknown[]) => ({ role: 'user', content })
  const assistant = (text: string) => ({ role: 'assistant', content: [{ type: 'text', text }] })
  const text = (value: string) => ({ type: 'text', text: value })
  const image = { type: 'image' }

  test('plain texts, kept to the letter', () => {
    const read = pair(
      trl.read({
        prompt: ' <image>p',
        chosen: 'c ',
        rejected: 'r',
        images: ['a.png', { bytes: 'AAAA', path: 'b.png' }, { bytes: null, path: 'c.png' }],
      }),
    )
    expect(read).toEqual({
      externalId: null,
      prompt: ' <image>p',
      chosen: 'c ',
      rejected: 'r',
      images: [
        { kind: 'text', text: 'a.png', field: 'images' },
        { kind: 'base64', base64: 'AAAA', field: 'images' },
        { kind: 'text', text: 'c.png', field: 'images' },
      ],
      metadata: {},
      messages: null,
      ...UNSAID,
    })
  })

  test('messages, messages with parts and the implicit prompt say the same', () => {
    const plain = { prompt: 'What is it?', chosen: 'c', rejected: 'r', images: ['a.png'] }
    const parts = { prompt: [user(image, text('What is it?'))], chosen: [assistant('c')], rejected: [assistant('r')], images: ['a.png'] }
    const messages = {
      prompt: [{ role: 'user', content: 'What is it?' }],
      chosen: [{ role: 'assistant', content: 'c' }],
      rejected: [{ role: 'assistant', content: 'r' }],
      image: 'a.png',
    }
    const implicit = {
      chosen: [user(image, text('What is it?')), assistant('c')],
      rejected: [user(image, text('What is it?')), assistant('r')],
      images: ['a.png'],
    }
    const whole = (record: object) => {
      const { images, ...rest } = pair(trl.read(record as JsonObject))
      return { ...rest, images: images.map(({ field: _, ...named }) => named) }
    }
    for (const record of [parts, messages, implicit]) expect(whole(record)).toEqual(whole(plain))
  })

  test('an image part that carries its image stands between the listed ones', () => {
    const prompt = [
      user(
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
        image,
        { type: 'image', path: 'z.png' },
        text('p'),
        image,
      ),
    ]
    const read = pair(trl.read({ prompt, chosen: 'c', rejected: 'r', images: ['1.png', '2.png'] } as unknown as JsonObject))
    expect(read.images.map((each) => (each.kind === 'text' ? each.text : each.kind))).toEqual([
      'data:image/png;base64,AA',
      '1.png',
      'z.png',
      '2.png',
    ])
    expect(read.messages).toEqual([user(image, image, image, text('p'), image)])
  })

  test('turns, parts and the places of images are kept', () => {
    const prompt = [
      { role: 'system', content: 's' },
      user(text('a'), image, text('b')),
      { role: 'assistant', content: 'c' },
      { role: 'user', content: 'd' },
    ]
    const read = pair(trl.read({ prompt, chosen: 'x', rejected: 'y', images: ['1.png'] } as unknown as JsonObject))
    expect(read.prompt).toBe('system: s\n\nuser: a\nb\n\nassistant: c\n\nuser: d')
    expect(read.messages).toEqual([
      { role: 'system', content: [text('s')] },
      user(text('a'), image, text('b')),
      assistant('c'),
      user(text('d')),
    ])
  })

  test('keys of parts that Parquet fills with null are as good as absent', () => {
    const prompt = [user({ type: 'image', text: null, image: null }, { type: 'text', text: 'p', image: null })]
    expect(pair(trl.read({ prompt, chosen: 'c', rejected: 'r', images: ['1.png'] } as unknown as JsonObject))).toMatchObject({
      prompt: 'p',
      messages: null,
    })
  })

  test('a prompt that is said again in chosen and rejected is said once', () => {
    const both = (answer: string) => [
      { role: 'system', content: 's' },
      { role: 'user', content: 'q' },
      { role: 'assistant', content: answer },
    ]
    const record = { prompt: 'q', chosen: both('c'), rejected: both('r') }
    expect(pair(trl.read(record))).toMatchObject({ prompt: 'system: s\n\nuser: q', chosen: 'c', rejected: 'r' })
    expect(faults(trl.read({ ...record, prompt: 'another' }))).toEqual(['prompt: wrong-type'])
  })

  test('messages that stand as JSON in a cell are messages; other texts that look like lists are texts', () => {
    const cell = JSON.stringify([{ role: 'user', content: 'q' }])
    expect(pair(trl.read({ prompt: cell, chosen: '[1, 2]', rejected: '{}', images: '["a.png"]' }))).toMatchObject({
      prompt: 'q',
      chosen: '[1, 2]',
      rejected: '{}',
      images: [{ text: 'a.png' }],
    })
  })

  test.each<[string, object, string[]]>([
    ['no prompt', { prompt: undefined }, ['prompt: missing-field']],
    ['number', { chosen: 4 }, ['chosen: wrong-type']],
    ['odd message', { chosen: ['hello'] }, ['chosen[0]: wrong-type']],
    ['odd part', { prompt: [user({ type: 'audio' })] }, ['prompt[0].content[0]: wrong-type']],
    [
      'nothing shared',
      { prompt: undefined, chosen: [user(text('a')), assistant('b')], rejected: [user(text('c')), assistant('d')] },
      ['prompt: missing-field'],
    ],
    [
      'same lists',
      { prompt: undefined, chosen: [user(text('a')), assistant('b')], rejected: [user(text('a')), assistant('b')] },
      ['rejected: same-responses'],
    ],
    ['more image parts than images', { prompt: [user(image, image, text('a'))], images: ['a.png'] }, ['images: missing-field']],
    ['fewer image parts than images', { prompt: [user(image, text('a'))], images: ['a.png', 'b.png'] }, ['images: wrong-type']],
    ['a role of no one', { prompt: [{ role: 'narrator', content: 'a' }] }, ['prompt[0]: wrong-type']],
    ['no messages', { prompt: [] }, ['prompt: empty-text']],
    ['image in a response', { chosen: [{ role: 'assistant', content: [image, text('a')] }] }, ['chosen: wrong-type']],
    ['bytes that are no base64', { images: [{ bytes: [1, 2] }] }, ['images: wrong-type']],
  ])('%s', (_, change, expected) => {
    expect(faults(trl.read({ prompt: 'p', chosen: 'c', rejected: 'r', ...change } as JsonObject))).toEqual(expected)
  })
})

test('no reader throws, whatever the record: pairs, or faults that name their reason', () => {
  const names = [
    'id',
    'prompt',
    'img_path',
    'image',
    'images',
    'chosen',
    'rejected',
    'conversations',
    'rejected_conversations',
    'role',
    'content',
    'from',
    'value',
    'type',
    'text',
    'bytes',
    'path',
    'completions',
    'annotations',
    'response',
    'model',
    'Rating',
    'question',
    'instruction',
    'input',
    'history',
    'system',
    'messages',
    'rejected_response',
    'rejected_messages',
    'rejected_images',
    'output_1',
    'output_2',
    'label',
    'conversation_a',
    'conversation_b',
    'winner',
    'turn',
    'human_ranking',
    'score_1',
    'score_2',
    'constructor',
    '__proto__',
  ]
  const { value } = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string(),
      fc.constantFrom('user', 'gpt', 'human', 'assistant', 'image', 'text', '<image>', '5', 'N/A', 'tie', '1', '[1]', '{"question":"q"}'),
      fc.integer(),
      fc.double(),
      fc.constant(null),
      fc.boolean(),
      fc.uint8Array({ maxLength: 3 }),
    ),
    value: fc.oneof(
      { maxDepth: 5 },
      tie('leaf'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
    ),
  }))
  const record = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 })
  const anyMap = mapped({
    prompt: 'prompt',
    first: 'messages.0.content',
    second: 'output_2',
    label: 'label',
    images: 'image',
    system: 'system',
    id: 'content.id',
  })
  fc.assert(
    fc.property(record, fc.constantFrom(...FORMATS, anyMap), (input, format) => {
      const reading = format.read(input as JsonObject)
      expect(format.score(input as JsonObject)).toBeGreaterThanOrEqual(0)
      expect(format.score(input as JsonObject)).toBeLessThanOrEqual(1.0001)
      if ('faults' in reading) {
        expect(reading.faults.length).toBeGreaterThan(0)
        for (const { reason } of reading.faults) expect(reason).toMatch(/^.+\.$/s)
        return
      }
      expect(reading.pairs.length).toBeGreaterThan(0)
      for (const { chosen, rejected, metadata, images, messages } of reading.pairs) {
        expect(chosen.trim()).not.toBe(rejected.trim())
        expect(() => JSON.stringify(metadata)).not.toThrow()
        if (messages) expect(messages.flatMap(({ content }) => content).filter(({ type }) => type === 'image')).toHaveLength(images.length)
      }
    }),
    { numRuns: 5000 },
  )
})

test('what data make long or ill-formed in a message is cut and mended', () => {
  const merged = mergeFaults([
    { field: `a\ud800${'b'.repeat(1000)}`, code: 'wrong-type', reason: 'x'.repeat(5000) },
    { field: null, code: 'missing-field', reason: 'second' },
  ])
  expect(merged.field).toHaveLength(200)
  expect(merged.reason).toHaveLength(2000)
  expect(merged.field?.isWellFormed()).toBe(true)
})

test('JSON in a text that nests without end stays a text', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const map = { prompt: 'p', first: 'a', second: 'b', label: 'deep', images: 'deep.0' }
  expect(faults(mapped(map).read({ p: 'p', a: 'a', b: 'b', deep }))).toEqual(['deep: wrong-type'])
  for (const format of FORMATS)
    expect(() =>
      format.read({
        prompt: 'p',
        conversations: deep,
        messages: deep,
        completions: deep,
        text: deep,
        images: deep,
        history: deep,
        instruction: 'i',
      }),
    ).not.toThrow()
})
