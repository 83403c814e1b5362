import { createRouterClient } from '@orpc/server'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contract } from '../../src/contract/index.ts'
import type { Job } from '../../src/contract/jobs.ts'
import { Backend } from '../../src/services/backend.ts'
import { demoService, exportsService } from '../../src/services/exports.ts'
import { importsService } from '../../src/services/imports.ts'
import { contents, removeTemporary, resultOf, temporary, writeFile, writeImages } from './importing.ts'

const home = temporary()
const project = path.join(home, 'services.blindfold')
const backend = new Backend({ userDir: home, trainerSource: home })
const services = { imports: importsService(backend), exports: exportsService(backend), demo: demoService(backend) }
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

const everything = () => readdirSync(project, { recursive: true, withFileTypes: true }).map((entry) => path.join(entry.parentPath, entry.name)).sort()
const row = (id: number, more = {}) => ({ id: `${id}`, prompt: `p${id}`, img_path: `${id % 3}.png`, chosen: `c${id}`, rejected: 'r', ...more })
const jsonl = (rows: object[]) => rows.map((each) => JSON.stringify(each)).join('\n')

test('a preview shows ten pairs with thumbnails, names bad records, and writes nothing', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => row(i))
  rows[3] = row(3, { img_path: 'nowhere.png' })
  rows[150] = row(150, { rejected: 'c150' })
  rows[250] = row(250, { rejected: 'c250' })
  const file = writeFile(folder, 'my-env.jsonl', jsonl(rows))
  const before = [everything(), readdirSync(folder)]
  const preview = await client.imports.preview({ file, format: 'auto' })
  expect([everything(), readdirSync(folder)]).toEqual(before)
  expect((await client.imports.quarantine({})).total).toBe(0)

  expect(preview).toMatchObject({ file, format: 'mm-rm', confidence: 1, imagesDir: folder, suggestedSource: 'my-env', bytes: readFileSync(file).length })
  expect(preview.pairs.map((pair) => pair.row)).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10, 11])
  expect(preview.rejections).toEqual([
    { row: 4, field: 'img_path', code: 'missing-image', reason: expect.stringContaining('nowhere.png') },
    { row: 151, field: 'rejected', code: 'same-responses', reason: expect.any(String) },
  ])
  for (const { thumbnails } of preview.pairs) {
    const [url = ''] = thumbnails
    const made = await sharp(Buffer.from(url.split(',')[1] ?? '', 'base64')).metadata()
    expect(made).toMatchObject({ format: 'webp', width: 160, height: 160 })
  }
  // It is what the contract promises, on every transport.
  const { outputSchema } = contract.imports.preview['~orpc']
  expect(outputSchema?.['~standard'].validate(preview)).not.toHaveProperty('issues')
})

test.each([
  ['train.jsonl', 'folder'],
  ['vqa-rad_dpo.v2.jsonl.txt', 'vqa-rad_dpo.v2'],
])('the source suggested for %s', async (name, expected) => {
  const file = writeFile(folder, name, jsonl([row(1)]))
  expect((await client.imports.preview({ file, format: 'auto' })).suggestedSource).toBe(expected === 'folder' ? path.basename(folder) : expected)
})

