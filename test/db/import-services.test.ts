import { createRouterClient } from '@orpc/server'
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contract } from '../../src/contract/index.ts'
import type { Job } from '../../src/contract/jobs.ts'
import { Backend } from '../../src/services/backend.ts'
import { columnMapsService } from '../../src/services/import/column-maps.ts'
import { demoService, exportsService } from '../../src/services/exports.ts'
import { importsService } from '../../src/services/import/imports.ts'
import { surveyImport } from '../../src/services/import/survey.ts'
import { contents, removeTemporary, resultOf, temporary, writeFile, writeImages } from './importing.ts'

const home = temporary()
const project = path.join(home, 'services.blindfold')
const backend = new Backend({ userDir: home, trainerSource: home })
const services = {
  imports: importsService(backend),
  columnMaps: columnMapsService(backend),
  exports: exportsService(backend),
  demo: demoService(backend),
}
const client = createRouterClient(services, { context: {} })
let folder = ''

beforeAll(async () => {
  folder = await writeImages(temporary(), 3, 400)
  await backend.open(project, { create: true })
})
afterAll(async () => {
  await backend.close()
  removeTemporary()
})

async function ended({ jobId }: { jobId: string }): Promise<Job> {
  for (;;) {
    const job = await backend.requireSession().jobs.get(jobId)
    if (!['queued', 'running', 'cancelling'].includes(job.state.status)) return job
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const everything = () =>
  readdirSync(project, { recursive: true, withFileTypes: true })
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
const row = (id: number, more = {}) => ({
  id: `${id}`,
  prompt: `p${id}`,
  img_path: `${id % 3}.png`,
  chosen: `c${id}`,
  rejected: 'r',
  ...more,
})
const jsonl = (rows: object[]) => rows.map((each) => JSON.stringify(each)).join('\n')

test('a preview shows ten pairs with thumbnails, counts missing images, names bad records, and writes nothing', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => row(i))
  rows[3] = row(3, { img_path: 'nowhere.png' })
  rows[4] = row(4, { img_path: 'https://images.example/4.png' })
  rows[5] = row(5, { img_path: ['https://images.example/5.png', 'https://other.example/5.png'] })
  rows[150] = row(150, { rejected: 'c150' })
  rows[250] = row(250, { rejected: 'c250' })
  const file = writeFile(folder, 'my-env.jsonl', jsonl(rows))
  const before = [everything(), readdirSync(folder)]
  const preview = await client.imports.preview({ file, format: 'auto' })
  expect([everything(), readdirSync(folder)]).toEqual(before)
  expect((await client.imports.quarantine({})).total).toBe(0)

  const bytes = readFileSync(file).length
  expect(preview).toMatchObject({
    file,
    files: [{ file, split: '', bytes, container: 'json-lines' }],
    format: 'mm-rm',
    confidence: 1,
    imagesDir: folder,
    suggestedSource: 'my-env',
    bytes,
    records: 200,
    tied: 0,
    missingImages: 1,
    hosts: [
      { host: 'images.example', images: 2 },
      { host: 'other.example', images: 1 },
    ],
    suggestedMap: { prompt: 'prompt', chosen: 'chosen', rejected: 'rejected', images: 'img_path', id: 'id' },
  })
  expect(preview.columns.map(({ column, kind }) => [column, kind])).toContainEqual(['img_path', 'text'])
  expect(preview.pairs.map((pair) => pair.row)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(preview.rejections).toEqual([{ row: 151, field: 'rejected', code: 'same-responses', reason: expect.any(String) }])
  for (const { row: number, thumbnails } of preview.pairs) {
    expect(thumbnails).toHaveLength([4, 5, 6].includes(number) ? 0 : 1)
    if (thumbnails.length === 0) continue
    const made = await sharp(Buffer.from(thumbnails[0]!.split(',')[1] ?? '', 'base64')).metadata()
    expect(made).toMatchObject({ format: 'webp', width: 160, height: 160 })
  }
  // It is what the contract promises, on every transport.
  const { outputSchema } = contract.imports.preview['~orpc']
  expect(outputSchema?.['~standard'].validate(preview)).not.toHaveProperty('issues')
})

test('of several formats that fit alike the preview names each, and none beside a sure one', async () => {
  const turns = (value: string) => [
    { from: 'human', value: 'q' },
    { from: 'gpt', value },
  ]
  const both = { conversations: turns('a'), rejected_conversations: turns('b'), prompt: 'q', chosen: 'c', rejected: 'r' }
  const unsure = await client.imports.preview({ file: writeFile(folder, 'both.jsonl', jsonl([both, both])) })
  expect([unsure.format, ...unsure.alternatives.map(({ format }) => format)].toSorted()).toEqual(['povid', 'trl'])
  expect(unsure.confidence).toBeLessThan(0.9)
  for (const { confidence } of unsure.alternatives) expect(confidence).toBeLessThanOrEqual(unsure.confidence)
  const format = unsure.alternatives[0]!.format
  const named = await client.imports.preview({ file: unsure.file, format })
  expect(named).toMatchObject({ format, confidence: 1, alternatives: [] })
  expect(named.pairs[0]?.chosen).not.toEqual(unsure.pairs[0]?.chosen)
  const sure = await client.imports.preview({ file: writeFile(folder, 'sure.jsonl', jsonl([{ prompt: 'p', chosen: 'c', rejected: 'r' }])) })
  expect(sure).toMatchObject({ format: 'trl', confidence: 1, alternatives: [] })
})

test('a preview of no known format lists columns and guesses a map, with which it then reads', async () => {
  const rows = [
    { q: 'Which?', left: { text: 'one' }, right: { text: 'two' }, vote: 'right' },
    { q: 'What?', left: { text: 'three' }, right: { text: 'four' }, vote: 'tie' },
    { q: 'Who?', left: { text: 'five' }, right: { text: 'six' }, vote: 'unsure' },
  ]
  const file = writeFile(folder, 'votes.jsonl', jsonl(rows))
  const blank = await client.imports.preview({ file })
  expect(blank).toMatchObject({ format: null, confidence: 0, records: 3, pairs: [], rejections: [], suggestedMap: { label: 'vote' } })
  expect(blank.columns).toContainEqual({ column: 'left.text', kind: 'text', example: 'one' })

  const map = { prompt: 'q', first: 'left.text', second: 'right.text', label: 'vote' }
  const preview = await client.imports.preview({ file, map })
  expect(preview).toMatchObject({
    format: 'mapped',
    confidence: 1,
    tied: 1,
    pairs: [{ row: 1, chosen: 'two', rejected: 'one' }, { row: 2 }],
    rejections: [{ row: 3, field: 'vote', code: 'wrong-type' }],
  })
  expect(resultOf(await ended(await client.imports.start({ file, map, source: 'votes' })))).toMatchObject({
    records: 3,
    pairs: 3,
    imported: 2,
    tied: 1,
    quarantined: 1,
  })
})

test('column maps are kept for all projects, and a damaged file is not overwritten', async () => {
  const map = { prompt: 'q', chosen: 'good', rejected: 'bad' }
  expect(await client.columnMaps.list()).toEqual([])
  await client.columnMaps.save({ name: 'b', map })
  await client.columnMaps.save({ name: 'a', map: { ...map, images: 'photo' } })
  expect(await client.columnMaps.save({ name: 'b', map: { ...map, id: 'key' } })).toEqual([
    { name: 'a', map: { ...map, images: 'photo' } },
    { name: 'b', map: { ...map, id: 'key' } },
  ])
  expect(
    await createRouterClient(
      { columnMaps: columnMapsService(new Backend({ userDir: home, trainerSource: home })) },
      { context: {} },
    ).columnMaps.list(),
  ).toHaveLength(2)
  expect(await client.columnMaps.remove({ name: 'a' })).toHaveLength(1)
  await expect(client.columnMaps.remove({ name: 'a' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(client.columnMaps.save({ name: 'c', map: { prompt: 'q', chosen: 'good' } })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  const damaged = writeFile(home, 'column-maps.json', '[{"name": "b"')
  await expect(client.columnMaps.save({ name: 'c', map })).rejects.toMatchObject({ code: 'FILE_UNREADABLE', data: { file: damaged } })
  expect(readFileSync(damaged, 'utf8')).toBe('[{"name": "b"')
})

test('dataset_info.json imports each of its ranking files, by its columns', async () => {
  const fixtures = path.join(import.meta.dirname, '..', 'fixtures', 'formats')
  const here = temporary()
  cpSync(fixtures, here, { recursive: true })
  const file = path.join(here, 'llama-factory', 'dataset_info.json')
  const preview = await client.imports.preview({ file, imagesDir: path.join(here, 'images') })
  expect(preview).toMatchObject({ format: 'llama-factory', confidence: 1, suggestedSource: 'llama-factory', records: 3, rejections: [] })
  expect(preview.files.map((each) => path.basename(each.file))).toEqual(['squares_dpo.json', 'squares_alpaca.json'])
  expect(
    resultOf(await ended(await client.imports.start({ file, source: 'squares', imagesDir: path.join(here, 'images') }))),
  ).toMatchObject({ records: 3, imported: 3, incomplete: 0, images: 2 })
  const stored = contents(project, 'squares').pairs
  expect(stored.map(({ prompt }) => prompt)).toContain('system: You are brief.\n\nuser: Which colour is this?')
  // The entry of one file alone is found as well.
  const alone = await client.imports.preview({ file: path.join(here, 'llama-factory', 'squares_alpaca.json') })
  expect(alone).toMatchObject({ format: 'llama-factory', records: 1, rejections: [] })
})

test('what an import passes over is told with the row that it equals', async () => {
  const file = writeFile(folder, 'twice.jsonl', jsonl([row(40, { id: null }), row(41, { id: null }), row(40, { id: null })]))
  const job = await client.imports.start({ file, source: 'twice' })
  expect(resultOf(await ended(job))).toMatchObject({ pairs: 3, imported: 2, skipped: 1 })
  expect(await client.imports.skipped({ jobId: job.jobId })).toEqual([{ file, row: 3, pairId: expect.any(Number), same: { file, row: 1 } }])
})

test.each([
  ['train.jsonl', 'folder'],
  ['vqa-rad_dpo.v2.jsonl.txt', 'vqa-rad_dpo.v2'],
  ['train-00000-of-00002.json', 'folder'],
])('the source suggested for %s', async (name, expected) => {
  const file = writeFile(folder, name, jsonl([row(1)]))
  expect((await client.imports.preview({ file, format: 'auto' })).suggestedSource).toBe(
    expected === 'folder' ? path.basename(folder) : expected,
  )
})

test('what cannot be imported is refused before a job is made', async () => {
  const file = writeFile(folder, 'odd.json', JSON.stringify({ question: 'q' }))
  const jobs = (await backend.requireSession().jobs.list()).length
  await expect(client.imports.start({ file, source: 's' })).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    message: expect.stringContaining('the columns question (text)'),
    data: { file, remedy: expect.stringMatching(/--map prompt=.*POVID/) },
  })
  await expect(client.imports.start({ file: `${file}.not`, source: 's' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  const good = writeFile(folder, 'good.json', JSON.stringify([row(1)]))
  await expect(client.imports.start({ file: good, source: 's', imagesDir: `${folder}/not` })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    data: { field: 'imagesDir' },
  })
  const map = { prompt: 'question', chosen: 'a', rejected: 'b' }
  await expect(client.imports.start({ file, source: 's', format: 'trl', map })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    data: { field: 'map' },
  })
  await expect(client.imports.start({ file, source: 's', format: 'mapped' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    data: { field: 'map' },
  })
  await expect(client.imports.start({ file, source: '  ' })).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'source' } })
  expect(await backend.requireSession().jobs.list()).toHaveLength(jobs)
})

test('import, quarantine in pages and as a file, retry', async () => {
  const rows = [row(0), row(1, { img_path: 'late.png' }), row(2, { rejected: 'c2' }), row(3), row(4, { img_path: 'gone.png' })]
  writeFile(folder, 'late.png', 'no image yet')
  const file = writeFile(folder, 'pairs.jsonl', jsonl(rows))
  const started = await client.imports.start({ file, source: 'env', split: 'train' })
  expect(resultOf(await ended(started))).toEqual({
    records: 5,
    pairs: 5,
    imported: 3,
    tied: 0,
    incomplete: 1,
    skipped: 0,
    quarantined: 2,
    images: 1,
    remarks: [],
  })

  const page = await client.imports.quarantine({ limit: 1, sources: ['env'] })
  expect(page).toMatchObject({
    total: 2,
    codes: expect.arrayContaining([{ value: 'unreadable-image', count: 1 }]),
    rows: [{ file, source: 'env', row: 2, field: 'img_path', code: 'unreadable-image', raw: JSON.stringify(rows[1]) }],
  })
  const next = await client.imports.quarantine({ after: page.rows[0]!.id, limit: 1, sources: ['env'] })
  expect(next).toMatchObject({ total: 2, rows: [{ row: 3, code: 'same-responses' }] })
  expect(await client.imports.quarantine({ codes: ['unreadable-image'] })).toMatchObject({ total: 1, rows: [{ row: 2 }] })
  const { outputSchema } = contract.imports.quarantine['~orpc']
  expect(outputSchema?.['~standard'].validate(next)).not.toHaveProperty('issues')

  const out = path.join(folder, 'quarantine.jsonl')
  const { rows: written } = await client.imports.exportQuarantine({ out })
  const lines = readFileSync(out, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { file: string })
  expect(lines).toHaveLength(written)
  expect(lines.filter((line) => line.file === file)).toMatchObject([
    { file, row: 2, field: 'img_path', code: 'unreadable-image', raw: JSON.stringify(rows[1]), source: 'env', split: 'train' },
    { file, row: 3, field: 'rejected', code: 'same-responses', raw: JSON.stringify(rows[2]) },
  ])
  await expect(client.imports.exportQuarantine({ out: path.join(file, 'x.jsonl') })).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE' })

  copyFileSync(path.join(folder, '2.png'), path.join(folder, 'late.png'))
  expect(resultOf(await ended(await client.imports.retryQuarantine({})))).toMatchObject({ imported: 1 })
  expect(await client.imports.quarantine({ sources: ['env'] })).toMatchObject({ total: 1, rows: [{ row: 3 }] })
})

test('the demo suite: three environments with two splits each, images, truth apart, nothing left over, nothing twice', async () => {
  const options = { pairs: 24, testPairs: 12, seed: 5 }
  const cut = await client.demo.start(options)
  await backend.requireSession().jobs.cancel(cut.jobId)
  expect((await ended(cut)).state.status).toBe('cancelled')
  expect(readdirSync(path.join(project, 'cache'))).toEqual([])
  await backend.requireSession().jobs.resume(cut.jobId)
  const result = resultOf(await ended(cut))
  expect(result).toMatchObject({ records: 108, imported: 108, skipped: 0, quarantined: 0 })
  expect(readdirSync(path.join(project, 'cache'))).toEqual([])
  const truth = readFileSync(path.join(project, 'demo-truth.jsonl'), 'utf8').trim().split('\n')
  expect(truth).toHaveLength(108)

  const { sources } = await backend.requireSession().db.projects.info()
  const demo = sources.filter(({ name }) => !['env', 'votes', 'squares', 'twice'].includes(name))
  expect(demo).toHaveLength(3)
  for (const { pairs, splits } of demo) expect({ pairs, splits }).toEqual({ pairs: 36, splits: ['test', 'train'] })
  for (const pair of demo.flatMap(({ name }) => contents(project, name).pairs)) expect(pair.images).toMatch(/^[0-9a-f]{64}$/)

  expect(resultOf(await ended(await client.demo.start(options)))).toMatchObject({ imported: 0, skipped: 108, quarantined: 0 })
  const other = await ended(await client.demo.start({ ...options, seed: 6 }))
  expect(other.state).toMatchObject({ status: 'failed', error: { code: 'INVALID_INPUT', field: 'seed' } })
})

test('images are looked for beside the file and in the usual folder there, unless a folder is given', async () => {
  const here = temporary()
  mkdirSync(path.join(here, 'images'))
  await writeImages(path.join(here, 'images'), 3, 900)
  const file = writeFile(here, 'data.jsonl', jsonl([row(0), row(1), row(2)]))
  expect(await client.imports.preview({ file })).toMatchObject({ imagesDir: path.join(here, 'images'), missingImages: 0 })
  // Below the folder that is given they are found by their names; elsewhere they are missing.
  expect(await client.imports.preview({ file, imagesDir: here })).toMatchObject({ imagesDir: here, missingImages: 0 })
  expect(await client.imports.preview({ file, imagesDir: temporary() })).toMatchObject({ missingImages: 3, rejections: [] })
  await writeImages(here, 3, 900)
  expect(await client.imports.preview({ file })).toMatchObject({ imagesDir: here, missingImages: 0 })

  // A data set's folder keeps them beside the folder of its shards.
  mkdirSync(path.join(here, 'set', 'data'), { recursive: true })
  mkdirSync(path.join(here, 'set', 'images'))
  await writeImages(path.join(here, 'set', 'images'), 3, 900)
  writeFile(path.join(here, 'set', 'data'), 'train.jsonl', jsonl([row(0), row(1), row(2)]))
  writeFile(path.join(here, 'set', 'data'), 'test.jsonl', jsonl([row(3)]))
  const set = await client.imports.preview({ file: path.join(here, 'set') })
  expect(set).toMatchObject({ imagesDir: path.join(here, 'set', 'images'), missingImages: 0, records: 4, suggestedSource: 'set' })
  expect(set.files.map(({ split }) => split).toSorted()).toEqual(['test', 'train'])
  expect(resultOf(await ended(await client.imports.start({ file: path.join(here, 'set'), source: 'set' })))).toMatchObject({
    records: 4,
    imported: 4,
    incomplete: 0,
  })
  expect(
    contents(project, 'set')
      .pairs.map(({ split, prompt }) => `${split} ${prompt}`)
      .toSorted(),
  ).toEqual(['test p3', 'train p0', 'train p1', 'train p2'])
})

test('a folder of files in different formats is refused by their names, shards and empty files are no trouble', async () => {
  const here = path.join(temporary(), 'mixed')
  mkdirSync(here)
  for (const shard of [0, 1, 2]) writeFile(here, `train-0000${shard}-of-00003.jsonl`, jsonl([row(shard)]))
  writeFile(here, 'test.jsonl', '')
  expect(await client.imports.preview({ file: here })).toMatchObject({ format: 'mm-rm', records: 3 })
  writeFile(here, 'votes.jsonl', jsonl([{ prompt: 'p', output_1: 'a', output_2: 'b', label: 1 }]))
  const refusal = {
    code: 'FORMAT_UNKNOWN',
    message: expect.stringMatching(/train-00000-of-00003.jsonl: MM-RM; votes.jsonl: judged pairs/) as string,
  }
  await expect(client.imports.preview({ file: here })).rejects.toMatchObject(refusal)
  await expect(client.imports.start({ file: here, source: 'mixed' })).rejects.toMatchObject(refusal)
})

test('a survey says how far it is, and ends where it is cancelled', async () => {
  const file = writeFile(folder, 'large.jsonl', jsonl(Array.from({ length: 20_000 }, (_, i) => row(i))))
  const { size } = statSync(file)
  const seen: { done: number; total: number }[] = []
  const surveyed = client.imports.survey({ file })
  let ended = false
  void surveyed.finally(() => (ended = true))
  while (!ended) {
    const reached = await client.imports.surveyProgress({ file })
    if (reached) seen.push(reached)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect((await surveyed).records).toBe(20_000)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.every(({ done, total }) => total === size && done > 0 && done <= size)).toBe(true)
  expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b))
  expect(await client.imports.surveyProgress({ file })).toBeNull()

  const cancelled = new AbortController()
  const stopped = surveyImport({ file }, null, cancelled.signal, (done) => done > size / 2 && cancelled.abort(new Error('enough')))
  await expect(stopped).rejects.toThrow('enough')
})

