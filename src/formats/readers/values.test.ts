import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blindfold } from './blindfold.ts'
import type { Format, ImageReference } from '../format.ts'
import type { JsonObject, Value } from '../value.ts'
import { judged } from './judged.ts'
import { parseJson, parseLoose } from '../containers/json.ts'
import { mmRm } from './mm-rm.ts'
import { povid } from './povid.ts'
import { pythonLiteral } from '../containers/python-literal.ts'
import { ranked } from './ranked.ts'
import { parseRecord } from '../record.ts'
import { trl } from './trl.ts'

const only = (format: Format, record: JsonObject) => {
  const reading = format.read(record)
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  expect(reading.pairs).toHaveLength(1)
  return reading.pairs[0]!
}
const pair = { prompt: 'How many?', chosen: 'Two.', rejected: 'Three.' }
const named = (images: readonly ImageReference[]) => images.map((image) => (image.kind === 'text' ? image.text : image.kind))
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])

describe('numbers are exact', () => {
  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['100000000000000000000000', '100000000000000000000000'],
    ['9007199254740993', '9007199254740993'],
    ['-123456789012345678901234567890', '-123456789012345678901234567890'],
    ['0.1', 0.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['1.50000000000000000000', 1.5],
    ['0.12345678901234567890123', '0.12345678901234567890123'],
    ['1e400', '1e400'],
    ['-2.5E-7', -2.5e-7],
    ['1.7976931348623157e+308', 1.7976931348623157e308],
  ])('%s', (source, expected) => {
    expect(parseJson(`{"id": ${source}, "in": [[${source}]]}`)).toEqual({ id: expected, in: [[expected]] })
    expect(pythonLiteral(`[${source}]`)).toEqual([expected])
  })

  test('JSON and Python agree on every number', () => {
    const digits = fc
      .string({ unit: fc.constantFrom('0', '1', '5', '9'), minLength: 1, maxLength: 24 })
      .map((text) => text.replace(/^0+(?=.)/, ''))
    fc.assert(
      fc.property(
        fc.constantFrom('', '-'),
        digits,
        fc.option(digits),
        fc.option(fc.integer({ min: -400, max: 400 })),
        (sign, whole, fraction, power) => {
          const source = `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`
          expect(pythonLiteral(`[${source}]`)).toEqual(parseJson(`[${source}]`))
        },
      ),
    )
  })

  test('whatever number, it stays the same number', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.double({ noDefaultInfinity: true, noNaN: true }),
        (whole, float) => {
          const read = parseJson(`{"whole": ${whole}, "float": ${JSON.stringify(float)}}`) as {
            whole: number | string
            float: number | string
          }
          expect(BigInt(read.whole)).toBe(whole)
          expect(Number(read.float)).toBe(JSON.parse(JSON.stringify(float)))
        },
      ),
    )
  })

  test('digits within a text stay the text, and ids that differ beyond 2^53 differ', () => {
    expect(parseJson('{"text": "9007199254740993 and 1e999", "n": 1}')).toEqual({ text: '9007199254740993 and 1e999', n: 1 })
    const ids = Array.from(
      { length: 50 },
      (_, i) =>
        only(trl, parseJson(`{"id": ${2n ** 60n + BigInt(i)}, "prompt": "q", "chosen": "a", "rejected": "b"}`) as JsonObject).externalId,
    )
    expect(ids).toEqual(Array.from({ length: 50 }, (_, i) => String(2n ** 60n + BigInt(i))))
  })
})

describe('NaN and Infinity cost their field, not the record', () => {
  test('outside of texts alone, and the field is named', () => {
    const text =
      '{"prompt": "NaN", "chosen": "a \\" NaN", "rejected": "-Infinity", "score": NaN, "more": {"deep": [1, -Infinity]}, "Infinity": 2}'
    expect(parseLoose(text)).toEqual({
      value: { prompt: 'NaN', chosen: 'a " NaN', rejected: '-Infinity', score: null, more: { deep: [1, null] }, Infinity: 2 },
      lost: ['score', 'more'],
    })
    expect(parseRecord({ row: 1, end: 0, bytes: Buffer.from(text), problem: null })).toMatchObject({ lost: ['score', 'more'] })
  })

  test.each(['{"a": nan}', '{"a": NaNa}', '{"a": NaN', '{a: NaN}', '{"a": "NaN}'])('what is broken otherwise stays broken: %s', (text) => {
    expect(() => parseLoose(text)).toThrow(SyntaxError)
  })
})