test('what cannot be imported is refused before a job is made', async () => {
  const file = writeFile(folder, 'odd.json', JSON.stringify({ question: 'q' }))
  const jobs = (await backend.requireSession().jobs.list()).length
  await expect(client.imports.start({ file, source: 's' })).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN', data: { file, remedy: expect.stringContaining('POVID') } })
  await expect(client.imports.start({ file: `${file}.not`, source: 's' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(client.imports.start({ file, source: 's', imagesDir: `${folder}/not` })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', data: { field: 'imagesDir' } })
  await expect(client.imports.start({ file, source: '  ' })).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'source' } })
  expect(await backend.requireSession().jobs.list()).toHaveLength(jobs)
})

test('import, quarantine in pages and as a file, retry, export', async () => {
  const rows = [row(0), row(1, { img_path: 'late.png' }), row(2, { rejected: 'c2' }), row(3)]
  const file = writeFile(folder, 'pairs.jsonl', jsonl(rows))
  const started = await client.imports.start({ file, source: 'env', split: 'train' })
  expect(resultOf(await ended(started))).toEqual({ records: 4, imported: 2, skipped: 0, quarantined: 2, images: 1 })

  const page = await client.imports.quarantine({ limit: 1 })
  expect(page).toMatchObject({ total: 2, rows: [{ file, source: 'env', row: 2, field: 'img_path', code: 'missing-image', raw: JSON.stringify(rows[1]) }] })
  const next = await client.imports.quarantine({ after: page.rows[0]!.id, limit: 1 })
  expect(next).toMatchObject({ total: 2, rows: [{ row: 3, code: 'same-responses' }] })
  const { outputSchema } = contract.imports.quarantine['~orpc']
  expect(outputSchema?.['~standard'].validate(next)).not.toHaveProperty('issues')

  const out = path.join(folder, 'quarantine.jsonl')
  expect(await client.imports.exportQuarantine({ out })).toEqual({ rows: 2 })
  expect(readFileSync(out, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { file, row: 2, field: 'img_path', code: 'missing-image', raw: JSON.stringify(rows[1]), source: 'env', split: 'train' },
    { file, row: 3, field: 'rejected', code: 'same-responses', raw: JSON.stringify(rows[2]) },
  ])
  await expect(client.imports.exportQuarantine({ out: path.join(file, 'x.jsonl') })).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE' })

  copyFileSync(path.join(folder, '2.png'), path.join(folder, 'late.png'))
  expect(resultOf(await ended(await client.imports.retryQuarantine({})))).toMatchObject({ imported: 1, quarantined: 1 })
  const trl = path.join(folder, 'out.jsonl')
  expect(resultOf(await ended(await client.exports.start({ out: trl })))).toEqual({ pairs: 3, images: 2, out: trl })
})

test('the demo suite: three environments with two splits each, images, truth apart, nothing left over, nothing twice', async () => {
  const options = { pairs: 24, testPairs: 12, seed: 5 }
  const cut = await client.demo.start(options)
  await backend.requireSession().jobs.cancel(cut.jobId)
  expect((await ended(cut)).state.status).toBe('cancelled')
  expect(existsSync(path.join(project, 'demo-files'))).toBe(false)
  await backend.requireSession().jobs.resume(cut.jobId)
  const result = resultOf(await ended(cut))
  expect(result).toMatchObject({ records: 108, imported: 108, skipped: 0, quarantined: 0 })
  expect(existsSync(path.join(project, 'demo-files'))).toBe(false)
  const truth = readFileSync(path.join(project, 'demo-truth.jsonl'), 'utf8').trim().split('\n')
  expect(truth).toHaveLength(108)

  const { sources } = await backend.requireSession().db.projects.info()
  const demo = sources.filter(({ name }) => name !== 'env')
  expect(demo).toHaveLength(3)
  for (const { pairs, splits } of demo) expect({ pairs, splits }).toEqual({ pairs: 36, splits: ['test', 'train'] })
  for (const pair of contents(project).pairs) expect(pair.images).toMatch(/^[0-9a-f]{64}$/)

  expect(resultOf(await ended(await client.demo.start(options)))).toMatchObject({ imported: 0, skipped: 108, quarantined: 0 })
  const other = await ended(await client.demo.start({ ...options, seed: 6 }))
  expect(other.state).toMatchObject({ status: 'failed', error: { code: 'INVALID_INPUT', field: 'seed' } })
})

test('images are looked for beside the file and in the usual folder there, unless a folder is given', async () => {
  const here = temporary()
  mkdirSync(path.join(here, 'images'))
  await writeImages(path.join(here, 'images'), 3, 900)
  const file = writeFile(here, 'data.jsonl', jsonl([row(0), row(1), row(2)]))
  expect(await client.imports.preview({ file })).toMatchObject({ imagesDir: path.join(here, 'images'), rejections: [] })
  expect((await client.imports.preview({ file, imagesDir: here })).rejections).toHaveLength(3)
  await writeImages(here, 3, 900)
  expect(await client.imports.preview({ file })).toMatchObject({ imagesDir: here, rejections: [] })
})
