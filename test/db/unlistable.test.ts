import { mkdirSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { openDataset } from '../../src/formats/dataset.ts'
import { healKind } from '../../src/jobs/kinds/heal.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { Project, removeTemporary, resultOf, temporary } from './importing.ts'

// Root may list every folder: the system's refusal is the one thing that must be made.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const spied = { ...real, readdir: vi.fn(real.readdir) }
  return { ...spied, default: spied }
})
const { readdir } = await vi.importActual<typeof fs>('node:fs/promises')
const close = (folder: string, code: string): void => {
  vi.mocked(fs.readdir).mockImplementation((async (each: string, options: object) => {
    if (each === folder) throw Object.assign(new Error(code), { code })
    return readdir(each, options as never)
  }) as never)
}
afterEach(() => vi.mocked(fs.readdir).mockReset().mockImplementation(readdir))
afterAll(removeTemporary)

test.each(['EACCES', 'EIO', 'EMFILE'])(
  'a folder of images that cannot be listed (%s) stops an import and a search, which then go on',
  async (code) => {
    const project = await Project.create()
    const dir = temporary()
    const closed = path.join(dir, 'images', 'closed')
    mkdirSync(closed, { recursive: true })
    writeFileSync(
      path.join(closed, 'a.png'),
      await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    )
    const file = path.join(dir, 'pairs.jsonl')
    writeFileSync(file, JSON.stringify({ id: 'a', prompt: 'p', img_path: 'elsewhere/a.png', chosen: 'c', rejected: 'r' }))
    const input = { file, source: 's', format: 'mm-rm' as const, files: await openDataset(file) }
    const stopped = { state: { status: 'failed', error: { code: 'FILE_UNREADABLE', file: closed } } }

    close(closed, code)
    const job = await project.run(importKind, { ...input, imagesDir: path.join(dir, 'images') })
    expect(job).toMatchObject(stopped)
    expect(await project.db.missing.counts()).toEqual({ pairs: 0, images: 0 })
    vi.mocked(fs.readdir).mockImplementation(readdir)
    await project.jobs.resume(job.id)
    expect(resultOf(await project.ended(job.id))).toMatchObject({ imported: 1, incomplete: 0, images: 1 })

    const other = await Project.create()
    expect(await other.result(importKind, { ...input, imagesDir: temporary() })).toMatchObject({ incomplete: 1 })
    close(closed, code)
    expect(await other.run(healKind, { imagesDir: path.join(dir, 'images') })).toMatchObject(stopped)
    vi.mocked(fs.readdir).mockImplementation(readdir)
    expect(await other.result(healKind, { imagesDir: path.join(dir, 'images') })).toMatchObject({ found: 1, missing: 0 })
    await Promise.all([project.close(), other.close()])
  },
)
