import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageReference } from '../../src/formats/format.ts'
import { thumbnail } from '../../src/formats/images.ts'
import { mediaPath, MediaStore } from '../../src/formats/media-store.ts'

let dir = ''
let project = ''
let store: MediaStore
const at = (...names: string[]) => path.join(dir, ...names)
const named = (text: string): ImageReference => ({ kind: 'text', text, field: 'image' })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const picture = (red: number, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: 10, b: 200 } } })

/** A PNG that claims to be of any size; its pixels are not there. */
function pngHeader(width: number, height: number): Buffer {
  const head = Buffer.alloc(33)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(head)
  head.writeUInt32BE(13, 8)
  head.write('IHDR', 12)
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  head.set([8, 2, 0, 0, 0], 24)
  let crc = 0xffffffff
  for (const byte of head.subarray(12, 29)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  head.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 29)
  return head
}

async function files(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'blindfold-images-'))
  await mkdir(at('sub'))
  for (const type of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) await picture(1).toFormat(type).toFile(at(`a.${type}`))
  await picture(2).png().toFile(at('sub', 'b.png'))
})
afterAll(() => rm(dir, { recursive: true }))

async function fresh(): Promise<void> {
  project = await mkdtemp(at('project-'))
  store = new MediaStore(project, at('sub'))
}

describe('images that are taken', () => {
  test.each(['png', 'jpeg', 'webp', 'gif', 'avif'])('%s', async (type) => {
    await fresh()
    const bytes = await readFile(at(`a.${type}`))
    const image = await store.put(named(`../a.${type}`))
    expect(image).toEqual({ hash: sha256(bytes), bytes: bytes.length, mime: `image/${type}`, width: 40, height: 30 })
    expect(await readFile(mediaPath(project, image.hash))).toEqual(bytes)
  })

  test('by relative and absolute path, file: URL, data URL and bytes: one file in the project', async () => {
    await fresh()
    const bytes = await readFile(at('sub', 'b.png'))
    const base64 = bytes.toString('base64')
    const names = ['b.png', './x/../b.png', at('sub', 'b.png'), pathToFileURL(at('sub', 'b.png')).href, `data:image/png;base64,${base64}`]
    const references: ImageReference[] = [...names.map(named), { kind: 'base64', base64, field: 'images' }]
    const images = await Promise.all(references.map((reference) => store.put(reference)))
    expect(new Set(images.map(({ hash }) => hash))).toEqual(new Set([sha256(bytes)]))
    expect(await files(path.join(project, 'media'))).toEqual([sha256(bytes)])
  })

  test('a stored image that lost its bytes is written again', async () => {
    await fresh()
    const { hash } = await store.put(named('b.png'))
    await truncate(mediaPath(project, hash), 3)
    await new MediaStore(project, at('sub')).put(named('b.png'))
    expect(sha256(await readFile(mediaPath(project, hash)))).toBe(hash)
  })

  test('width and height are those that are shown', async () => {
    await fresh()
    await picture(3).withMetadata({ orientation: 6 }).jpeg().toFile(at('turned.jpg'))
    expect(await store.put(named('../turned.jpg'))).toMatchObject({ width: 30, height: 40 })
  })

  test('thumbnails are small WebP, never the original', async () => {
    const url = await thumbnail(await picture(4, 1000, 500).png().toBuffer(), 'x')
    expect(url).toMatch(/^data:image\/webp;base64,/)
    const made = await sharp(Buffer.from(url.split(',')[1]!, 'base64')).metadata()
    expect(made).toMatchObject({ format: 'webp', width: 160, height: 80 })
  })
})

describe('images that are refused', () => {
  const refuse = async (reference: ImageReference, code: string, message: RegExp) => {
    await fresh()
    await expect(store.put(reference)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(await files(project)).toEqual([])
  }

  test('a text file under an image name or a system path', async () => {
    await writeFile(at('passwd.png'), 'root:x:0:0:root:/root:/bin/bash\n')
    await refuse(named('../passwd.png'), 'unreadable-image', /no image/)
    await refuse(named('/etc/passwd'), 'unreadable-image', /no image/)
    await refuse(named('../../../../../../../../etc/passwd'), 'unreadable-image', /no image/)
  })

  test('an SVG, whatever its name', async () => {
    await writeFile(at('drawing.png'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')
    await refuse(named('../drawing.png'), 'unreadable-image', /no image/)
    const svg = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')
    await refuse(named(`data:image/svg+xml;base64,${svg}`), 'unreadable-image', /no image/)
  })

  test('an empty file, a folder, a device, a pipe nobody writes to', async () => {
    await writeFile(at('empty.png'), '')
    await refuse(named('../empty.png'), 'unreadable-image', /empty/)
    await refuse(named('../sub'), 'unreadable-image', /not a regular file|cannot be read/)
    await refuse(named('/dev/zero'), 'unreadable-image', /not a regular file/)
    spawnSync('mkfifo', [at('pipe.png')])
    await refuse(named('../pipe.png'), 'unreadable-image', /not a regular file/)
  })

  test('a header that claims a giant picture, before anything is decoded', async () => {
    await writeFile(at('giant.png'), pngHeader(100_000, 100_000))
    const before = process.memoryUsage().rss
    await refuse(named('../giant.png'), 'unreadable-image', /decoded/)
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })

  test.each(['png', 'jpeg', 'webp'])('a truncated %s', async (type) => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251))
    const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } }).toFormat(type as 'png').toBuffer()
    await writeFile(at(`cut.${type}`), bytes.subarray(0, bytes.length >> 1))
    await refuse(named(`../cut.${type}`), 'unreadable-image', /decoded/)
  })

  test('what is not there', async () => {
    await refuse(named('nowhere.png'), 'missing-image', /There is no file/)
    await refuse(named('b.png/inside.png'), 'missing-image', /There is no file/)
  })

  test('the web, foreign hosts and broken inline bytes', async () => {
    await refuse(named('https://example.org/a.png'), 'missing-image', /fetches nothing/)
    await refuse(named('file://server/share/a.png'), 'unreadable-image', /not a file of this machine/)
    await refuse(named('data:image/png,%89PNG'), 'unreadable-image', /not base64/)
    await refuse(named('data:image/png;base64,!!!!'), 'unreadable-image', /not valid base64/)
    await refuse({ kind: 'base64', base64: 'AAAA', field: 'images' }, 'unreadable-image', /no image/)
    await refuse(named('a\0.png'), 'unreadable-image', /NUL/)
  })
})
