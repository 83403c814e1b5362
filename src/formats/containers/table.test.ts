import fc from 'fast-check'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { parquetMetadata } from 'hyparquet'
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import Papa from 'papaparse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRecords } from './container.ts'
import { openDataset, splitOf } from '../dataset.ts'
import { parseJson } from './json.ts'
import { parseRecord, rawText, type RawRecord } from '../record.ts'
import { tableSplitter } from './table.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'blindfold-tables-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function written(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(folder, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

async function read(file: string): Promise<{ container: string; bytes: number; records: RawRecord[] }> {
  const source = await openRecords(file)
  try {
    const records: RawRecord[] = []
    for await (const record of source.records()) records.push(record)
    return { container: source.container, bytes: source.bytes, records }
  } finally {
    await source.close()
  }
}

const outcome = (raw: RawRecord): unknown => {
  const parsed = parseRecord(raw)
  return 'record' in parsed ? { ...parsed.record } : parsed.fault.code
}

function cut(text: string | Buffer, sizes: number[], delimiter = ','): RawRecord[] {
  const splitter = tableSplitter(delimiter)
  const bytes = Buffer.from(text)
  const records: RawRecord[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    records.push(...splitter.push(bytes.subarray(at, at + size)))
    at += size
  }
  return [...records, ...splitter.end()]
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const cell = fc.string({ unit: fc.constantFrom('"', ',', ';', '\t', '\n', "'", ' ', 'é', '😀', 'a', '7', '{'), minLength: 1, maxLength: 8 })

describe('tables', () => {
  test('what papaparse writes is read cell by cell, whatever the chunks, delimiter and line ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        sizes,
        (rows, delimiter, newline, chunks) => {
          const text = Papa.unparse({ fields: ['prompt', 'chosen', 'rejected'], data: rows }, { delimiter, newline })
          const records = cut(text, chunks, delimiter)
          // A row of nothing but blanks is a blank line.
          const expected = rows.map(([prompt, chosen, rejected]) => ({ prompt, chosen, rejected }))
          expect(records.map(outcome)).toEqual(expected)
          expect(records.map(({ row }) => row)).toEqual(expected.map((_, i) => i + 1))
        },
      ),
    )
  })

  test('a quote in the middle of a cell is a character like any other', () => {
    expect(cut('a,b\n5" nail,x\n7" nail,y\n', [7]).map(outcome)).toEqual([
      { a: '5" nail', b: 'x' },
      { a: '7" nail', b: 'y' },
    ])
  })

  test('a quote that is never closed costs its line, and rows of another width only themselves', () => {
    const records = cut('a,b\n1,2\n"open,3\n4,5\n6\n7,8,9\n10,\n\n11,12', [5])
    expect(records.map(outcome)).toEqual([
      { a: '1', b: '2' },
      'malformed-record',
      { a: '4', b: '5' },
      'malformed-record',
      'malformed-record',
      { a: '10' },
      { a: '11', b: '12' },
    ])
    expect(records.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(rawText(records[3] as RawRecord)).toBe('6')
  })

  test('quotes that are never closed, more than are looked behind, end in a bad record', () => {
    const splitter = tableSplitter(',', 0, 64)
    const chunk = Buffer.from(`"${'x'.repeat(70)}\n`)
    const records = [Buffer.from('a,b\n'), ...Array.from({ length: 102 }, () => chunk), Buffer.from('"last,1\n2,3\n4,5')].flatMap((bytes) =>
      splitter.push(bytes),
    )
    const rest = splitter.end()
    expect(records.every(({ code }) => code === 'malformed-record')).toBe(true)
    expect(rest.map(({ code }) => code)).toEqual(['malformed-record'])
    expect(rest[0]?.row).toBe(records.length + 1)
  })

  test('columns without a name, with the same one, or with the name of a prototype are told apart', () => {
    expect(cut('x,,x,__proto__\n1,2,3,4\n', [100]).map(outcome)).toEqual([
      Object.fromEntries([
        ['x', '1'],
        ['column 2', '2'],
        ['x 2', '3'],
        ['__proto__', '4'],
      ]),
    ])
  })

  test('a wrong byte costs its row', () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xff]), Buffer.from('\n3,4\n')])
    expect(cut(bytes, [3]).map(outcome)).toEqual(['invalid-utf8', { a: '3', b: '4' }])
  })
})

