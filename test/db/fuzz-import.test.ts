import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import Papa from 'papaparse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Random } from '../../src/core/random.ts'
import { openDataset } from '../../src/formats/dataset.ts'
import type { JsonObject, Value } from '../../src/formats/value.ts'
import { FORMATS } from '../../src/formats/registry.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { mutateBytes, mutateText, mutateValue, randomFor, SEED, sound } from '../mutation.ts'
import { contents, Project, removeTemporary, temporary, writeImages } from './importing.ts'

const ROUNDS = 4
const ROWS = 60

/** `world` holds what an import may read (`data`), what it must not (`secret`), and the project. */
let world = ''
let secret = ''
beforeAll(async () => {
  world = temporary()
  for (const name of ['data', 'data/images', 'secret']) mkdirSync(path.join(world, name))
  await writeImages(path.join(world, 'data'), 3)
  await writeImages(path.join(world, 'data/images'), 2, 9)
  await writeImages(path.join(world, 'secret'), 1, 31)
  const data = (name: string, content: string | Buffer): void => writeFileSync(path.join(world, 'data', name), content)
  secret = path.join(world, 'secret', '0.png')
  symlinkSync(secret, path.join(world, 'data', 'link.png'))
  symlinkSync(path.join(world, 'secret'), path.join(world, 'data', 'linked'))
  symlinkSync('loop.png', path.join(world, 'data', 'loop.png'))
  data('drawing.png', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
  data('page.jpg', '<!doctype html><script>alert(1)</script>')
  data('notes.png', 'root:x:0:0:root')
  data('empty.png', '')
  data('cut.png', readFileSync(path.join(world, 'data', '0.png')).subarray(0, 50))
  data('bomb.png', pngClaiming(60_000, 60_000))
})
afterAll(removeTemporary)

/** A PNG whose header claims a size far beyond its few bytes. */
function pngClaiming(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length)
    // A wrong checksum would be found before the size.
    const tail = Buffer.alloc(4)
    tail.writeUInt32BE(crc32(Buffer.concat([Buffer.from(type), body])))
    return Buffer.concat([head, Buffer.from(type), body, tail])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(2 ** 20))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function crc32(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

const names = (): string[] => [
  '0.png',
  '1.png',
  '2.png',
  './0.png',
  'images/1.png',
  'drawing.png',
  'page.jpg',
  'notes.png',
  'empty.png',
  'cut.png',
  'bomb.png',
  'link.png',
  'linked/0.png',
  'loop.png',
  'images',
  '../secret/0.png',
  '../../../../../../../../etc/passwd',
  'images/../../secret/0.png',
  secret,
  `file://${secret}`,
  '/dev/zero',
  '/dev/stdin',
  '/proc/self/environ',
  'nul\0.png',
  `${'a'.repeat(5000)}.png`,
  'http://127.0.0.1:9/x.png',
  'data:image/svg+xml;base64,PHN2Zy8+',
  'data:image/png;base64,AAAA',
  '%2e%2e/secret/0.png',
  '..\\secret\\0.png',
]

/** The record with each of its image names replaced by one that may be hostile. */
function pointed(value: Value, r: Random): Value {
  if (typeof value === 'string') return /\.(?:png|jpg)$/.test(value) ? r.pick(names()) : value
  if (Array.isArray(value)) return value.map((inner) => pointed(inner, r))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, pointed(inner, r)]))
}

async function written(records: JsonObject[], container: string, r: Random, file: string): Promise<void> {
  const texts = records.map((record) => Buffer.from(r.next() < 0.1 ? mutateText(JSON.stringify(record), r) : JSON.stringify(record)))
  const joined = (separator: string): Buffer => Buffer.concat(texts.flatMap((text) => [text, Buffer.from(separator)]))
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].filter((name) => name.trim() !== '' && name.isWellFormed())
  const cell = (record: JsonObject, name: string): Value => (Object.hasOwn(record, name) ? (record[name] ?? null) : null)
  let content: Buffer
  if (container === 'array') content = Buffer.concat([Buffer.from('['), joined(','), Buffer.from('{}]')])
  else if (container === 'csv') {
    const rows = records.map((record) =>
      columns
        .map((name) => cell(record, name))
        .map((value) => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value))),
    )
    content = Buffer.from(Papa.unparse([columns, ...rows]))
  } else if (container === 'parquet') {
    const bytes = new ByteWriter()
    const schema = [
      { name: 'root', num_children: columns.length },
      ...columns.map((name) => ({
        name,
        type: 'BYTE_ARRAY' as const,
        repetition_type: 'OPTIONAL' as const,
        converted_type: 'JSON' as const,
      })),
    ]
    const writer = new ParquetWriter({ writer: bytes, schema })
    await writer.write({
      columnData: columns.map((name) => ({ name, data: records.map((record) => cell(record, name)) })),
      rowGroupSize: 20,
    })
    await writer.finish()
    content = Buffer.from(bytes.getBuffer())
  } else content = joined('\n')
  if (r.next() < 0.3) content = mutateBytes(content, r)
  if (container === 'gzip') content = gzipSync(content)
  writeFileSync(file, content)
}