describe('the same image, however it is written', () => {
  const base64 = Buffer.from(PNG).toString('base64')
  const python = `b'\\x89PNG\\r\\n\\x1a\\n\\x00\\x00\\x00\\r'`
  test.each<[string, Value]>([
    ['bytes', PNG],
    ['a list of bytes', [...PNG]],
    ['bytes beside a path', { bytes: PNG, path: 'a.png' }],
    ['a list of bytes beside a path', { bytes: [...PNG], path: null }],
    ['a buffer of Node', { type: 'Buffer', data: [...PNG] }],
    ['a struct of Python', `{'bytes': ${python}, 'path': None}`],
    ['a list of structs of Python', `[{'bytes': ${python}, 'path': 'a.png'}]`],
    ['bytes of Python', python],
  ])('%s', (_, value) => {
    for (const given of [value, ...(typeof value === 'string' ? [] : [[value]])]) {
      const [image, ...more] = only(trl, { ...pair, images: given }).images
      expect(more).toEqual([])
      expect(image).toMatchObject({ kind: 'bytes', field: 'images' })
      expect(Buffer.from((image as { bytes: Uint8Array }).bytes)).toEqual(Buffer.from(PNG))
    }
  })

  test.each<[string, Value, string[]]>([
    ['empty bytes beside a path', { bytes: '', path: 'a.png' }, ['a.png']],
    ['no bytes beside a path', { bytes: null, path: 'a.png' }, ['a.png']],
    ['base64', { bytes: base64 }, ['base64']],
    ['an address', { url: 'https://example.org/a' }, ['https://example.org/a']],
    ['gaps in a list', [null, 'a.png', '', { path: null }, 'b.png'], ['a.png', 'b.png']],
    ['a list in a text', "['a.png', 'b c.png']", ['a.png', 'b c.png']],
    ['a list of Python in a text, with nothing in it', '[None]', []],
  ])('%s', (_, value, expected) => {
    expect(named(only(trl, { ...pair, images: value }).images)).toEqual(expected)
  })
})

describe('the field of the images', () => {
  test.each([
    'Image',
    'IMAGES',
    'img',
    'image_path',
    'image-paths',
    'imageUrl',
    'image_urls',
    'picture',
    'photo',
    'image_file_name',
    'imagePath',
  ])('%s is one, whatever the format', (field) => {
    for (const format of [trl, mmRm]) {
      const read = only(format, { ...pair, [field]: 'photos/a.png' })
      expect(named(read.images)).toEqual(['photos/a.png'])
      expect(read.metadata).toEqual({})
    }
  })

  test('numbered ones are all images, by their numbers', () => {
    const read = only(trl, { ...pair, image_10: 'd.png', image_2: 'b.png', image_1: 'a.png', image_3: null })
    expect(named(read.images)).toEqual(['a.png', 'b.png', 'd.png'])
  })

  test.each<[string, JsonObject]>([
    ['a caption', { picture: 'A cat sits on a mat.' }],
    ['a number', { image: 7.5, images: 'a.png' }],
    ['a size', { image_width: 640, image_height: 480 }],
    ['fields that compete', { image_url: 'https://example.org/a.png', photo: 'b.png' }],
    ['an unlikely name', { attachment: 'a.png', filename: 'b.png' }],
  ])('%s is none, and stays in the metadata', (_, more) => {
    const read = only(trl, { ...pair, ...more })
    const { images, ...rest } = more
    expect(named(read.images)).toEqual(images === undefined ? [] : [images])
    expect(read.metadata).toEqual(rest)
  })

  test('a format has its own name first, and what stands beside it is kept', () => {
    const read = only(trl, { ...pair, images: ['a.png'], image_2: 'b.png', image_path: 'c.png' })
    expect(named(read.images)).toEqual(['a.png'])
    expect(read.metadata).toEqual({ image_2: 'b.png', image_path: 'c.png' })
  })
})

