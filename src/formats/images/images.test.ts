import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageReference } from '../format.ts'
import { thumbnail } from './images.ts'
import { MAX_IMAGE_PIXELS } from '../../node/pictures/picture.ts'
import { isRemote, type ImagePlaces } from './image-source.ts'
import { MediaStore } from './media-store.ts'
import { imageFile } from '../../node/project-folder.ts'

let dir = ''
const projects: string[] = []
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
  for (const type of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const)
    await picture(1)
      .toFormat(type)
      .toFile(at(`a.${type}`))
  await picture(2).png().toFile(at('sub', 'b.png'))
})
afterAll(() => Promise.all([dir, ...projects].map((folder) => rm(folder, { recursive: true }))))

const places = (given: Partial<ImagePlaces> = {}): ImagePlaces => ({
  imagesDir: at('sub'),
  dataDir: dir,
  fetchHosts: [],
  signal: new AbortController().signal,
  ...given,
})

async function fresh(given: Partial<ImagePlaces> = {}): Promise<void> {
  project = await mkdtemp(path.join(tmpdir(), 'blindfold-project-'))
  projects.push(project)
  store = new MediaStore(project, places(given))
}

describe('images that are taken', () => {
  test.each(['png', 'jpeg', 'webp', 'gif', 'avif'])('%s', async (type) => {
    await fresh()
    const bytes = await readFile(at(`a.${type}`))
    const image = await store.put(named(`../a.${type}`))
    expect(image).toEqual({ hash: sha256(bytes), bytes: bytes.length, mime: `image/${type}`, width: 40, height: 30 })
    expect(await readFile(imageFile(project, image.hash))).toEqual(bytes)
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

  test('a stored image that lost its bytes, or holds others, is written again', async () => {
    await fresh()
    const { hash } = await store.put(named('b.png'))
    await truncate(imageFile(project, hash), 3)
    await new MediaStore(project, places()).put(named('b.png'))
    expect(sha256(await readFile(imageFile(project, hash)))).toBe(hash)
    const spoilt = (await readFile(imageFile(project, hash))).fill(7, 20)
    await writeFile(imageFile(project, hash), spoilt)
    await new MediaStore(project, places()).put(named('b.png'))
    expect(sha256(await readFile(imageFile(project, hash)))).toBe(hash)
  })

  test('width and height are those that are shown', async () => {
    await fresh()
    await picture(3).withMetadata({ orientation: 6 }).jpeg().toFile(at('turned.jpg'))
    expect(await store.put(named('../turned.jpg'))).toMatchObject({ width: 30, height: 40 })
  })

  test('thumbnails are small WebP, never the original', async () => {
    const made = await sharp(await thumbnail(await picture(4, 1000, 500).png().toBuffer(), 'x', 160)).metadata()
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
    await refuse(named('../passwd.png'), 'unreadable-image', /not a supported image format/)
  })

  test('an SVG, whatever its name', async () => {
    await writeFile(at('drawing.png'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')
    await refuse(named('../drawing.png'), 'unreadable-image', /not a supported image format/)
    const svg = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')
    await refuse(named(`data:image/svg+xml;base64,${svg}`), 'unreadable-image', /not a supported image format/)
  })

  test('an empty file, a folder, a device, a pipe nobody writes to', async () => {
    await writeFile(at('empty.png'), '')
    await refuse(named('../empty.png'), 'unreadable-image', /empty/)
    await refuse(named('../sub'), 'unreadable-image', /not a regular file|cannot be read/)
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
    const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .toFormat(type as 'png')
      .toBuffer()
    await writeFile(at(`cut.${type}`), bytes.subarray(0, bytes.length >> 1))
    await refuse(named(`../cut.${type}`), 'unreadable-image', /decoded/)
  })

  test('foreign hosts and broken inline bytes', async () => {
    await refuse(named('file://server/share/a.png'), 'unreadable-image', /not a file of this machine/)
    await refuse(named('data:image/png,%89PNG'), 'unreadable-image', /not base64/)
    await refuse(named('data:image/png;base64,!!!!'), 'unreadable-image', /not valid base64/)
    await refuse({ kind: 'base64', base64: 'AAAA', field: 'images' }, 'unreadable-image', /not a supported image format/)
    await refuse(named('a\0.png'), 'unreadable-image', /NUL/)
    await refuse(named('a'.repeat(8193)), 'unreadable-image', /8193 characters/)
    await refuse(named(`https://example.com/${'a'.repeat(8192)}`), 'unreadable-image', /characters/)
  })
})

/** A BMP of 24 bits a pixel, blue, green, red. */
function bmp(width: number, height: number, claimed = { width, height }): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4
  const bytes = Buffer.alloc(54 + row * height)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(claimed.width, 18)
  bytes.writeInt32LE(claimed.height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  bytes.fill(0xc8, 54)
  return bytes
}

describe('unusual pictures', () => {
  test('BMP is taken and shown; one that claims more pixels than it has is not', async () => {
    await fresh()
    await writeFile(at('sub', 'a.bmp'), bmp(31, 20))
    expect(await store.put(named('a.bmp'))).toMatchObject({ mime: 'image/bmp', width: 31, height: 20 })
    const { data, info } = await sharp(await thumbnail(bmp(31, 20), 'x', 10))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: 10, height: 6 })
    expect(Math.abs((data[0] as number) - 0xc8)).toBeLessThan(4)
    for (const [i, bad] of [
      bmp(31, 20).subarray(0, 300),
      bmp(2, 2, { width: 50_000, height: 50_000 }),
      bmp(2, 2, { width: -5, height: 2 }),
    ].entries()) {
      await writeFile(at('sub', `bad${i}.bmp`), bad)
      await expect(store.put(named(`bad${i}.bmp`))).rejects.toMatchObject({
        code: 'unreadable-image',
        message: expect.stringMatching(/decoded/),
      })
    }
  })

  test('CMYK, 16 bits and a wrong name ending do no harm', async () => {
    await fresh()
    await picture(5).toColourspace('cmyk').jpeg().toFile(at('sub', 'cmyk.jpg'))
    await picture(6).toColourspace('rgb16').png().toFile(at('sub', 'deep.png'))
    await picture(7).webp().toFile(at('sub', 'webp.webp'))
    await rename(at('sub', 'webp.webp'), at('sub', 'webp.jpg'))
    expect(await store.put(named('cmyk.jpg'))).toMatchObject({ mime: 'image/jpeg' })
    expect(await store.put(named('deep.png'))).toMatchObject({ mime: 'image/png' })
    expect(await store.put(named('webp.jpg'))).toMatchObject({ mime: 'image/webp' })
  })

  test('more pixels than are allowed are refused before they are decoded', async () => {
    await fresh()
    const side = Math.ceil(Math.sqrt(MAX_IMAGE_PIXELS)) + 10
    await writeFile(at('sub', 'vast.png'), pngHeader(side, side))
    await expect(store.put(named('vast.png'))).rejects.toMatchObject({ code: 'unreadable-image' })
  })
})

describe('where images are looked for', () => {
  const missing = async (text: string, reason: RegExp) => {
    await expect(store.put(named(text))).rejects.toMatchObject({ name: 'Error', reference: text, reason: expect.stringMatching(reason) })
    expect(await files(project)).toEqual([])
  }

  test('in the image folder, then in the folder of the data file, then by a base name that stands for one file', async () => {
    await fresh()
    await mkdir(at('sub', 'deep', 'er'), { recursive: true })
    await picture(11)
      .png()
      .toFile(at('sub', 'deep', 'er', 'only.png'))
    for (const folder of ['deep', 'deep/er'])
      await picture(12)
        .png()
        .toFile(at('sub', folder, 'twice.png'))
    const hashOf = async (text: string) => (await store.put(named(text))).hash
    expect(await hashOf('a.png')).toBe(sha256(await readFile(at('a.png'))))
    for (const name of ['only.png', 'COCO/train/only.png', '/mnt/elsewhere/only.png', 'C:\\data\\only.png']) {
      expect(await hashOf(name)).toBe(sha256(await readFile(at('sub', 'deep', 'er', 'only.png'))))
    }
    await expect(store.put(named('gone/twice.png'))).rejects.toMatchObject({
      reason: expect.stringMatching(/2 files in .* match gone\/twice\.png equally well: (deep\/twice\.png|deep\/er\/twice\.png), /),
    })
  })

  test('nowhere else: neither by a path that leads out nor by a link, and it says which folder to choose', async () => {
    await picture(13).png().toFile(at('secret.png'))
    await symlink(at('secret.png'), at('sub', 'link.png'))
    await symlink(dir, at('sub', 'linked'))
    await fresh({ dataDir: null })
    for (const name of ['../secret.png', at('secret.png'), pathToFileURL(at('secret.png')).href, 'link.png', 'linked/secret.png']) {
      await missing(name, new RegExp(`outside the images folder. Choose ${dir}`))
    }
    await missing('/etc/passwd', /outside/)
    await missing('/dev/zero', /outside/)
    // Choosing the folder is agreeing.
    await fresh({ dataDir: null, imagesDir: dir })
    expect((await store.put(named('sub/link.png'))).hash).toBe(sha256(await readFile(at('secret.png'))))
  })

  test('what is not there is told with the folder it was looked for in', async () => {
    await fresh()
    await missing('nowhere.png', /File nowhere\.png not found in/)
    await missing('b.png/inside.png', /File .* not found/)
    await missing('https://example.org/a.png', /are not allowed/)
  })
})

test('a path of another machine is known as one on Windows, before anything asks for it', () => {
  const remote = ['\\\\host\\share\\a.png', '//host/share/a.png', '\\/host/a.png', '\\\\?\\UNC\\host\\share\\a.png', '\\\\.\\pipe\\x']
  const own = ['C:\\images\\a.png', '\\a.png', 'images//a.png', 'a.png']
  expect([...remote, ...own].map((name) => isRemote(name, 'win32'))).toEqual([...remote.map(() => true), ...own.map(() => false)])
  expect(isRemote('//tmp/a.png', 'linux')).toBe(false)
})
