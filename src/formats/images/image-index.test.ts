import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { BlindfoldError } from '../../core/errors.ts'
import { ImageIndex } from './image-index.ts'
import { readingsOf } from './image-names.ts'
import { ImageSource, type ImagePlaces } from './image-source.ts'
import { MissingImage, readImageFile } from './images.ts'
import { readError } from '../read-error.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const spied = { ...real, realpath: vi.fn(real.realpath), open: vi.fn(real.open), readdir: vi.fn(real.readdir) }
  return { ...spied, default: spied }
})

const made: string[] = []
function folderOf(files: readonly string[]): string {
  const root = mkdtempSync(path.join(tmpdir(), 'blindfold-index-'))
  made.push(root)
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), file)
  }
  return root
}
afterAll(() => made.forEach((root) => rmSync(root, { recursive: true, force: true })))
afterEach(() => vi.resetAllMocks())

const sourceOf = (root: string, more: Partial<ImagePlaces>) =>
  new ImageSource({ imagesDir: root, dataDir: null, fetchHosts: [], signal: new AbortController().signal, ...more })
/** The file that a name leads to, or why it leads to none. */
async function located(root: string, text: string, more: Partial<ImagePlaces> = {}): Promise<string> {
  try {
    const found = await sourceOf(root, more).locate({ kind: 'text', text, field: 'images' })
    return found.kind === 'file' ? path.relative(await fs.realpath(root), found.file) : found.kind
  } catch (error) {
    if (error instanceof MissingImage) return `missing: ${error.reason}`
    throw error
  }
}

