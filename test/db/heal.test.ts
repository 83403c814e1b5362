import { createServer, type Server } from 'node:http'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importInput } from '../../src/contract/imports.ts'
import { random } from '../../src/core/random.ts'
import { openDataset } from '../../src/formats/dataset.ts'
import { healKind } from '../../src/jobs/kinds/heal.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { EventHub } from '../../src/services/events.ts'
import { ThumbnailMaker } from '../../src/services/thumbnails.ts'
import { Project, temporary } from './importing.ts'

let server: Server
let host = ''
let picture: Buffer
beforeAll(async () => {
  const draw = random('noise')
  const noise = Buffer.from(Array.from({ length: 600 * 400 * 3 }, () => draw.int(256)))
  picture = await sharp(noise, { raw: { width: 600, height: 400, channels: 3 } }).png().toBuffer()
  server = await new Promise<Server>((resolve) => {
    const made = createServer((request, response) => {
      if (request.url === '/b.png') response.end(picture)
      else response.writeHead(404).end()
    }).listen(0, '127.0.0.1', () => resolve(made))
  })
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function imported(project: Project, records: object[], input: Partial<typeof importInput._zod.input> = {}) {
  const dir = temporary()
  const file = path.join(dir, 'pairs.jsonl')
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return project.result(importKind, { file, source: 's', imagesDir: dir, files: await openDataset(file), format: 'mm-rm', ...input } as never)
}

const record = (id: string, image: string | string[]) => ({ id, prompt: `What is ${id}?`, img_path: image, chosen: `It is ${id}.`, rejected: 'No.' })
const uids = async (project: Project) => (await project.db.pairs.chunk(0, 100)).map(({ externalId, id, groupId, images }) => ({ externalId, id, groupId, images }))

describe('missing images', () => {
  test('their pairs come in, marked and counted, and are healed from a folder and from a host that was agreed to', async () => {
    const project = await Project.create()
    const records = [record('a', 'a.png'), record('b', `http://${host}/b.png`), record('c', ['a.png', `http://${host}/gone.png`]), record('d', [])]
    expect(await imported(project, records)).toMatchObject({ pairs: 4, imported: 4, quarantined: 0, incomplete: 3, images: 0 })
    expect(await project.db.missing.counts()).toEqual({ pairs: 3, images: 3 })
    expect((await project.db.projects.info()).incomplete).toBe(3)
    expect(await project.db.pairs.count({ missingImages: true })).toBe(3)

    const folder = temporary()
    mkdirSync(path.join(folder, 'deep'))
    writeFileSync(path.join(folder, 'deep', 'a.png'), picture)
    expect(await project.result(healKind, { imagesDir: folder })).toEqual({ looked: 1, found: 1, pairs: 2, complete: 1, missing: 2 })
    // Nothing is asked of a host that nobody agreed to.
    expect(await project.result(healKind, { fetchHosts: ['example.org'] })).toMatchObject({ found: 0, missing: 2 })
    expect((await project.db.missing.examples(9)).map(({ reason }) => reason)).toEqual([expect.stringMatching(/unless you agree/), expect.stringMatching(/unless you agree/)])
    expect(await project.result(healKind, { fetchHosts: [host] })).toEqual({ looked: 2, found: 1, pairs: 1, complete: 1, missing: 1 })
    expect(await project.db.missing.examples(9)).toEqual([{ reference: `http://${host}/gone.png`, reason: 'The server answered 404.', pairs: 1 }])
    expect((await project.db.projects.info()).incomplete).toBe(1)

    // Healed pairs are the pairs that an import with all images at hand gives: identity, groups and images.
    const whole = await Project.create()
    await imported(whole, records, { imagesDir: folder, fetchHosts: [host] })
    expect(await uids(project)).toEqual(await uids(whole))
    // Where one image is shown by several pairs, they are one group.
    expect(new Set((await uids(project)).slice(0, 3).map(({ groupId }) => groupId)).size).toBe(1)
    await project.close()
    await whole.close()
  })

  test('a healed pair is known again, and one that stayed incomplete too', async () => {
    const project = await Project.create()
    const records = [record('a', 'a.png'), record('b', 'b.png')]
    await imported(project, records)
    const folder = temporary()
    writeFileSync(path.join(folder, 'a.png'), picture)
    await project.result(healKind, { imagesDir: folder })
    expect(await imported(project, records, { imagesDir: folder })).toMatchObject({ imported: 0, skipped: 2 })
    await project.close()
  })

  test('a file that is no image heals nothing and says why', async () => {
    const project = await Project.create()
    await imported(project, [record('a', 'a.png')])
    const folder = temporary()
    writeFileSync(path.join(folder, 'a.png'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    expect(await project.result(healKind, { imagesDir: folder })).toMatchObject({ found: 0, missing: 1 })
    expect((await project.db.missing.examples(1))[0]?.reason).toMatch(/no image/)
    await project.close()
  })
})

describe('thumbnails', () => {
  test('are made while the project is open, of what is large, and of what comes later', async () => {
    const project = await Project.create()
    const folder = temporary()
    writeFileSync(path.join(folder, 'large.png'), picture)
    writeFileSync(path.join(folder, 'small.png'), await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } }).png().toBuffer())
    await imported(project, [record('a', 'large.png')], { imagesDir: folder })
    const events = new EventHub()
    const maker = new ThumbnailMaker({ db: project.db, path: project.folder }, events)
    const made = async () => (await readdir(path.join(project.folder, 'media', 'thumbnails'), { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.webp'))
    await expect.poll(async () => (await project.db.media.withoutThumbnail(9)).length, { timeout: 20_000 }).toBe(0)
    expect(await made()).toHaveLength(1)
    const [name = ''] = await made()
    expect(await sharp(await readFile(path.join(project.folder, 'media', 'thumbnails', name))).metadata()).toMatchObject({ format: 'webp', width: 320, height: 213 })
    await imported(project, [record('b', 'small.png')], { imagesDir: folder })
    events.publish('pairs')
    await expect.poll(async () => (await project.db.media.withoutThumbnail(9)).length, { timeout: 20_000 }).toBe(0)
    expect(await made()).toHaveLength(1)
    await maker.close()
    expect(events.listeners).toBe(0)
    await project.close()
  })
})
