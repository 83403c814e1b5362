import fc from 'fast-check'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRecords } from './container.ts'
import { detectFormat } from '../detect.ts'
import { jsonShape, partialJson } from './json-shape.ts'
import { nestedSplitter } from '../readers/nested.ts'
import { parseRecord, type RawRecord, type Splitter } from '../record.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shapes-'))
})
afterAll(() => rm(folder, { recursive: true }))

const pairs = Array.from({ length: 7 }, (_, i) => ({
  prompt: `What is in box ${i}?`,
  chosen: `A "lamp" [${i}], {big}`,
  rejected: `No\nidea ${i}`,
}))
const custom = pairs.map(({ prompt, chosen, rejected }) => ({ q: prompt, better_one: chosen, other: rejected }))
const pretty = (value: unknown): string => JSON.stringify(value, null, 2)
const keyed = Object.fromEntries(pairs.map((pair, i) => [`item-${i}`, pair]))

async function read(content: string | Buffer): Promise<{ container: string; records: unknown[]; splits: (string | undefined)[] }> {
  const file = path.join(folder, 'any')
  await writeFile(file, content)
  const source = await openRecords(file)
  try {
    const records: unknown[] = []
    const splits: (string | undefined)[] = []
    for await (const raw of source.records()) {
      const parsed = parseRecord(raw)
      records.push('record' in parsed ? parsed.record : parsed.fault.code)
      splits.push(raw.split)
    }
    return { container: source.container, records, splits }
  } finally {
    await source.close()
  }
}

describe('shapes that are read', () => {
  test.each<[string, string | Buffer, unknown[]]>([
    ['wrapped under any name', JSON.stringify({ version: 1, pairs }), pairs],
    [
      'wrapped, indented, what belongs to the file behind the records',
      pretty({ battles: pairs, info: { by: 'me', tags: ['a', 'b'] } }),
      pairs,
    ],
    ['wrapped, with columns of their own names', pretty({ meta: { n: 7 }, data: custom }), custom],
    [
      'a list that is no record beside the records',
      JSON.stringify({ annotators: [{ name: 'x' }], samples: pairs, licences: [{ id: 1 }] }),
      pairs,
    ],
    ['two levels deep', JSON.stringify({ result: { items: pairs, next: null } }), pairs],
    [
      'rows of a data set server',
      JSON.stringify({
        features: [{ feature_idx: 0, name: 'prompt' }],
        rows: pairs.map((row, row_idx) => ({ row_idx, row, truncated_cells: [] })),
        num_rows_total: 7,
      }),
      pairs,
    ],
    ['lines cut out of an array, with its commas', pairs.map((pair) => JSON.stringify(pair)).join(',\r\n'), pairs],
    ['keyed by id', JSON.stringify(keyed), pairs.map((pair, i) => ({ ...pair, id: `item-${i}` }))],
    [
      'keyed by number (pandas, orient="index")',
      JSON.stringify(Object.fromEntries(pairs.map((pair, i) => [i, { id: `own${i}`, ...pair }]))),
      pairs.map((pair, i) => ({ id: `own${i}`, ...pair, key: String(i) })),
    ],
    ['one indented object after another', pairs.map(pretty).join('\n'), pairs],
    [
      'the same, with CRLF and a byte order mark',
      `\ufeff${pairs.map(pretty).join('\n\n').replaceAll('\n', '\r\n')}`,
      pairs.map((pair) => pair),
    ],
    ['a single indented record', pretty(pairs[0]), [pairs[0]]],
    ['a single record on a line', JSON.stringify(pairs[0]), [pairs[0]]],
    [
      'a record that lists objects is no wrapper',
      JSON.stringify({ prompt: 'p', completions: [{ response: 'a', model: 'm' }] }),
      [{ prompt: 'p', completions: [{ response: 'a', model: 'm' }] }],
    ],
    [
      'nor one of turns',
      pretty({ conversations: [{ from: 'human', value: 'a' }], chosen: 'b', rejected: 'c' }),
      [{ conversations: [{ from: 'human', value: 'a' }], chosen: 'b', rejected: 'c' }],
    ],
    ['nor one that lists what was done to it', JSON.stringify({ ...pairs[0], history: pairs }), [{ ...pairs[0], history: pairs }]],
    ['a wrapper with instructions and a label of its own', pretty({ instruction: 'Compare.', label: 'x', tasks: pairs }), pairs],
    ['compressed', gzipSync(JSON.stringify({ data: pairs })), pairs],
    ['UTF-16', Buffer.from(`\ufeff${pretty({ data: pairs })}`, 'utf16le'), pairs],
    [
      'an entry that is no object keeps its place',
      JSON.stringify({ pairs: [pairs[0], 7, 'x', null, pairs[1]] }),
      [pairs[0], 'not-an-object', 'not-an-object', 'not-an-object', pairs[1]],
    ],
    ['a comma too many', `{"data": [${pairs.map((pair) => JSON.stringify(pair)).join(',')},],}`, pairs],
  ])('%s', async (_, content, expected) => {
    // Line ends in texts are those of JSON, so CRLF between tokens changes none.
    expect((await read(content)).records).toEqual(expected)
  })

  test.each([
    ['at the top', JSON.stringify({ train: pairs.slice(0, 3), test: pairs.slice(3) })],
    ['below a key', pretty({ version: '2', data: { train: pairs.slice(0, 3), test: pairs.slice(3) } })],
  ])('a list for each split, %s: each record brings its split', async (_, content) => {
    const { records, splits } = await read(content)
    expect(records).toEqual(pairs)
    expect(splits).toEqual(['train', 'train', 'train', 'test', 'test', 'test', 'test'])
  })

  test('a list of records beside the one that is read is told, not passed over', async () => {
    const { records } = await read(JSON.stringify({ data: custom, more: [] }).replace('[]', JSON.stringify(pairs)))
    expect(records).toEqual([...pairs.map(() => expect.anything() as unknown), expect.anything()].slice(0, records.length))
    const source = Buffer.from(`{"data": ${JSON.stringify(pairs)}, "more": ${JSON.stringify(pairs)}}`)
    const all = cut(nestedSplitter(['data', '[]']), source, [1000])
    expect(all).toHaveLength(8)
    expect(all[7]).toMatchObject({ row: 8, problem: 'The list “more” beside the records was not read.' })
  })

  test('more than the first megabyte', async () => {
    const many = Array.from({ length: 4000 }, (_, i) => ({ ...pairs[i % 7], id: i, note: 'n'.repeat(500) }))
    for (const content of [
      pretty({ data: many }),
      JSON.stringify({ data: many }),
      many.map(pretty).join('\n'),
      JSON.stringify(Object.fromEntries(many.map((each) => [`k${each.id}`, { ...each, id: null }]))),
    ]) {
      const { records } = await read(content)
      expect(records).toHaveLength(4000)
      expect(records.at(-1)).toMatchObject({ prompt: many.at(-1)?.prompt })
    }
  })
})

