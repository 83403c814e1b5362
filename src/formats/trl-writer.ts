import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import path from 'node:path'
import { BlindfoldError } from '../core/errors.ts'
import { extensionOf } from './images.ts'
import { mediaPath } from './media-store.ts'
import { writeError } from './write-error.ts'

export { writeError }

/** A pair as it leaves the project: the texts as they stand now, and the numbers that go with them. */
export type ExportPair = {
  externalId: string | null
  prompt: string
  chosen: string
  rejected: string
  images: { hash: string; mime: string }[]
  source: string
  split: string
  sfc: number | null
  sfcKind: string | null
  quadrant: string | null
  status: string
}

/**
 * Writes TRL JSONL, `{id, prompt, chosen, rejected, images, source, split, sfc, sfc_kind, quadrant, status}` a line, with
 * the images copied beside it into `<stem>_images/` and named by paths relative to the file. Read back, it gives the same
 * pairs. The file appears under its name only when it is complete.
 *
 * @throws BlindfoldError FILE_NOT_WRITABLE; the signal's reason when aborted
 */
export async function writeTrl(
  out: string,
  batches: AsyncIterable<readonly ExportPair[]>,
  options: { projectFolder: string; signal?: AbortSignal; onProgress?: (pairs: number) => void },
): Promise<{ pairs: number; images: number }> {
  const { projectFolder, signal, onProgress } = options
  const folder = `${path.basename(out, path.extname(out))}_images`
  const temporary = `${out}.${randomUUID()}.part`
  const copied = new Map<string, string>()
  let pairs = 0
  try {
    await mkdir(path.dirname(out), { recursive: true })
    if (await stat(out).then((found) => found.isDirectory(), () => false)) throw Object.assign(new Error(), { code: 'EISDIR' })
    const stream = createWriteStream(temporary, { flags: 'wx' })
    // An error at any time is thrown at the next write, or at the end.
    let failed: Error | null = null
    stream.on('error', (error) => (failed = error))
    try {
      for await (const batch of batches) {
        for (const pair of batch) {
          signal?.throwIfAborted()
          const images: string[] = []
          for (const image of pair.images) images.push(await copyImage(image))
          if (failed) throw failed
          if (!stream.write(line(pair, images)) && !failed) await Promise.race([once(stream, 'drain'), once(stream, 'error')])
          onProgress?.(++pairs)
        }
      }
    } finally {
      if (!failed) await new Promise<void>((resolve) => stream.end(() => resolve()))
    }
    if (failed) throw failed
    await rename(temporary, out)
  } catch (error) {
    // Where even that fails, the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => {})
    throw writeError(error, out)
  }
  return { pairs, images: copied.size }

  async function copyImage({ hash, mime }: { hash: string; mime: string }): Promise<string> {
    const known = copied.get(hash)
    if (known) return known
    const name = `${folder}/${hash}.${extensionOf(mime)}`
    const target = path.join(path.dirname(out), folder, `${hash}.${extensionOf(mime)}`)
    if (copied.size === 0) await mkdir(path.dirname(target), { recursive: true })
    const origin = mediaPath(projectFolder, hash)
    const { size } = await stat(origin).catch((cause: unknown) => {
      const remedy = 'Import the pairs again: an image that is missing from the project is stored anew.'
      throw new BlindfoldError('FILE_UNREADABLE', `The project's image ${hash} cannot be read.`, { file: origin, remedy }, { cause })
    })
    const there = await stat(target).then((found) => found.isFile() && found.size === size, () => false)
    if (!there) await copyFile(origin, target)
    copied.set(hash, name)
    return name
  }
}

function line(pair: ExportPair, images: string[]): string {
  const { externalId, prompt, chosen, rejected, source, split, sfc, sfcKind, quadrant, status } = pair
  return `${JSON.stringify({ id: externalId, prompt, chosen, rejected, images, source, split, sfc, sfc_kind: sfcKind, quadrant, status })}\n`
}
