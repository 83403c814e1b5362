import { createServer, type Server } from 'node:http'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importInput } from '../../src/contract/imports.ts'
import { thumbnailSegments } from '../../src/core/image-type.ts'
import { random } from '../../src/core/random.ts'
import { assignGroups, nameKey } from '../../src/db/pairs/groups.ts'
import { annotate } from '../../src/db/annotations/queries.ts'
import * as missing from '../../src/db/media/missing.ts'
import { openDataset } from '../../src/formats/dataset.ts'
import { imageFile } from '../../src/node/project-folder.ts'
import { healKind } from '../../src/jobs/kinds/heal.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { missingImages } from '../../src/services/images.ts'
import { EventHub } from '../../src/services/events.ts'
import { keepThumbnails } from '../../src/services/thumbnails.ts'
import { Project, removeTemporary, temporary } from './importing.ts'
import { addPairs, image, MemoryProject, newPair } from './project.ts'

let server: Server
let host = ''
let picture: Buffer
beforeAll(async () => {
  const draw = random('noise')
  const noise = Buffer.from(Array.from({ length: 600 * 400 * 3 }, () => draw.int(256)))
  picture = await sharp(noise, { raw: { width: 600, height: 400, channels: 3 } })
    .png()
    .toBuffer()
  server = await new Promise<Server>((resolve) => {
    const made = createServer((request, response) => {
      if (request.url === '/b.png') response.end(picture)
      else response.writeHead(404).end()
    }).listen(0, '127.0.0.1', () => resolve(made))
  })
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  removeTemporary()
})

async function imported(project: Project, records: object[], input: Partial<typeof importInput._zod.input> = {}) {
  const dir = temporary()
  const file = path.join(dir, 'pairs.jsonl')
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return project.result(importKind, {
    file,
    source: 's',
    imagesDir: dir,
    files: await openDataset(file),
    format: 'mm-rm',
    ...input,
  } as never)
}

const record = (id: string, image: string | string[]) => ({
  id,
  prompt: `What is ${id}?`,
  img_path: image,
  chosen: `It is ${id}.`,
  rejected: 'No.',
})
const uids = async (project: Project) =>
  (await project.db.pairs.chunk(0, 100)).map(({ externalId, id, groupId, images }) => ({ externalId, id, groupId, images }))

