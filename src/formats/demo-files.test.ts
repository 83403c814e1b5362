import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoPair } from '../core/demo/index.ts'
import { writeDemoFiles } from './demo-files.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'blindfold-demo-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('writes MM-RM rows whose pictures are the rendered ones, and the truth apart', async () => {
  const progress: number[] = []
  const files = await writeDemoFiles({ dir, pairs: 40, testPairs: 5, seed: 2, onProgress: (done) => progress.push(done) })
  expect(files.map((f) => `${f.environment} ${f.split} ${f.pairs}`)).toEqual([
    'verbose train 40',
    'verbose test 5',
    'injected train 40',
    'injected test 5',
    'hedged train 40',
    'hedged test 5',
  ])
  expect(progress.at(-1)).toBe(135)
  for (const { environment, split, file, imagesDir, pairs } of files) {
    const rows = lines(file)
    expect(rows).toHaveLength(pairs)
    const last = demoPair(environment, split, pairs - 1, 2)
    expect(rows.at(-1)).toEqual({
      id: last.id,
      prompt: last.prompt,
      img_path: `images/${split}/${last.id}.png`,
      chosen: last.chosen,
      rejected: last.rejected,
    })
    const { data, info } = await sharp(path.join(imagesDir, String(rows.at(-1)?.img_path)))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info.channels).toBe(3)
    expect(Buffer.compare(data, Buffer.from(last.image.rgb))).toBe(0)
  }
  expect(lines(path.join(dir, 'truth.jsonl'))).toHaveLength(135)
})

test('the same seed writes the same bytes', async () => {
  const options = { environments: ['hedged'] as const, pairs: 3, testPairs: 2, seed: 4 }
  await writeDemoFiles({ dir: path.join(dir, 'a'), ...options })
  await writeDemoFiles({ dir: path.join(dir, 'b'), ...options })
  const files = readdirSync(path.join(dir, 'a'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files).toHaveLength(8)
  for (const entry of files) {
    const inA = path.join(entry.parentPath, entry.name)
    const inB = inA.replace(path.join(dir, 'a'), path.join(dir, 'b'))
    expect(readFileSync(inA).equals(readFileSync(inB))).toBe(true)
  }
})

test('stops when it is told to', async () => {
  const stop = new AbortController()
  const run = writeDemoFiles({
    dir,
    pairs: 10_000,
    testPairs: 0,
    seed: 0,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('enough')),
  })
  await expect(run).rejects.toThrow('enough')
  expect(readdirSync(path.join(dir, 'verbose', 'images', 'train')).length).toBeLessThan(200)
})
