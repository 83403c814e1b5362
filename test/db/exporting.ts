import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import type { Job } from '../../src/contract/jobs.ts'
import { promptText, type Message } from '../../src/core/messages.ts'
import { identified } from '../../src/db/pairs/hash.ts'
import type { NewImage, NewMedia, NewPair, StatedPair } from '../../src/db/pairs/batch.ts'
import type { Project } from './importing.ts'

/** A project's folder and database. */
export type Place = Pick<Project, 'folder' | 'db'>

/** A small picture, different for each `n`, put into a project's media as an import does. */
export async function picture(project: Place, n: number): Promise<NewMedia> {
  const bytes = await sharp({ create: { width: 8, height: 6, channels: 3, background: { r: n % 256, g: n >> 8, b: 7 } } })
    .png()
    .toBuffer()
  const hash = createHash('sha256').update(bytes).digest('hex')
  const file = path.join(project.folder, 'media', hash.slice(0, 2), hash)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  return { hash, mime: 'image/png', width: 8, height: 6, bytes: bytes.length }
}

export type Given = Partial<Omit<StatedPair, 'images'>> & { images?: readonly (NewMedia | Extract<NewImage, { missing: string }>)[] }

/** A pair whose texts all name `n`; messages give the prompt. */
function newPair(n: number, given: Given): NewPair {
  const { images = [], messages = null, ...rest } = given
  const prompt = messages ? promptText(messages as Message[]) : `What is in picture ${n}?`
  return identified({
    ...{ row: n, part: 0, externalId: null, prompt, messages, chosen: `Right ${n}.`, rejected: `Wrong ${n}.` },
    ...{ metadata: {}, tied: false, source: null, split: null, tags: [], history: [] },
    ...rest,
    images: images.map((image) => ('hash' in image ? image.hash : image)),
  })
}

let imports = 0

/** Brings pairs into a project as an import of one file does, grouped; gives the numbers that they have. */
export async function addPairs(project: Place, pairs: readonly Given[], source = 's', split = 'train'): Promise<void> {
  const { db } = project
  const file = `/data/${++imports}.jsonl`
  const jobId = `job-${imports}`
  await db.jobs.insert({
    id: jobId,
    kind: 'import',
    title: file,
    input: {},
    createdAt: new Date().toISOString(),
    state: { status: 'queued' },
  })
  const { id: importId } = await db.imports.begin({
    jobId,
    source,
    split,
    splitGiven: false,
    file,
    format: 'trl',
    map: null,
    convention: null,
    encoding: null,
    imagesDir: '/data',
    fetchHosts: [],
    fingerprint: '0',
  })
  const media = new Map(
    pairs.flatMap(({ images = [] }) => images.flatMap((image) => ('hash' in image ? [[image.hash, image] as const] : []))),
  )
  const rows = pairs.map((pair, i) => newPair(i + 1, pair))
  const outcome = await db.pairs.insertBatch({ importId, media: [...media.values()], pairs: rows, rejections: [], records: rows.length })
  if (outcome.imported !== rows.length) throw new Error(`not all pairs went in: ${JSON.stringify(outcome)}`)
  await db.imports.finish(importId)
  await db.pairs.assignGroups()
}

/** Everything that makes a format lose something, and plain pairs, in two sources and three splits. */
export async function fillMixed<Filled extends Place>(made: Filled): Promise<Filled> {
  const [a, b] = [await picture(made, 1), await picture(made, 2)]
  await addPairs(made, [
    { externalId: '0', images: [a], metadata: { score: 3 } },
    { externalId: '1', images: [a, b], chosen: ' A cat.' },
    { externalId: '2', prompt: 'What does <image> mean?', tags: ['html', 'odd'] },
    { externalId: '3', images: [{ missing: 'gone/x.png', reason: 'There is no file.' }] },
    {
      externalId: '4',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', content: [{ type: 'text', text: 'Look:' }, { type: 'image' }, { type: 'text', text: 'What is it?' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'A dog.' }] },
        { role: 'user', content: [{ type: 'text', text: 'And this?' }, { type: 'image' }] },
      ],
      images: [a, b],
    },
    { externalId: '5', messages: [{ role: 'assistant', content: [{ type: 'text', text: 'Hello' }] }] },
    { externalId: '6', prompt: '' },
    { externalId: '7', tied: true },
  ])
  await addPairs(
    made,
    [
      { externalId: '0', images: [b] },
      { externalId: '8', split: 'my test/1' },
    ],
    't',
    '',
  )
  return made
}

export const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** All files of a folder, by path with `/`. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort()

export const errorOf = ({ state }: Job) => (state.status === 'failed' ? state.error : state)