describe('an image is found by what its name may mean', () => {
  const NFC = 'caf\u00e9 \u00c5.png'
  const NFD = NFC.normalize('NFD')
  test.each<[string, string[], string, string]>([
    ['percent-encoded', ['in/my photo #1.png'], 'in/my%20photo%20%231.png', 'in/my photo #1.png'],
    ['a name with a percent sign of its own', ['100%.png'], '100%.png', '100%.png'],
    ['encoded on the disk', ['a%20b.png'], 'a%20b.png', 'a%20b.png'],
    ['NFC for NFD', [NFD], NFC, NFD],
    ['NFD for NFC', [`deep/${NFC}`], `else/${NFD}`, `deep/${NFC}`],
    ['case', ['x/IMG_7.JPG'], 'X/img_7.jpg', 'x/IMG_7.JPG'],
    ['the letters of a name before its case', ['a/Img.png', 'b/img.png'], 'c/img.png', 'b/img.png'],
    ['backslashes', ['a/b/c.png'], 'D:\\data\\b\\c.png', 'a/b/c.png'],
    ['a bucket', ['images/x.png', 'thumbs/x.png'], 's3://bucket/images/x.png', 'images/x.png'],
    ['another bucket', ['a/b.png'], 'gs://bucket/a/b.png', 'a/b.png'],
    [
      'files that Label Studio serves',
      ['images/my photo.png', 'other/my photo.png'],
      '/data/local-files/?d=proj/images/my%20photo.png',
      'images/my photo.png',
    ],
    ['a file uploaded to Label Studio', ['x.png'], '/data/upload/3/0a1b2c3d-x.png', 'x.png'],
    ['a file as Label Studio keeps it', ['media/0a1b2c3d-x.png', 'x.png'], '/data/upload/3/0a1b2c3d-x.png', 'media/0a1b2c3d-x.png'],
    ['file: address', ['img/a b.png'], 'file:///somewhere/img/a%20b.png', 'img/a b.png'],
    ['a query', ['a.png'], 'a.png?size=big', 'a.png'],
    ['the longest end of the path', ['train/1/a.png', 'val/1/a.png', 'a.png'], '/elsewhere/train/1/a.png', 'train/1/a.png'],
    ['the whole path', ['x.png', 'more/x.png'], 'X.PNG', 'x.png'],
    ['one file of the name', ['coco/val/7.jpg'], 'train/7.jpg', 'coco/val/7.jpg'],
  ])('%s', async (_, files, name, expected) => {
    expect(await located(folderOf(files), name)).toBe(expected)
  })

  test.each<[string, string[], string, RegExp]>([
    [
      'a folder each',
      ['train/1.png', 'val/1.png'],
      'test/1.png',
      /2 files in .* match test\/1\.png equally well: train\/1\.png, val\/1\.png\. None was used/,
    ],
    ['no folder at all', ['a/1.png', 'b/1.png', 'c/1.png'], '1.png', /3 files in .*: a\/1\.png, b\/1\.png, c\/1\.png/],
    ['case', ['a/IMG.png', 'b/img.PNG'], 'c/Img.Png', /2 files in .*: a\/IMG\.png, b\/img\.PNG/],
    ['many', Array.from({ length: 9 }, (_x, i) => `${i}/1.png`), '1.png', /9 files in .* and 4 more/],
    ['nothing', ['a.png'], 'b.png', /File b\.png not found/],
  ])('where several fit, or none, it says so: %s', async (_, files, name, expected) => {
    expect(await located(folderOf(files), name)).toMatch(expected)
  })

  test('wherever a file lies, the end of its path leads to it and to no other', async () => {
    const segment = fc.constantFrom('a', 'B', 'c d', 'é')
    const file = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('/')}/x.png`)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { minLength: 1, maxLength: 6 }), fc.boolean(), async (files, backslashes) => {
        const index = new ImageIndex(folderOf(files))
        for (const each of files) {
          const name = `elsewhere/${each}`
          const shorter = files.filter((other) => other !== each && (other.endsWith(`/${each}`) || each.endsWith(`/${other}`)))
          if (shorter.length > 0) continue
          const found = await index.find(readingsOf(backslashes ? name.replaceAll('/', '\\') : name))
          expect(found && 'file' in found && found.file.endsWith(`/${each}`)).toBe(true)
        }
      }),
      { numRuns: 25 },
    )
  })

  test.each<[string, string[], string, string]>([
    ['the longest end of its path', ['train/c.jpg', 'b/c.jpg', 'c.jpg'], 'https://host.example/a/b/c.jpg?x=1', 'b/c.jpg'],
    ['its base name', ['flat/000001.jpg'], 'http://images.example/train2017/000001.jpg#top', 'flat/000001.jpg'],
    ['its own path', ['a/my photo.png', 'b/a/my photo.png'], 'HTTPS://host.example/a/my%20photo.png', 'a/my photo.png'],
    ['another file', ['a/b.jpg'], 'https://host.example/a/c.jpg', 'web'],
    ['no file at all', ['a/b.jpg'], 'https://host.example', 'web'],
    [
      'several files',
      ['a/1.jpg', 'b/1.jpg'],
      'https://host.example/c/1.jpg',
      'missing: 2 files in ROOT match https://host.example/c/1.jpg equally well: a/1.jpg, b/1.jpg. None was used.',
    ],
  ])('an address is looked for in the folder that was chosen, by %s', async (_, files, url, expected) => {
    const root = folderOf(files)
    expect(await located(root, url, { chosen: true })).toBe(expected.replace('ROOT', root))
    // Several files do not keep it from being fetched, and a folder that nobody chose says nothing.
    expect(await located(root, url, { chosen: true, fetchHosts: ['host.example', 'images.example'] })).toBe(
      expected.startsWith('missing') ? 'web' : expected,
    )
    expect(await located(root, url)).toBe('web')
  })

  test('nothing outside, and no link that leads there', async () => {
    const outside = folderOf(['secret.png'])
    const root = folderOf(['a.png'])
    symlinkSync(path.join(outside, 'secret.png'), path.join(root, 'link.png'))
    expect(await located(root, 'link.png')).toMatch(/outside the images folder/)
    expect(await located(root, '%2e%2e/secret.png')).toMatch(/missing/)
    expect(await located(root, `..%2F${path.basename(outside)}%2Fsecret.png`)).toMatch(/outside the images folder/)
  })

  test('a name that a whole folder tree shares is found in time that grows with the tree alone', async () => {
    const count = 3000
    const index = new ImageIndex(folderOf(Array.from({ length: count }, (_, i) => `${i}/image.png`)))
    await index.find(['image.png'])
    const began = performance.now()
    for (let i = 0; i < count; i++)
      expect(await index.find([`data/${i}/image.png`])).toMatchObject({ file: expect.stringMatching(`/${i}/image.png$`) as string })
    // Each against each would be nine million comparisons of paths.
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

describe('what the system refuses stops the work and says nothing of the image', () => {
  const refusal = (code: string) => Object.assign(new Error(code), { code })
  const stopped = expect.objectContaining({
    code: 'FILE_UNREADABLE',
    detail: expect.objectContaining({ remedy: expect.stringMatching(/resume the job/) as string }) as object,
  }) as BlindfoldError

  test.each(['EMFILE', 'EIO', 'EACCES', 'ENOMEM'])('%s', async (code) => {
    const root = folderOf(['deep/a.png'])
    vi.mocked(fs.realpath).mockImplementation(async (file) =>
      String(file).endsWith('.png') ? Promise.reject(refusal(code)) : String(file),
    )
    await expect(located(root, 'deep/a.png')).rejects.toEqual(stopped)
    vi.mocked(fs.open).mockRejectedValue(refusal(code))
    await expect(readImageFile(path.join(root, 'deep/a.png'))).rejects.toEqual(stopped)
  })

  test.each(['EMFILE', 'EIO'])('%s while the folder is listed', async (code) => {
    const root = folderOf(['deep/a.png'])
    vi.mocked(fs.readdir).mockRejectedValue(refusal(code))
    await expect(located(root, 'else/a.png')).rejects.toEqual(stopped)
  })

  test.each(['EACCES', 'EIO', 'EMFILE', 'ENOTDIR', 'ELOOP', 'ENOENT'])('%s while a folder within is listed', async (code) => {
    const root = folderOf(['open/a.png', 'deep/closed/b.png'])
    vi.mocked(fs.readdir).mockImplementation((async (folder: string, options: object) => {
      if (folder.endsWith('closed')) throw refusal(code)
      return (await vi.importActual<typeof fs>('node:fs/promises')).readdir(folder, options as never)
    }) as never)
    // What is found by its own path needs no list.
    expect(await located(root, 'open/a.png')).toBe('open/a.png')
    for (const name of ['x/a.png', 'x/b.png']) {
      if (code !== 'ENOENT') await expect(located(root, name)).rejects.toEqual(stopped)
      if (code !== 'ENOENT') await expect(located(root, name)).rejects.toMatchObject({ detail: { file: path.join(root, 'deep/closed') } })
      if (code === 'ENOENT')
        expect(await located(root, name)).toBe(name === 'x/a.png' ? 'open/a.png' : `missing: File x/b.png not found in ${root}.`)
    }
  })

  test.runIf(process.getuid?.() !== 0)('a file that may not be read', async () => {
    const root = folderOf(['a.png'])
    chmodSync(path.join(root, 'a.png'), 0)
    await expect(readImageFile(path.join(root, 'a.png'))).rejects.toEqual(stopped)
  })

  test('an error that is none of the system stays what it is', () => {
    const error = new Error('x')
    expect(readError(error, 'a')).toBe(error)
    const known = new BlindfoldError('NO_DATA', 'x', { remedy: 'y' })
    expect(readError(known, 'a')).toBe(known)
  })
})