test('texts that are turns are read so if all texts of their column are, also in a retry', async () => {
  const turns = (content: string) => JSON.stringify([{ role: 'assistant', content }])
  const rows = (odd: string) =>
    Array.from({ length: 1200 }, (_, i) => ({
      prompt: `Q${i}`,
      chosen: i === 1100 ? odd : turns(`c${i}`),
      rejected: i === 5 ? ' ' : turns(`r${i}`),
    }))
  const file = writeFile(folder, 'chats.jsonl', jsonl(rows(turns('c'))))
  expect((await client.imports.preview({ file })).pairs[0]).toMatchObject({ chosen: 'c0', rejected: 'r0' })
  const odd = writeFile(folder, 'odd-chats.jsonl', jsonl(rows('I will not.')))
  expect((await client.imports.preview({ file: odd })).pairs[0]).toMatchObject({ chosen: turns('c0'), rejected: turns('r0') })
  expect(await client.imports.survey({ file: odd })).toMatchObject({ pairs: 1199, quarantined: 1 })
  expect(resultOf(await ended(await client.imports.start({ file: odd, source: 'odd chats' })))).toMatchObject({
    imported: 1199,
    quarantined: 1,
  })

  // The mended row alone looks like turns; the file has said that it is none.
  const mended = rows('I will not.').map((row, i) => (i === 5 ? { ...row, rejected: turns('r5') } : row))
  writeFile(folder, 'odd-chats.jsonl', jsonl(mended))
  expect(resultOf(await ended(await client.imports.retryQuarantine({})))).toMatchObject({ imported: 1 })
  const { pairs } = contents(project, 'odd chats')
  expect(pairs.map(({ chosen, rejected }) => [chosen, rejected]).sort()).toEqual(
    mended.map(({ chosen, rejected }) => [chosen, rejected]).sort(),
  )
})