describe('Python literals', () => {
  test.each<[string, Value]>([
    [`['a', "b'c", 'd\\'e\\n']`, ['a', "b'c", "d'e\n"]],
    ['(1, 2.5, -3,)', [1, 2.5, -3]],
    ["{'a': None, 'b': [True, False, nan], 1: {}}", { a: null, b: [true, false, null], 1: {} }],
    ["['\\u00e9\\x41\\U0001F600']", ['éA😀']],
    ['[9007199254740993]', ['9007199254740993']],
    ['[{"role": "user"}]', [{ role: 'user' }]],
    ["['a' 'b']", ['a', 'b']],
    ["['a'\n 'b'\n\t'c']", ['a', 'b', 'c']],
    ['[1 2.5 nan]', [1, 2.5, null]],
    [
      "[{'content': 'q', 'role': 'user'}\n {'content': 'a', 'role': 'assistant'}]",
      [
        { content: 'q', role: 'user' },
        { content: 'a', role: 'assistant' },
      ],
    ],
    ["array(['a', 'b'], dtype=object)", ['a', 'b']],
    ["array(['a', 'b'], dtype='<U1')", ['a', 'b']],
    ["[array(['a', 'b'], dtype=object) array([], dtype=object)]", [['a', 'b'], []]],
    ["{'images': array([1, 2])}", { images: [1, 2] }],
  ])('%s', (text, expected) => {
    expect(pythonLiteral(text)).toEqual(expected)
  })

  test.each([
    '[a]',
    "['a'",
    "['a'] b",
    "{'a'}",
    '[',
    "['a''b']",
    "('a' 'b')",
    "['a' ... 'z']",
    "array(['a']",
    'array(a)',
    'None',
    `${'['.repeat(5000)}`,
  ])('no literal: %s', (text) => {
    expect(pythonLiteral(text)).toBeNull()
  })

  test('a cell of numpy is images, responses and turns, or refused with its reason', () => {
    const named = (images: string) => trl.read({ ...pair, images })
    expect(only(trl, { ...pair, images: "['a.png' 'b c.png']" }).images).toMatchObject([{ text: 'a.png' }, { text: 'b c.png' }])
    expect(only(trl, { ...pair, images: "array(['a.png'], dtype=object)" }).images).toMatchObject([{ text: 'a.png' }])
    expect(named("['a.png' ... 'z.png']")).toMatchObject({
      faults: [{ field: 'images', code: 'wrong-type', reason: expect.stringContaining('cut out') as string }],
    })
    expect(named('[a.png b.png]')).toMatchObject({
      faults: [{ field: 'images', reason: expect.stringContaining('neither JSON nor') as string }],
    })
    expect(only(trl, { ...pair, images: '[1] a.png' }).images).toMatchObject([{ text: '[1] a.png' }])
    const turns = (content: string) => `[{'content': 'q', 'role': 'user'}\n {'content': '${content}', 'role': 'assistant'}]`
    expect(only(trl, { chosen: turns('c'), rejected: turns('r') })).toMatchObject({ prompt: 'q', chosen: 'c', rejected: 'r' })
    expect(only(ranked, { prompt: 'q', responses: "['Three.' 'Two.']", ranks: '[2 1]' })).toMatchObject({
      chosen: 'Two.',
      rejected: 'Three.',
    })
  })

  test('never throws', () => {
    const unit = fc.constantFrom('[', ']', '{', '}', "'", '"', '\\', ',', ':', 'b', 'x', '9', 'None', ' ', 'é')
    fc.assert(fc.property(fc.string({ unit, maxLength: 20 }), (text) => void pythonLiteral(`[${text}`)))
  })

  test('a response that looks like one stays a text', () => {
    const chosen = "['yes', None]"
    expect(only(trl, { ...pair, chosen })).toMatchObject({ chosen })
  })
})