describe('shapes that are refused by name, with what to do', () => {
  const columns = Object.fromEntries(
    (['prompt', 'chosen', 'rejected'] as const).map((name) => [name, Object.fromEntries(pairs.map((pair, i) => [i, pair[name]]))]),
  )
  const lists = Object.fromEntries((['prompt', 'chosen', 'rejected'] as const).map((name) => [name, pairs.map((pair) => pair[name])]))
  test.each<[string, unknown, RegExp]>([
    ['columns of pandas', columns, /by column.*orient="columns"/],
    ['columns with names of their own', { q: columns['prompt'], win: columns['chosen'], lose: columns['rejected'] }, /by column/],
    ['lists by column', lists, /by column: \{"prompt": \[/],
    ['split orient', { columns: ['prompt', 'chosen', 'rejected'], index: [0], data: [['p', 'c', 'r']] }, /orient="split"/],
    [
      'several lists',
      { good: [{ prompt: 'p', text: 'a' }], bad_ones: [{ prompt: 'p', text: 'b' }], others: [{ prompt: 'p', text: 'b' }] },
      /several lists: .*bad_ones.*others/,
    ],
  ])('%s', async (_, value, message) => {
    for (const content of [JSON.stringify(value), pretty(value)]) {
      await expect(read(content)).rejects.toMatchObject({
        code: 'FORMAT_UNKNOWN',
        message: expect.stringMatching(message) as string,
        detail: { remedy: expect.stringMatching(/\w/) as string },
      })
    }
  })

  test.each(["{'prompt': 'p', 'chosen': \"it's\"}", '{"prompt": "p", "tied": None}', '{"prompt": "p", "tied": True, "x": 1}'])(
    'a line as Python prints it: %s',
    async (line) => {
      const parsed = parseRecord({ row: 1, end: 0, bytes: Buffer.from(line), problem: null })
      expect(parsed).toMatchObject({
        fault: { code: 'invalid-json', reason: expect.stringMatching(/printed Python dict.*json\.dumps/) as string },
      })
    },
  )

  test('a file of such lines has no columns to map: its remedy names none', async () => {
    const file = path.join(folder, 'printed.jsonl')
    await writeFile(file, "{'prompt': 'p', 'chosen': \"it's\"}\n".repeat(4))
    await expect(openRecords(file).then((source) => detectFormat(source, file).finally(() => source.close()))).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringContaining('json.dumps') as string,
      detail: { row: 1, remedy: expect.not.stringContaining('--map') as string },
    })
  })
})