/** Every file under a folder with the hash of what is in it; links as they are. */
function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    found[file] = entry.isFile()
      ? createHash('sha256').update(readFileSync(file)).digest('hex')
      : entry.isSymbolicLink()
        ? 'link'
        : 'folder'
  }
  return found
}

test('whatever a file holds and names: all its pairs are accounted for, and nothing outside is touched or taken', async () => {
  const project = await Project.create()
  const secretHash = createHash('sha256').update(readFileSync(secret)).digest('hex')
  const containers = ['lines', 'array', 'csv', 'parquet', 'gzip']
  let imported = 0
  let quarantined = 0
  for (const { id: format } of FORMATS) {
    for (let round = 0; round < ROUNDS; round++) {
      const part = `${format} ${round}`
      const r = randomFor(part)
      const container = containers[(FORMATS.findIndex(({ id }) => id === format) + round) % containers.length] ?? 'lines'
      const records = Array.from({ length: ROWS }, (): JsonObject => {
        const record = pointed(sound(format, r), r) as JsonObject
        return r.next() < 0.5 ? mutateValue(record, r) : record
      })
      const file = path.join(world, 'data', `${format}-${round}`)
      await written(records, container, r, file)
      const before = snapshot(world)
      const files = await openDataset(file).catch(() => null)
      // Damage to its very beginning or end makes it no file of records.
      if (files === null) continue
      const job = await project.run(importKind, {
        file,
        files,
        source: `${format}`,
        split: '',
        format,
        imagesDir: path.join(world, 'data'),
        fetchHosts: [],
      })
      const said = `FUZZ_SEED=${SEED}, ${part}, ${container}: ${JSON.stringify(job.state)}`
      expect(job.state.status, said).toBe('succeeded')
      const result = (job.state as { result: Record<string, number> }).result
      expect(Number(result['imported']) + Number(result['skipped']) + Number(result['quarantined']), said).toBe(result['pairs'])
      expect(snapshot(world), said).toEqual(before)
      imported += Number(result['imported'])
      quarantined += Number(result['quarantined'])
    }
  }
  const { media, files } = contents(project.folder)
  expect(files.filter((name) => name.includes(secretHash))).toEqual([])
  expect((media as { hash: string }[]).map(({ hash }) => hash)).not.toContain(secretHash)
  // What lies in media is images that the folder or the records hold, each under its own hash.
  for (const entry of readdirSync(path.join(project.folder, 'media'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = readFileSync(path.join(entry.parentPath, entry.name))
    expect(entry.name.startsWith(createHash('sha256').update(bytes).digest('hex'))).toBe(true)
    expect(bytes.subarray(0, 4).toString('latin1')).toMatch(/^(?:\x89PNG|\xff\xd8\xff|RIFF|GIF8)/)
  }
  // A fuzz that imports nothing, or refuses nothing, tests little.
  expect(imported).toBeGreaterThan(100)
  expect(quarantined).toBeGreaterThan(100)
  await project.close()
})

test('a file that unpacks without end is read no further, and what was read is imported', async () => {
  const project = await Project.create()
  const file = path.join(world, 'data', 'bomb.jsonl.gz')
  const record = Buffer.from(`${JSON.stringify({ prompt: 'p', chosen: 'a', rejected: 'b', images: [] })}\n`)
  // Blank lines are no records: 400 MB of them cost nothing but time.
  const member = gzipSync(Buffer.alloc(100 * 2 ** 20, `${' '.repeat(2 ** 20 - 1)}\n`), { level: 9 })
  writeFileSync(file, Buffer.concat([gzipSync(record), member, member, member, member]))
  const files = await openDataset(file)
  const result = await project.result(importKind, {
    file,
    files,
    source: 's',
    split: '',
    format: 'trl',
    imagesDir: path.join(world, 'data'),
    fetchHosts: [],
  })
  expect(result).toMatchObject({ imported: 1, skipped: 0, quarantined: 1, pairs: 2 })
  expect(contents(project.folder).quarantine[0]?.reason).toMatch(/unpacks to more than/)
  await project.close()
})