describe('what a file is', () => {
  test.each<[string, string, object | null]>([
    ['an index without a name', ',prompt,chosen,rejected\n0,p,c,r\n', { 'column 1': '0', prompt: 'p', chosen: 'c', rejected: 'r' }],
    ['a blank column at the end', 'prompt,chosen,rejected,\np,c,r,\n', { prompt: 'p', chosen: 'c', rejected: 'r' }],
    ['blank columns on both sides', ',prompt,chosen,rejected,\n0,p,c,r,\n', { 'column 1': '0', prompt: 'p', chosen: 'c', rejected: 'r' }],
    ['a repeated name', 'prompt;response;response;winner\np;c;r;1\n', { prompt: 'p', response: 'c', 'response 2': 'r', winner: '1' }],
    ['bars', 'prompt|chosen|rejected\np|c, d|r\n', { prompt: 'p', chosen: 'c, d', rejected: 'r' }],
    ['blank lines below the header', 'prompt,chosen,rejected,\r\n\r\np,c,r,\r\n', { prompt: 'p', chosen: 'c', rejected: 'r' }],
    ['a sentence above other text', 'One, two, and, and\nmore of it\n', null],
    ['a table in Markdown', '| prompt | chosen |\n|---|---|\n| p | c |\n', null],
    ['Python', '{"prompt": 1, "chosen": 2},\n{"prompt": 3, "chosen": 4},\n', null],
  ])('a header of %s', async (_, content, expected) => {
    const { container, records } = await read(await written('header.csv', content))
    expect(container).toBe(expected === null ? 'json-lines' : 'csv')
    if (expected !== null) expect(records.map(outcome)).toEqual([expected])
  })

  test('Excel’s line for its separator is named', async () => {
    for (const bom of ['', '\ufeff']) {
      await expect(read(await written('sep.csv', `${bom}sep=;\r\nprompt;chosen\r\np;c\r\n`))).rejects.toMatchObject({
        code: 'FORMAT_UNKNOWN',
        message: expect.stringContaining('sep=;') as string,
      })
    }
  })

  test('is told by its content: tables by their header, gzip and UTF-16 are seen through', async () => {
    const csv = 'id,prompt,chosen,rejected\n1,"What?\nWhere?",yes,no\n'
    const value = [{ id: '1', prompt: 'What?\nWhere?', chosen: 'yes', rejected: 'no' }]
    for (const [name, content, container] of [
      ['a.txt', csv, 'csv'],
      ['b.csv', `\ufeff${csv.replaceAll('\n', '\r\n')}`, 'csv'],
      ['c.csv', csv.replaceAll(',', ';'), 'csv'],
      ['d.csv', csv.replaceAll(',', '\t'), 'tsv'],
      ['e.csv.gz', gzipSync(csv), 'csv'],
      ['f.csv', Buffer.from(`\ufeff${csv}`, 'utf16le'), 'csv'],
      ['g.csv', Buffer.from(`\ufeff${csv}`, 'utf16le').swap16(), 'csv'],
    ] as const) {
      const found = await read(await written(name, content))
      expect(found.container, name).toBe(container)
      expect(found.records.map(outcome), name).toEqual(value)
      expect(found.records.at(-1)?.end, name).toBeLessThanOrEqual(found.bytes)
    }
    const lines = await read(await written('h.jsonl.gz', Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')])))
    expect(lines).toMatchObject({ container: 'json-lines' })
    expect(lines.records.map(outcome)).toEqual([{ a: 1 }, { a: 2 }])
    expect((await read(await written('i.json.gz', gzipSync('[{"a":1},{"a":2}]')))).container).toBe('json-array')
    // Broken JSON is no table.
    expect((await read(await written('j.jsonl', '{"a": 1, "b": 2\n{"a":1}\n'))).container).toBe('json-lines')
    expect((await read(await written('k.jsonl', 'oops\n{"a":1}\n'))).container).toBe('json-lines')
  })

  test('a file compressed and cut short keeps what came before, and says where it ends', async () => {
    const text = Array.from({ length: 5000 }, (_, i) => JSON.stringify({ i, noise: Math.sin(i) })).join('\n')
    const whole = gzipSync(text)
    const { records } = await read(await written('cut.jsonl.gz', whole.subarray(0, Math.floor(whole.length / 2))))
    const good = records.filter((record) => outcome(record) !== 'malformed-record' && outcome(record) !== 'invalid-json')
    expect(good.length).toBeGreaterThan(1000)
    expect(good.map(outcome)).toEqual(good.map((_, i) => ({ i, noise: Math.sin(i) })))
    expect(records.at(-1)?.problem).toMatch(/cut short|damaged/)
  })

  test('a file that unpacks without end is read no further', async () => {
    const zeros = gzipSync(Buffer.alloc(2 ** 28, 0x20), { level: 9 })
    const file = await written('bomb.jsonl.gz', Buffer.concat(Array.from({ length: 2 }, () => zeros)))
    const { records } = await read(file)
    expect(records.at(-1)?.problem).toMatch(/200 times/)
  })

  test('archives, databases and Parquet in gzip are refused by name', async () => {
    for (const [name, content, said] of [
      ['a.zip', 'PK\x03\x04rest', /ZIP/],
      ['a.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), /zstd/],
      ['a.db', 'SQLite format 3\0', /SQLite/],
      ['a.parquet.gz', gzipSync('PAR1PAR1'), /Parquet file inside gzip/],
    ] as const) {
      await expect(openRecords(await written(`foreign-${name}`, content)), name).rejects.toThrow(said)
    }
    await expect(openRecords(await written('short.parquet', 'PAR1 nothing PAR1'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})

describe('arrays', () => {
  test('an entry whose quote is not closed does not take the entries behind it along', async () => {
    const entries = Array.from({ length: 6 }, (_, i) => JSON.stringify({ id: i, turns: [{ from: 'a' }, { from: 'b' }] }))
    entries[2] = '{"id": 2, "turns": "open}'
    for (const joint of [',', ',\n', ' ,\n  ']) {
      const { records } = await read(await written('array.json', `[${entries.join(joint)}]`))
      expect(records.map(outcome)).toEqual(
        [0, 1, 'invalid-json', 3, 4, 5].map((id) => (typeof id === 'string' ? id : { id, turns: [{ from: 'a' }, { from: 'b' }] })),
      )
      expect(records.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6])
    }
  })
})

describe('Parquet', () => {
  type Column = Parameters<ParquetWriter['write']>[0]['columnData'][number]
  const columnsOf = (from: number, count: number): Column[] => [
    { name: 'id', data: Array.from({ length: count }, (_, i) => BigInt(from + i)), type: 'INT64' },
    { name: 'prompt', data: Array.from({ length: count }, (_, i) => `é ${from + i}`), type: 'STRING' },
    { name: 'image', data: Array.from({ length: count }, (_, i) => new Uint8Array([0xff, 0xd8, 0xff, i % 256])), type: 'BYTE_ARRAY' },
    { name: 'score', data: Array.from({ length: count }, (_, i) => (i % 3 === 0 ? NaN : i / 2)), type: 'DOUBLE' },
  ]
  async function parquet(name: string, groups: number[]): Promise<string> {
    const bytes = new ByteWriter()
    const writer = new ParquetWriter({ writer: bytes, schema: schemaFromColumnData({ columnData: columnsOf(0, 1) }) })
    let from = 0
    for (const count of groups) {
      await writer.write({ columnData: columnsOf(from, count), rowGroupSize: count })
      from += count
    }
    await writer.finish()
    return written(name, Buffer.from(bytes.getBuffer()))
  }

  test('rows come in order over all row groups; integers, text, bytes and what is no number keep their meaning', async () => {
    const { container, records } = await read(await parquet('rows.parquet', [3, 50, 1]))
    expect(container).toBe('parquet')
    expect(records.map(({ row }) => row)).toEqual(Array.from({ length: 54 }, (_, i) => i + 1))
    const [first, second] = records.map(outcome) as Record<string, unknown>[]
    expect(first).toMatchObject({ id: 0, prompt: 'é 0', score: null })
    expect(records.slice(0, 2).map(parseRecord)).toMatchObject([{ lost: ['score'] }, { lost: [] }])
    expect(second).toMatchObject({ id: 1, prompt: 'é 1', score: 0.5 })
    expect(second?.['image']).toEqual(new Uint8Array([0xff, 0xd8, 0xff, 1]))
    expect(rawText(records[1] as RawRecord)).toContain('"image":"<4 bytes>"')
  })

  test('integers are exact, by the rule of JSON', async () => {
    const whole = [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 60n), 10n ** 18n, 10n ** 18n + 1n]
    const bytes = new ByteWriter()
    const columnData: Column[] = [{ name: 'id', data: whole, type: 'INT64' }]
    const writer = new ParquetWriter({ writer: bytes, schema: schemaFromColumnData({ columnData }) })
    await writer.write({ columnData })
    await writer.finish()
    const { records } = await read(await written('integers.parquet', Buffer.from(bytes.getBuffer())))
    expect(records.map(outcome)).toEqual(whole.map((id) => parseJson(`{"id": ${id}}`)))
  })

  test('a damaged row group is one bad record that says which rows are lost; the others are read', async () => {
    const file = await parquet('damaged.parquet', [100, 100, 100])
    const bytes = await readFile(file)
    const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer)
    bytes.fill(0xff, Number(groups[1]?.columns[1]?.meta_data?.data_page_offset), Number(groups[1]?.columns[2]?.meta_data?.data_page_offset))
    await writeFile(file, bytes)
    const { records } = await read(file)
    const good = records.filter(({ problem }) => problem === null)
    const bad = records.filter(({ problem }) => problem !== null)
    expect(bad.length).toBe(1)
    expect(bad[0]).toMatchObject({ code: 'malformed-record' })
    expect(bad[0]?.problem).toMatch(/Row group 2 .*rows 101 to 200 are lost/)
    expect(good.map(({ row }) => row).filter((row) => row > 200)).toEqual(Array.from({ length: 100 }, (_, i) => 201 + i))
  })
})

describe('dataset folders', () => {
  test('a split is told by the name of the file, or else of a folder', () => {
    const told = {
      'data/train-00000-of-00002.parquet': 'train',
      'test.jsonl.gz': 'test',
      'dev/0.csv': 'validation',
      'val_2.json': 'validation',
      'contest.json': '',
      'pretrained.json': '',
      'a/b.json': '',
    }
    for (const [name, split] of Object.entries(told)) expect(splitOf(name), name).toBe(split)
  })

  test('every data file in it is found, by name, links to files included; cards, manifests and images are not data', async () => {
    const root = path.join(folder, 'set')
    const line = '{"a":1}\n'
    for (const name of [
      'data/train-00001-of-00002.jsonl',
      'data/train-00000-of-00002.jsonl',
      'test.jsonl',
      'images/x.json',
      '.cache/y.jsonl',
    ])
      await written(`set/${name}`, line)
    for (const name of ['manifest.json', 'dataset_info.json']) await written(`set/${name}`, '{}')
    await written('set/README.md', '# no header')
    await symlink(await written('blob', line), path.join(root, 'validation.jsonl'))
    expect((await openDataset(root)).map(({ file, split }) => [path.relative(root, file), split])).toEqual([
      ['data/train-00000-of-00002.jsonl', 'train'],
      ['data/train-00001-of-00002.jsonl', 'train'],
      ['test.jsonl', 'test'],
      ['validation.jsonl', 'validation'],
    ])
    await expect(openDataset(path.join(root, 'images', '..', '.cache'))).resolves.toHaveLength(1)
    await mkdir(path.join(root, 'nothing'))
    await expect(openDataset(path.join(root, 'nothing'))).rejects.toMatchObject({ code: 'NO_DATA' })
  })

  test('the header of a dataset card says which files are what', async () => {
    const root = path.join(folder, 'carded')
    await written(
      'carded/README.md',
      '---\nconfigs:\n- config_name: a\n  data_files:\n  - split: train\n    path: "parts/a-*"\n  - split: held_out\n    path:\n    - parts/b.jsonl\n---\n# Card',
    )
    for (const name of ['a-0.jsonl', 'a-1.jsonl', 'b.jsonl', 'c.jsonl']) await written(`carded/parts/${name}`, '{"a":1}\n')
    expect((await openDataset(root)).map(({ file, split }) => [path.basename(file), split])).toEqual([
      ['a-0.jsonl', 'train'],
      ['a-1.jsonl', 'train'],
      ['b.jsonl', 'held_out'],
    ])
    await written('carded/README.md', '---\nconfigs: [{data_files: {broken\n---\n')
    expect((await openDataset(root)).map(({ split }) => split)).toEqual(['', '', '', ''])
  })
})