function cut(splitter: Splitter, bytes: Buffer, sizes: number[]): RawRecord[] {
  const records: RawRecord[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    records.push(...splitter.push(bytes.subarray(at, at + size)))
    at += size
  }
  return [...records, ...splitter.end()]
}

const tricky = fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', '\n', ' ', 'é', '😀', 'a'), maxLength: 10 })
const any = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    tricky,
    fc.integer(),
    fc.constantFrom(true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(tricky, tie('value'), { maxKeys: 3 }),
  ),
})).value
const record = fc.dictionary(tricky, any, { maxKeys: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as object)
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const indent = fc.constantFrom(undefined, 1, 2, '\t')

describe('cutting', () => {
  const values = (all: RawRecord[]): unknown[] => all.map((raw) => (raw.problem === null ? JSON.parse(raw.bytes.toString()) : raw.problem))

  test('records in a list of an object come out whatever the chunks, the texts and what is beside them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(record, any), { maxLength: 6 }), any, any, sizes, indent, (records, before, behind, chunks, spaces) => {
        const text = JSON.stringify({ before, inner: { other: behind, list: records }, behind }, null, spaces)
        const all = cut(nestedSplitter(['inner', 'list', '[]']), Buffer.from(text), chunks)
        expect(values(all)).toEqual(JSON.parse(JSON.stringify(records)))
        expect(all.map(({ row }) => row)).toEqual(records.map((_, i) => i + 1))
        for (const { end } of all) expect(end).toBeLessThanOrEqual(Buffer.byteLength(text))
      }),
    )
  })

  test('objects after one another, and those keyed by an id', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), sizes, indent, (records, chunks, spaces) => {
        expect(
          values(cut(nestedSplitter([]), Buffer.from(records.map((each) => JSON.stringify(each, null, spaces)).join('\n')), chunks)),
        ).toEqual(records)
        const byKey = Object.fromEntries(records.map((each, i) => [`k"${i}`, each]))
        const all = cut(nestedSplitter(['*']), Buffer.from(JSON.stringify(byKey, null, spaces)), chunks)
        expect(values(all)).toEqual(records)
        expect(all.map(({ key }) => key)).toEqual(Object.keys(byKey))
      }),
    )
  })

  test('the beginning of a text gives what is there of it', () => {
    fc.assert(
      fc.property(any, fc.nat(), (value, at) => {
        const text = JSON.stringify({ value, end: 1 })
        expect(partialJson(text)).toEqual({ value: JSON.parse(text) as unknown, end: text.length })
        const part = partialJson(text.slice(0, at % text.length))
        expect(part.end).toBeNull()
        expect(() => jsonShape(text.slice(0, at % text.length), 'f')).not.toThrow(TypeError)
      }),
    )
  })

  test.each<[string, string, number]>([
    ['a quote too few', pretty({ data: pairs }).replace('"No\\nidea 2"', '"No\\nidea 2'), 6],
    ['a bracket too few', JSON.stringify({ data: pairs }).replace('idea 2"}', 'idea 2"'), 6],
    ['a bracket too many', JSON.stringify({ data: pairs }).replace('idea 2"}', 'idea 2"}}'), 7],
    ['an end that is missing', JSON.stringify({ data: pairs }).slice(0, -20), 6],
  ])('damage costs its own record: %s', async (_, content, sound) => {
    const { records } = await read(content)
    expect(records.filter((each) => typeof each === 'object')).toHaveLength(sound)
    expect(records.length).toBeLessThanOrEqual(8)
  })

  test('damage in objects after one another costs its own record', async () => {
    for (const [from, to] of [
      ['"No\\nidea 2"', '"No\\nidea 2'],
      ['  "chosen": "A \\"lamp\\" [2]', '  "chosen" "A \\"lamp\\" [2]'],
      ['"rejected": "No\\nidea 2"\n}', '"rejected": "No\\nidea 2"\n'],
    ] as const) {
      const content = pairs.map(pretty).join('\n')
      expect(content).toContain(from)
      const { records } = await read(content.replace(from, to))
      expect(records.filter((each) => typeof each === 'object')).toHaveLength(6)
    }
  })

  test('a record of any length is cut off, and the next one is read', () => {
    const text = JSON.stringify({ data: [{ a: 'x'.repeat(5000) }, { a: 1 }] })
    const all = cut(nestedSplitter(['data', '[]'], 0, 2000), Buffer.from(text), [300])
    expect(all.map(({ problem }) => problem)).toEqual([expect.stringContaining('longer than 2000 bytes'), null])
  })
})