test('what labels mean is asked where two conventions fit, and is kept with the import for retries', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({
    prompt: `Q${i}`,
    answer_a: `one ${i}`,
    answer_b: i === 7 ? '' : `two ${i}`,
    label: i % 3,
  }))
  const file = writeFile(folder, 'coded.jsonl', jsonl(rows))
  const unclear = await client.imports.preview({ file })
  expect(unclear).toMatchObject({
    format: 'judged',
    label: {
      column: 'label',
      first: 'answer_a',
      values: null,
      counts: [{ value: '0', count: 10, says: null }, { count: 10 }, { count: 10 }],
      options: [{}, {}],
    },
  })
  await expect(client.imports.start({ file, source: 'coded' })).rejects.toMatchObject({
    code: 'LABELS_UNCLEAR',
    message: expect.stringContaining('0 (10), 1 (10), 2 (10)') as string,
    data: { field: 'label', remedy: expect.stringContaining('--labels 0=first,1=second,2=tie') as string },
  })
  const labels = { 0: 'tie', 1: 'second', 2: 'first' } as const
  await expect(client.imports.start({ file, source: 'coded', labels: { 7: 'first' } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    data: { field: 'labels' },
  })
  expect(await client.imports.preview({ file, labels })).toMatchObject({ tied: 10, label: { values: labels } })
  expect((await client.imports.preview({ file, labels })).pairs.slice(0, 3)).toMatchObject([
    { chosen: 'one 0' },
    { chosen: 'two 1' },
    { chosen: 'one 2' },
  ])
  expect(resultOf(await ended(await client.imports.start({ file, source: 'coded', labels })))).toMatchObject({
    imported: 29,
    tied: 10,
    quarantined: 1,
  })

  // The row is mended in place; nobody says again what its label means.
  writeFile(folder, 'coded.jsonl', jsonl(rows.map((row, i) => (i === 7 ? { ...row, answer_b: 'two 7' } : row))))
  expect(resultOf(await ended(await client.imports.retryQuarantine({})))).toMatchObject({ imported: 1 })
  const { pairs } = contents(project, 'coded')
  expect(pairs.find(({ prompt }) => prompt === 'Q7')).toMatchObject({ chosen: 'two 7', rejected: 'one 7' })
  // Beyond what is shown at once, and told by the last record of all.
  const many = Array.from({ length: 1000 }, (_, i) => ({ prompt: `Q${i}`, answer_a: 'one', answer_b: 'two', label: i === 999 ? 2 : 1 }))
  expect((await client.imports.preview({ file: writeFile(folder, 'late.jsonl', jsonl(many)) })).label).toMatchObject({
    values: { 1: 'first', 2: 'second' },
    counts: [
      { value: '1', count: 999 },
      { value: '2', count: 1 },
    ],
  })
  expect(
    (
      await client.imports.preview({
        file: writeFile(folder, 'later.jsonl', jsonl(many.map((row, i) => (i === 500 ? { ...row, label: 0 } : row)))),
      })
    ).label,
  ).toMatchObject({ values: null })
})

test('a list for each split gives its pairs their split', async () => {
  const rows = (n: number, word: string) => Array.from({ length: n }, (_, i) => ({ prompt: `${word} ${i}`, chosen: 'c', rejected: 'r' }))
  const file = writeFile(folder, 'splits.json', JSON.stringify({ version: 1, data: { train: rows(3, 'a'), test: rows(2, 'b') } }))
  expect(resultOf(await ended(await client.imports.start({ file, source: 'splits' })))).toMatchObject({ imported: 5 })
  expect(contents(project, 'splits').pairs.map(({ split }) => split)).toEqual(['test', 'test', 'train', 'train', 'train'])
})
