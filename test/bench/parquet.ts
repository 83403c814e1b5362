import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { openRecords } from '../../src/formats/containers/container.ts'
import { isObject } from '../../src/formats/value.ts'

// Reading Parquet with images of 20 KB beside pyarrow, on the same file in the same run: `npm run bench -- parquet [rows]`.
// BLINDFOLD_BENCH_PYTHON names a Python with pyarrow; without one the peer is left out.

const IMAGE_BYTES = 20_000
const GROUP = 1000

type Figures = { rows: number; seconds: number; peak: number }

/** Prints and gives the rates in rows a second and the peaks of memory in MiB, each measured in a process of its own. */
export async function parquetBench(rows = 20_000): Promise<{ bytes: number; blindfold: Figures; pyarrow: Figures | null }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'blindfold-bench-'))
  const file = path.join(folder, 'images.parquet')
  try {
    await write(file, rows)
    const own = execFileSync(process.execPath, [import.meta.filename, '--read', file], { encoding: 'utf8' })
    const blindfold = JSON.parse(own) as Figures
    const python = process.env['BLINDFOLD_BENCH_PYTHON'] ?? 'python3'
    const peer = spawnSync(python, [path.join(import.meta.dirname, 'parquet_peer.py'), file], { encoding: 'utf8' })
    const pyarrow = peer.status === 0 ? (JSON.parse(peer.stdout) as Figures) : null
    const { size: bytes } = statSync(file)
    console.log(`Parquet, ${rows.toLocaleString('en')} rows with an image of ${IMAGE_BYTES / 1000} KB, ${Math.round(bytes / 2 ** 20)} MiB`)
    for (const [name, figures] of [
      ['blindfold', blindfold],
      ['pyarrow', pyarrow],
    ] as const) {
      if (figures === null) console.log(`${name.padEnd(12)} is not there`)
      else
        console.log(
          `${name.padEnd(12)} ${Math.round(figures.rows / figures.seconds).toLocaleString('en')} rows/s, peak ${Math.round(figures.peak)} MiB`,
        )
    }
    return { bytes, blindfold, pyarrow }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: 5 },
  { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'prompt', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'chosen', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'rejected', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
  { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
]

/** As Hugging Face stores images: a struct of bytes and path, Snappy, row groups of 1,000. */
async function write(file: string, rows: number): Promise<void> {
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: SCHEMA })
  for (let from = 0; from < rows; from += GROUP) {
    const numbers = Array.from({ length: Math.min(GROUP, rows - from) }, (_, i) => from + i)
    const text = (name: string) => ({ name, data: numbers.map((n) => `${name} ${n} `.padEnd(300, 'words and more ')) })
    await writer.write({
      columnData: [
        text('id'),
        text('prompt'),
        text('chosen'),
        text('rejected'),
        { name: 'image', data: numbers.map((n) => ({ bytes: noise(n), path: `${n}.jpg` })) },
      ],
      rowGroupSize: GROUP,
    })
  }
  await writer.finish()
}

/** Bytes that begin like a JPEG and do not compress, as those of images. */
function noise(n: number): Uint8Array {
  const bytes = createHash('shake256', { outputLength: IMAGE_BYTES }).update(String(n)).digest()
  bytes.set([0xff, 0xd8, 0xff])
  return bytes
}

async function read(file: string): Promise<Figures> {
  const began = performance.now()
  const source = await openRecords(file)
  let rows = 0
  for await (const { value, problem } of source.records()) {
    const image = value?.['image']
    if (problem !== null || !isObject(image) || !(image['bytes'] instanceof Uint8Array)) throw new Error(problem ?? 'a row has no image')
    rows++
  }
  await source.close()
  return { rows, seconds: (performance.now() - began) / 1000, peak: process.resourceUsage().maxRSS / 1024 }
}

/** For `npm run bench -- parquet [rows]`. */
export const run = (given: string[]): Promise<unknown> => parquetBench(given[0] ? Number(given[0]) : undefined)

// Reading has a process of its own, so that the memory of writing is not counted for it.
const [task, given] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && task === '--read') console.log(JSON.stringify(await read(given ?? '')))