describe('many faults of one kind are one', () => {
  const record = {
    blindfold: 1,
    source: 's',
    split: '',
    prompt: 'q',
    chosen: 'a',
    rejected: 'b',
    messages: null,
    images: [],
    tied: false,
    metadata: {},
    tags: [],
    history: [],
  }
  const wrong = (count: number) => Array.from({ length: count }, (_, i) => i % 3)
  const cases: [string, Format, (count: number) => JsonObject, RegExp][] = [
    ['images', mmRm, (count) => ({ ...pair, img_path: ['a.png', ...wrong(count)] }), /a number, .*? more entries have the same problem\.$/],
    ['turns', trl, (count) => ({ ...pair, chosen: wrong(count) }), /more entries have the same problem/],
    ['turns of two', povid, (count) => ({ conversations: wrong(count), rejected_conversations: wrong(count) }), /more entries/],
    ['parts', trl, (count) => ({ ...pair, prompt: [{ role: 'user', content: wrong(count) }] }), /more entries/],
    ['images of Blindfold', blindfold, (count) => ({ ...record, images: wrong(count) }), /images\.0/],
    [
      'messages of Blindfold',
      blindfold,
      (count) => ({ ...record, messages: [{ role: 'user', content: wrong(count) }] }),
      /messages\.0\.content\.0/,
    ],
    ['history of Blindfold', blindfold, (count) => ({ ...record, history: wrong(count), tags: wrong(count) }), /history\.0/],
    [
      'conversations that are judged',
      judged,
      (count) => ({ conversation_a: wrong(count), conversation_b: wrong(count), winner: 'a' }),
      /more entries/,
    ],
  ]
  test.each(cases)('%s: one reason, in time that grows with the list', (_, format, make, expected) => {
    const read = (count: number) => {
      const given = make(count)
      const before = performance.now()
      const reading = format.read(given)
      return { faults: 'faults' in reading ? reading.faults : [], ms: performance.now() - before }
    }
    read(1000)
    const [small, large] = [read(5000), read(80_000)]
    for (const { faults } of [small, large]) {
      expect(faults.length).toBeLessThanOrEqual(3)
      expect(faults.map(({ reason }) => reason).join(' ')).toMatch(expected)
      expect(Math.max(...faults.map(({ reason }) => reason.length))).toBeLessThan(300)
    }
    // Sixteen times as much takes sixteen times as long, give or take; the square would be 256 times.
    expect(large.ms).toBeLessThan(80 * Math.max(small.ms, 2))
  })

  test('different faults of a list are told each', () => {
    const reading = mmRm.read({ ...pair, img_path: [7, true, { a: 1 }, 8] })
    expect('faults' in reading && reading.faults.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/is a number, .* One more entry has the same problem\.$/),
      expect.stringMatching(/is a boolean/),
      expect.stringMatching(/is an object/),
    ])
  })
})

describe('comments are not JSON, and the reason says so', () => {
  const reason = (text: string) => {
    const parsed = parseRecord({ row: 1, end: 0, bytes: Buffer.from(text), problem: null })
    return 'fault' in parsed ? parsed.fault.reason : 'read'
  }
  test.each<[string, number]>([
    ['// pairs, by hand', 1],
    ['/* pairs */ {"a": 1}', 1],
    ['{"a": "é"} // note', 13],
    ['{"a": 1, // "one"\n "b": 2}', 10],
    ['{"a": "x // y", /* z */ "b": true}', 17],
    ['  "prompt": "p", // the question', 18],
  ])('%s', (text, byte) => {
    expect(reason(text)).toBe(`Byte ${byte} of the record begins a comment, which JSON does not allow. Remove all comments.`)
  })

  test.each(['{"a": "x // y"', '{"a": "he said "see // this""}', '{"a": http://x}', '{"a" 1}'])('no comment: %s', (text) => {
    expect(reason(text)).toMatch(/not valid JSON/)
  })
})
