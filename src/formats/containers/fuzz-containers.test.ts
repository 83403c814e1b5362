import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import Papa from 'papaparse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hash32, type Random } from '../../core/random.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { openRecords } from './container.ts'
import type { JsonObject } from '../value.ts'
import { parseRecord, rawText, type RawRecord } from '../record.ts'
import { FORMATS } from '../registry.ts'
import { mutateBytes, mutateText, mutateValue, randomFor, SEED, sound } from '../../../test/mutation.ts'

const FILES = 100
const PER_FILE = 100

let folder: string
let made = 0
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'blindfold-fuzz-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(content: Buffer): Promise<RawRecord[]> {
  const file = path.join(folder, `${made++}`)
  await writeFile(file, content)
  try {
    const source = await openRecords(file)
    try {
      const records: RawRecord[] = []
      for await (const record of source.records()) records.push(record)
      const ends = records.map(({ end }) => end)
      expect(ends.every((end, i) => end <= source.bytes && (i === 0 || end >= (ends[i - 1] ?? 0)))).toBe(true)
      for (const record of records) {
        parseRecord(record)
        expect(rawText(record).isWellFormed()).toBe(true)
      }
      return records
    } finally {
      await source.close()
    }
  } finally {
    await rm(file)
  }
}

/** Null where the whole file was refused with a code. */
const refusable = (reading: Promise<RawRecord[]>): Promise<RawRecord[] | null> =>
  reading.catch((error: unknown) => {
    if (error instanceof BlindfoldError) return null
    throw error
  })