describe('missing images', () => {
  test('addresses are found in the folder that is chosen, by an import and by a search', async () => {
    const project = await Project.create()
    const folder = temporary()
    mkdirSync(path.join(folder, 'train'))
    writeFileSync(path.join(folder, 'train', '7.png'), picture)
    const records = [record('a', 'https://gone.example/set/train/7.png?size=big'), record('b', 'https://gone.example/8.png')]
    expect(await imported(project, records, { imagesDir: folder })).toMatchObject({ imported: 2, incomplete: 2 })
    expect(await project.result(healKind, { imagesDir: folder })).toMatchObject({ looked: 2, found: 1, complete: 1, missing: 1 })
    const whole = await Project.create()
    expect(await imported(whole, records, { imagesDir: folder, imagesChosen: true } as never)).toMatchObject({ imported: 2, incomplete: 1 })
    expect(await uids(whole)).toEqual(await uids(project))
    await Promise.all([project.close(), whole.close()])
  })

  test('their pairs come in, marked and counted, and are healed from a folder and from a host that was agreed to', async () => {
    const project = await Project.create()
    const records = [
      record('a', 'a.png'),
      record('b', `http://${host}/b.png`),
      record('c', ['a.png', `http://${host}/gone.png`]),
      record('d', []),
    ]
    expect(await imported(project, records)).toMatchObject({ pairs: 4, imported: 4, quarantined: 0, incomplete: 3, images: 0 })
    expect(await project.db.missing.counts()).toEqual({ pairs: 3, images: 3 })
    expect((await project.db.projects.info()).incomplete).toBe(3)
    expect(await project.db.pairs.count({ missingImages: true })).toBe(3)

    const folder = temporary()
    mkdirSync(path.join(folder, 'deep'))
    writeFileSync(path.join(folder, 'deep', 'a.png'), picture)
    expect(await project.result(healKind, { imagesDir: folder })).toEqual({ looked: 3, found: 1, pairs: 2, complete: 1, missing: 2 })
    // Nothing is asked of a host that nobody agreed to.
    expect(await project.result(healKind, { fetchHosts: ['example.org'] })).toMatchObject({ found: 0, missing: 2 })
    expect((await missingImages(project.db)).examples.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/are not allowed/),
      expect.stringMatching(/are not allowed/),
    ])
    expect(await project.result(healKind, { fetchHosts: [host] })).toEqual({ looked: 2, found: 1, pairs: 1, complete: 1, missing: 1 })
    expect((await missingImages(project.db)).examples).toEqual([
      { reference: `http://${host}/gone.png`, reason: 'The server answered 404.', pairs: 1 },
    ])
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
    expect((await missingImages(project.db)).examples[0]?.reason).toMatch(/not a supported image format/)
    await project.close()
  })

  test('a link in the place of an image keeps no other one out', async () => {
    const project = await Project.create()
    await imported(project, [record('a', 'a.png'), record('b', 'b.png')])
    const folder = temporary()
    const other = await sharp(picture).rotate(90).png().toBuffer()
    writeFileSync(path.join(folder, 'a.png'), picture)
    writeFileSync(path.join(folder, 'b.png'), other)
    const place = imageFile(project.folder, createHash('sha256').update(picture).digest('hex'))
    mkdirSync(path.dirname(place), { recursive: true })
    symlinkSync(path.join(folder, 'a.png'), place)
    expect(await project.result(healKind, { imagesDir: folder })).toMatchObject({ found: 1, complete: 1, missing: 1 })
    expect((await missingImages(project.db)).examples).toMatchObject([{ reference: 'a.png', reason: expect.stringMatching(/is a link/) }])
    await project.close()
  })

  test('an image that very many pairs show, some twice; in one source only where that is said; reports are rebuilt', async () => {
    const project = await Project.create()
    const records = Array.from({ length: 1100 }, (_, i) => record(`r${i}`, i % 3 === 0 ? ['x.png', 'x.png'] : 'x.png'))
    expect(await imported(project, records)).toMatchObject({ incomplete: 1100 })
    expect(await imported(project, [record('other', 'x.png')], { source: 'other' })).toMatchObject({ incomplete: 1 })
    const folder = temporary()
    writeFileSync(path.join(folder, 'x.png'), picture)
    const before = await project.db.projects.meta('audit_refreshes')
    expect(await project.result(healKind, { imagesDir: folder, sources: ['s'] })).toMatchObject({ found: 1, complete: 1100, missing: 1 })
    expect(await project.db.projects.meta('audit_refreshes')).not.toBe(before)
    expect(await missingImages(project.db)).toMatchObject({ pairs: 1, images: 1, examples: [{ reference: 'x.png', pairs: 1 }] })
    expect(await project.result(healKind, { imagesDir: temporary(), sources: ['s'] })).toMatchObject({ looked: 0 })
    expect(await project.result(healKind, { imagesDir: folder })).toMatchObject({ found: 1, pairs: 1, complete: 1, missing: 0 })
    expect(await missingImages(project.db)).toEqual({ pairs: 0, images: 0, examples: [], hosts: [] })
    await project.close()
  })

  test('texts, labels and scores of texts stay as they are', () => {
    using project = new MemoryProject()
    const { db } = project
    const [id] = addPairs(db, [
      newPair(1, { images: [image(1), { missing: 'a.png', reason: 'gone' }] }),
      newPair(2, { images: [image(2)] }),
    ])
    annotate(db, { pairId: id!, action: 'flip', blind: false }, 'x')
    db.exec("UPDATE pair_state SET text_margin = 1.5, text_loss = 0.2, quadrant = 'text-right', fold = 3")
    const state = () =>
      db
        .prepare(
          'SELECT status, text_hash, annotation_id, text_margin, text_loss, audit_sfc, quadrant, fold, stale FROM pair_state WHERE pair_id = ?',
        )
        .get(id)
    const before = state()
    expect(missing.heal(db, 'a.png', { hash: image(2), mime: 'image/png', width: 8, height: 8, bytes: 100 }, 10)).toEqual({
      healed: 1,
      complete: 1,
    })
    expect(state()).toEqual(before)
    expect(before).toMatchObject({ stale: 0 })
    // The image joins the two pairs to one group.
    assignGroups(db)
    // It is named after what the pair calls its image, as it was before the file came.
    expect(new Set(db.prepare('SELECT group_id FROM pair_state').pluck().all())).toEqual(new Set([nameKey('src', 'a.png')]))
    expect(db.prepare('SELECT sum(pairs) FROM pair_counts WHERE incomplete = 1').pluck().get()).toBe(0)
  })

  test('an image that was lost is not replaced by another one of its name', async () => {
    const project = await Project.create()
    const lost = `ab/${'ab'.repeat(32)}`
    await imported(project, [record('a', lost)])
    const folder = temporary()
    mkdirSync(path.join(folder, 'ab'))
    writeFileSync(path.join(folder, lost), picture)
    expect(await project.result(healKind, { imagesDir: folder })).toMatchObject({ looked: 1, found: 0, missing: 1 })
    expect((await missingImages(project.db)).examples).toEqual([
      { reference: lost, reason: expect.stringMatching(/different image/), pairs: 1 },
    ])
    await project.close()
  })
})

