import fc from 'fast-check'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arraySplitter } from './array.ts'
import { openRecords } from './container.ts'
import { detectFormat } from '../detect.ts'
import { lineSplitter } from './lines.ts'
import { parseRecord, type RawRecord, type Splitter } from '../record.ts'

/** Feeds the bytes in chunks of the given sizes, over and over. */
function cut(splitter: Splitter, bytes: Buffer, sizes: number[]): RawRecord[] {
  const records: RawRecord[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    records.push(...splitter.push(bytes.subarray(at, at + size)))
    at += size
  }
  return [...records, ...splitter.end()]
}

const outcome = (raw: RawRecord): unknown => {
  const parsed = parseRecord(raw)
  return 'record' in parsed ? parsed.record : parsed.fault.code
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
// Texts full of what a splitter could stumble over.
const tricky = fc.string({
  unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', '\n', '\r', ' ', 'é', '😀', '\u2028', 'a', '\0'),
  maxLength: 12,
})
const object = fc.dictionary(tricky, fc.oneof(tricky, fc.integer(), fc.array(tricky, { maxLength: 3 })), { maxKeys: 4 })
/** A record or a bad one, as bytes, with what must come of it. */
const entry = fc.oneof(
  {
    weight: 4,
    arbitrary: object.map((value) => ({
      bytes: Buffer.from(JSON.stringify(value)),
      becomes: JSON.parse(JSON.stringify(value)) as unknown,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('7', '"text"', 'null', '[1]').map((text) => ({ bytes: Buffer.from(text), becomes: 'not-an-object' })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('{"a": }', '{"a" 1}', 'nul', '{"a": nan}', "{'a': 1}")
      .map((text) => ({ bytes: Buffer.from(text), becomes: 'invalid-json' })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom([0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]).map((bad) => ({
      bytes: Buffer.concat([Buffer.from('{"a": "x'), Buffer.from(bad), Buffer.from('"}')]),
      becomes: 'invalid-utf8',
    })),
  },
)

describe('files of lines', () => {
  test('every line is a record of its own, whatever the chunks, line ends, blank lines and last end', () => {
    const line = fc.record({ entry: fc.option(entry, { freq: 4 }), crlf: fc.boolean() })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), sizes, (lines, lastEnd, chunks) => {
        const bytes = Buffer.concat(
          lines.flatMap(({ entry: content, crlf }, i) => [
            content?.bytes ?? Buffer.from('  \t'),
            Buffer.from(i === lines.length - 1 && !lastEnd ? '' : crlf ? '\r\n' : '\n'),
          ]),
        )
        const records = cut(lineSplitter(), bytes, chunks)
        const expected = lines.flatMap(({ entry: content }, i) => (content ? [{ row: i + 1, becomes: content.becomes }] : []))
        expect(records.map((raw) => ({ row: raw.row, becomes: outcome(raw) }))).toEqual(expected)
        expect(records.at(-1)?.end ?? 0).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 300 },
    )
  })

  test('a line beyond the limit is one bad record and the next is read', () => {
    const bytes = Buffer.from(`{"a":1}\n{"a":"${'x'.repeat(500)}"}\n{"a":2}`)
    const records = cut(lineSplitter(0, 100), bytes, [33])
    expect(records.map(outcome)).toEqual([{ a: 1 }, 'invalid-json', { a: 2 }])
    expect(records[1]?.bytes.length).toBeLessThan(200)
  })
})

test('a record that nests without end is one bad record', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const records = cut(lineSplitter(), Buffer.from(`${nested(90)}\n${nested(200_000)}\n`), [1 << 16])
  expect(records.map((raw) => typeof outcome(raw))).toEqual(['object', 'string'])
  expect(outcome(records[1]!)).toBe('invalid-json')
})

describe('arrays', () => {
  const layout = fc.constantFrom(',', ' ,\n  ', ',\r\n')

  test('every entry is a record of its own, damaged ones too, whatever the chunks and white space', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), layout, sizes, (entries, comma, chunks) => {
        const bytes = Buffer.concat([
          Buffer.from(' \n['),
          ...entries.flatMap(({ bytes: b }, i) => [Buffer.from(i > 0 ? comma : ''), b]),
          Buffer.from(' ]\n'),
        ])
        const records = cut(arraySplitter(), bytes, chunks)
        expect(records.map((raw) => ({ row: raw.row, becomes: outcome(raw) }))).toEqual(
          entries.map(({ becomes }, i) => ({ row: i + 1, becomes })),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('a truncated array keeps every complete record and reports the rest as one', () => {
    const whole = Buffer.from(JSON.stringify([{ a: '1,[' }, { b: 'é"' }, { c: [1, 2] }]))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length - 1 }), sizes, (length, chunks) => {
        const records = cut(arraySplitter(), whole.subarray(0, length), chunks)
        const last = records.pop()
        expect(outcome(last as RawRecord)).toBe('invalid-json')
        // Complete is what its comma or the array's end follows.
        const complete = [{ a: '1,[' }, { b: 'é"' }].filter((_, i) => length > [12, 25][i]!)
        expect(records.map(outcome)).toEqual(complete)
        expect(last?.row).toBe(records.length + 1)
      }),
    )
  })

  test('a raw line end in a text spoils its own record only, and so does an unpaired quote', () => {
    const raw = Buffer.from('[\n {"a": 1},\n {"a": "line\nbreak"},\n {"a": 3}\n]')
    expect(cut(arraySplitter(), raw, [7]).map(outcome)).toEqual([{ a: 1 }, 'invalid-json', { a: 3 }])
    const unpaired = Buffer.from('[\n {"a": 1},\n {"a": "x},\n {"a": 3}\n]')
    expect(cut(arraySplitter(), unpaired, [7]).map(outcome)).toEqual([{ a: 1 }, 'invalid-json', { a: 3 }])
  })

  test('text behind the array is reported, a comma too many is not', () => {
    expect(cut(arraySplitter(), Buffer.from('[{"a":1},]'), [3]).map(outcome)).toEqual([{ a: 1 }])
    expect(cut(arraySplitter(), Buffer.from('[{"a":1}] {"a":2}'), [3]).map(outcome)).toEqual([{ a: 1 }, 'invalid-json'])
    expect(cut(arraySplitter(), Buffer.from('[{"a":1},,{"a":2}]'), [3]).map(outcome)).toEqual([{ a: 1 }, 'invalid-json', { a: 2 }])
    expect(cut(arraySplitter(), Buffer.from('[]'), [3])).toEqual([])
  })
})

describe('opening and detecting', () => {
  let dir = ''
  beforeAll(async () => void (dir = await mkdtemp(path.join(tmpdir(), 'blindfold-formats-'))))
  afterAll(() => rm(dir, { recursive: true }))

  async function file(content: string | Buffer, name = 'data.txt'): Promise<string> {
    const target = path.join(dir, name)
    await writeFile(target, content)
    return target
  }

  async function detect(content: string | Buffer) {
    const name = await file(content)
    const source = await openRecords(name)
    try {
      const { format, confidence } = await detectFormat(source, name)
      return { container: source.container, id: format.id, confidence }
    } finally {
      await source.close()
    }
  }

  const records = {
    'mm-rm': { id: '1', prompt: 'p', img_path: 'a.png', chosen: 'c', rejected: 'r' },
    povid: {
      id: 1,
      image: 'a.png',
      conversations: [
        { from: 'human', value: 'p' },
        { from: 'gpt', value: 'c' },
      ],
      rejected_conversations: [{ from: 'gpt', value: 'r' }],
      weighted_score: 1,
    },
    trl: { prompt: 'p', chosen: 'c', rejected: 'r', images: [] },
    'trl, messages': {
      prompt: [{ role: 'user', content: 'p' }],
      chosen: [{ role: 'assistant', content: 'c' }],
      rejected: [{ role: 'assistant', content: 'r' }],
    },
    'trl, implicit': {
      chosen: [
        { role: 'user', content: 'p' },
        { role: 'assistant', content: 'c' },
      ],
      rejected: [
        { role: 'user', content: 'p' },
        { role: 'assistant', content: 'r' },
      ],
    },
    'trl, text only': { id: 'x', prompt: 'p', chosen: 'c', rejected: 'r' },
  }

  test.each(Object.entries(records))(
    '%s is known by its content, as lines and as an array, with and without a BOM',
    async (name, record) => {
      const id = name.split(',')[0]
      const broken = '{"prompt": '
      for (const bom of ['', '\uFEFF']) {
        expect(await detect(`${bom}${JSON.stringify(record)}\n${broken}\n`)).toMatchObject({
          container: 'json-lines',
          id,
          confidence: expect.closeTo(1),
        })
        expect(await detect(`${bom}${JSON.stringify([record, record], null, 2)}`)).toMatchObject({
          container: 'json-array',
          id,
          confidence: expect.closeTo(1),
        })
      }
    },
  )

  test('a first line that is an array does not make a file of lines an array', async () => {
    expect(await detect(`[1, 2]\n${JSON.stringify(records['mm-rm'])}\n`)).toMatchObject({ container: 'json-lines', id: 'mm-rm' })
  })

  test('rows that lack a field are still of their format', async () => {
    const { chosen: _c, ...damaged } = records['mm-rm']
    expect(await detect(JSON.stringify(damaged))).toMatchObject({ id: 'mm-rm' })
  })

  test.each([
    ['', /no record/],
    ['a,b,c\n1,2,3\n', /a \(text\), b \(text\), c \(text\)/],
    [JSON.stringify({ question: 'q', answers: [] }), /question \(text\), answers \(a list\)/],
    [JSON.stringify({ image: 1, text: { a: 1 } }), /text \(an object\)/],
    [Buffer.from('\uFEFF{"a":1}', 'utf16le'), /a \(a number\)/],
    [Buffer.from([0, 1, 2, 3]), /binary/],
    ['7\n', /the first record is not an object\./],
    ['// pairs, by hand\n[\n  {\n    "a": 1\n  }\n]\n', /which JSON does not allow/],
    ['{\n  // pairs, by hand\n  "a": 1\n}\n', /which JSON does not allow/],
  ])('what is not known is refused with what was seen: %#', async (content, message) => {
    await expect(detect(content)).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringMatching(message),
      detail: { remedy: expect.stringMatching(/./) },
    })
  })

  test('a missing file and a folder have codes of their own', async () => {
    await expect(openRecords(path.join(dir, 'nowhere.jsonl'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(openRecords(dir)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})