/** Runs `body` for every file, and says how to run the failed one again. */
async function files(part: string, body: (r: Random, index: number) => Promise<void>, count = FILES): Promise<void> {
  for (let i = 0; i < count; i++) {
    const seed = `${part} ${i}`
    try {
      await body(randomFor(seed), i)
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${SEED}, ${seed}: ${(cause as Error).message}`, { cause })
    }
  }
}

/** Records of a file, each in one of three states: as it should be, of wrong values, or broken as text. Each names itself. */
function texts(format: (typeof FORMATS)[number], r: Random): { bytes: Buffer; mark: string; broken: boolean }[] {
  return Array.from({ length: PER_FILE }, (_, i) => {
    const state = r.int(10)
    const value = { ...(state < 5 ? sound(format.id, r) : mutateValue(sound(format.id, r), r)), mark: `<<${i} ${hash32(String(i))}>>` }
    const text = JSON.stringify(value)
    if (state < 8) return { bytes: Buffer.from(text), mark: value.mark, broken: false }
    const bytes = state === 8 ? Buffer.from(mutateText(text, r)) : mutateBytes(Buffer.from(text), r)
    return { bytes, mark: value.mark, broken: true }
  })
}

const markOf = (raw: RawRecord): unknown => {
  const parsed = parseRecord(raw)
  return 'record' in parsed ? parsed.record['mark'] : undefined
}

/** What stands between entries of an array, at its ends, and behind its end. */
const isGlue = (bytes: Buffer): boolean => /^[\s,[\]]*$/.test(bytes.toString('latin1'))

/** Every byte of an array belongs to one record or stands between two. */
function checkArray(content: Buffer, records: RawRecord[]): void {
  let at = 0
  for (const { row, bytes } of records) {
    const found = content.indexOf(bytes, at)
    expect(
      found >= at && isGlue(content.subarray(at, found)),
      `between records ${row - 1} and ${row}: ${content.toString('utf8', at, Math.max(at, found)).slice(0, 300)}`,
    ).toBe(true)
    at = found + bytes.length
  }
  expect(isGlue(content.subarray(at)), `behind the last record: ${content.toString('utf8', at).slice(0, 300)}`).toBe(true)
  expect(records.map(({ row }) => row)).toEqual(records.map((_, i) => i + 1))
}

// Decoding of damaged Parquet may be given up after some seconds only.
describe.each(FORMATS.map((format) => [format.id, format] as const))('%s', { timeout: 300_000 }, (id, format) => {
  test('10,000 lines, a fifth of them broken: every line that is not blank is a record with its row, gzip or not', async () => {
    await files(`${id} lines`, async (r, index) => {
      const ending = r.pick(['\n', '\r\n'])
      const content = Buffer.concat(texts(format, r).flatMap(({ bytes }) => [bytes, Buffer.from(ending)]))
      // What the first line must not be: the beginning of another kind of file.
      const whole = Buffer.concat([Buffer.from('{"first": 1}\n'), content])
      const records = await read(index % 4 === 0 ? gzipSync(whole, { level: 1 }) : whole)
      const lines = whole
        .toString('latin1')
        .split('\n')
        .map((line, i) => ({ row: i + 1, line: line.replace(/\r$/, '') }))
        .filter(({ line }) => /[^ \t\r]/.test(line))
      expect(records.map(({ row, bytes }) => ({ row, line: bytes.toString('latin1') }))).toEqual(lines)
    })
  })

  test('arrays of 10,000 records: every byte is in one record, and damage costs no sound record behind the next one', async () => {
    await files(`${id} array`, async (r) => {
      const entries = texts(format, r)
      // The first entry tells how entries begin.
      const first = { bytes: Buffer.from(JSON.stringify({ ...sound(id, r), mark: '<<first>>' })), mark: '<<first>>', broken: false }
      const all = [first, ...entries]
      const joint = r.pick([',', ',\n', ' ,\r\n  '])
      const content = Buffer.concat([
        Buffer.from('[\n'),
        ...all.flatMap(({ bytes }, i) => (i === 0 ? [bytes] : [Buffer.from(joint), bytes])),
        Buffer.from('\n]\n'),
      ])
      const records = await read(content)
      checkArray(content, records)
      if (entries.every(({ broken }) => !broken)) expect(records.map(markOf)).toEqual(all.map(({ mark }) => mark))
      else {
        const unbroken = new Set(entries.flatMap(({ broken, mark }) => (broken ? [] : [mark])))
        const marks = records.map(markOf).filter((mark) => unbroken.has(String(mark)))
        expect(new Set(marks).size).toBe(marks.length)
      }
    })
    // Whole files in which only values are wrong, and others in which one entry is broken.
    await files(
      `${id} one broken`,
      async (r) => {
        const one = sound(id, r)
        const good = Array.from({ length: 20 }, (_, i) => JSON.stringify({ ...one, mark: `<<${i}>>` }))
        const firstKey = /^\{\s*"[^"]*"/.exec(good[0] ?? '')?.[0] ?? '{'
        const at = 1 + r.int(18)
        const bytes = good.map((text) => Buffer.from(text))
        bytes[at] = Buffer.from(mutateText(good[at] ?? '', r))
        const content = Buffer.concat([
          Buffer.from('['),
          ...bytes.flatMap((each, i) => (i === 0 ? [each] : [Buffer.from(', '), each])),
          Buffer.from(']'),
        ])
        const records = await read(content)
        checkArray(content, records)
        const marks = new Set(records.map(markOf))
        // An entry is found again where it begins as the first one does.
        const lost = good.flatMap((text, i) => (i === at || marks.has(`<<${i}>>`) || !text.startsWith(firstKey) ? [] : [i]))
        expect(lost, content.toString().slice(0, 100)).toEqual([])
      },
      50,
    )
  })

  test('tables of 10,000 rows, commas, tabs, gzip: each row is a record, wrong ones too', async () => {
    await files(`${id} table`, async (r, index) => {
      const delimiter = r.pick(['\t', ',', ';'])
      const rows = Array.from({ length: PER_FILE }, (_, i): Record<string, string> => ({
        ...cellsOf(mutateValue(sound(id, r), r)),
        mark: `<<${i}>>`,
      }))
      const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => name.trim() !== '' && !/[{}[\]]/.test(name))
      const text = Papa.unparse(
        { fields: names, data: rows.map((row) => names.map((name) => (Object.hasOwn(row, name) ? row[name] : ''))) },
        { delimiter, newline: r.pick(['\n', '\r\n']) },
      )
      const whole = Buffer.from(text)
      const damage = r.next() < 0.5
      const head = whole.indexOf('\n') + 1
      const content = damage ? Buffer.concat([whole.subarray(0, head), mutateBytes(whole.subarray(head), r)]) : whole
      const records = await refusable(read(index % 4 === 0 ? gzipSync(content, { level: 1 }) : content))
      if (records === null) {
        // Where its beginning holds zero bytes, say.
        expect(damage || content.subarray(0, 512).includes(0)).toBe(true)
        return
      }
      expect(records.map(({ row }) => row)).toEqual(records.map((_, i) => i + 1))
      const marks = records.map(markOf).filter((mark) => mark !== undefined)
      if (!damage) expect(marks).toEqual(rows.map(({ mark }) => mark))
      else expect(marks).toEqual(marks.toSorted((one, other) => numberIn(one) - numberIn(other)))
    })
  })

  test('Parquet, whole and damaged: every row is read or among those that are said to be lost', async () => {
    await files(
      `${id} parquet`,
      async (r) => {
        const groups = [1 + r.int(266), 1 + r.int(266), 1 + r.int(266)]
        const whole = await parquet(groups.map((count) => Array.from({ length: count }, () => mutateValue(sound(id, r), r))))
        const total = groups.reduce((sum, count) => sum + count, 0)
        checkParquet(await read(whole), total, true)
        for (let times = 0; times < 2; times++) {
          const bytes = mutateBytes(whole, r)
          const records = await refusable(read(bytes))
          if (records && bytes.subarray(0, 4).toString() === 'PAR1') checkParquet(records, null, false)
        }
      },
      25,
    )
  })
})

const numberIn = (mark: unknown): number => Number(/\d+/.exec(String(mark))?.[0] ?? -1)

/** As a table holds a record: texts, and JSON for what is none. */
const cellsOf = (record: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value)]),
  )

async function parquet(groups: JsonObject[][]): Promise<Buffer> {
  const names = [...new Set(groups.flat().flatMap((record) => Object.keys(record)))].map((name) => name.toWellFormed())
  const schema = [
    { name: 'root', num_children: names.length },
    ...names.map((name) => ({ name, type: 'BYTE_ARRAY' as const, repetition_type: 'OPTIONAL' as const, converted_type: 'JSON' as const })),
  ]
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({ writer: bytes, schema })
  for (const records of groups) {
    const cell = (record: JsonObject, name: string) => (Object.hasOwn(record, name) ? record[name] : null)
    await writer.write({
      columnData: names.map((name) => ({ name, data: records.map((record) => cell(record, name)) })),
      rowGroupSize: records.length,
    })
  }
  await writer.finish()
  return Buffer.from(bytes.getBuffer())
}

/** Rows go up one by one, but for those that a record says are lost. */
function checkParquet(records: RawRecord[], total: number | null, whole: boolean): void {
  let next = 1
  for (const { row, problem, code } of records) {
    expect(row).toBe(next)
    const lost = /rows (\d+) to (\d+) are lost/.exec(problem ?? '')
    expect(problem === null || code === 'malformed-record').toBe(true)
    if (whole) expect(problem).toBeNull()
    next = lost ? Number(lost[2]) + 1 : row + 1
  }
  if (total !== null) expect(next).toBe(total + 1)
}

test('records of 50 MB in every kind of text file are read whole, longer ones than 64 MiB are one bad record', async () => {
  const huge = 'x'.repeat(50 * 2 ** 20)
  const record = JSON.stringify({ prompt: 'p', chosen: huge, rejected: 'r' })
  for (const content of [`${record}\n{"prompt": "next"}\n`, `[${record},{"prompt": "next"}]`, `prompt,chosen\np,${huge}\nnext,1\n`]) {
    const records = await read(Buffer.from(content))
    expect(records.map(({ problem }) => problem)).toEqual([null, null])
    expect(records.map((raw) => ('record' in parseRecord(raw) ? 'read' : 'not'))).toEqual(['read', 'read'])
  }
  const longer = await read(Buffer.from(`{"a":"${huge}${huge}"}\n{"prompt": "next"}\n`))
  expect(longer.map(({ problem }) => problem !== null)).toEqual([true, false])
})