describe('thumbnails', () => {
  test('are made while the project is open, of what is large, and of what comes later', async () => {
    const project = await Project.create()
    const folder = temporary()
    writeFileSync(path.join(folder, 'large.png'), picture)
    // A few bytes may be very many pixels.
    const flat = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: 'blue' } })
      .png({ compressionLevel: 9 })
      .toBuffer()
    expect(flat.length).toBeLessThan(30_000)
    writeFileSync(path.join(folder, 'flat.png'), flat)
    writeFileSync(
      path.join(folder, 'small.png'),
      await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    )
    await imported(project, [record('a', 'large.png')], { imagesDir: folder })
    const events = new EventHub()
    const maker = keepThumbnails({ db: project.db, path: project.folder }, events)
    const made = async () =>
      (await readdir(path.join(project.folder, 'media', 'thumbnails'), { recursive: true }).catch(() => [])).filter((name) =>
        name.endsWith('.webp'),
      )
    await expect.poll(async () => (await project.db.media.withoutThumbnail(9)).length, { timeout: 20_000 }).toBe(0)
    expect(await made()).toHaveLength(1)
    const [name = ''] = await made()
    expect(await sharp(await readFile(path.join(project.folder, 'media', 'thumbnails', name))).metadata()).toMatchObject({
      format: 'webp',
      width: 320,
      height: 213,
    })
    await imported(project, [record('b', 'small.png'), record('c', 'flat.png')], { imagesDir: folder })
    events.publish('pairs')
    await expect.poll(async () => (await project.db.media.withoutThumbnail(9)).length, { timeout: 20_000 }).toBe(0)
    expect(await made()).toHaveLength(2)
    await maker.close()
    expect(events.listeners).toBe(0)
    await project.close()
  })

  test('an image that cannot be read for a while keeps no other waiting, and has its thumbnail later', async () => {
    const project = await Project.create()
    const folder = temporary()
    writeFileSync(path.join(folder, 'large.png'), picture)
    writeFileSync(path.join(folder, 'other.png'), await sharp(picture).flip().png().toBuffer())
    await imported(project, [record('a', 'large.png'), record('b', 'other.png')], { imagesDir: folder })
    const [first] = await project.db.media.withoutThumbnail(1)
    const place = imageFile(project.folder, first!.hash)
    const bytes = await readFile(place)
    rmSync(place)
    mkdirSync(place)
    const events = new EventHub()
    const maker = keepThumbnails({ db: project.db, path: project.folder }, events)
    const waiting = async () => (await project.db.media.withoutThumbnail(9)).map(({ hash }) => hash)
    await expect.poll(waiting, { timeout: 20_000 }).toEqual([first!.hash])
    rmSync(place, { recursive: true })
    writeFileSync(place, bytes)
    // The maker may not have begun to listen yet.
    await expect.poll(async () => (events.publish('pairs'), await waiting()), { timeout: 20_000 }).toEqual([])
    await maker.close()
    expect(await readdir(path.join(project.folder, ...thumbnailSegments(first!.hash)!.slice(0, -1)))).toHaveLength(1)
    await project.close()
  })
})
