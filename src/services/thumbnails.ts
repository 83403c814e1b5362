import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { DbClient } from '../db/worker/client.ts'
import { ImageFault, thumbnail } from '../formats/images/images.ts'
import { imageFile, thumbnailFile } from '../node/project-folder.ts'
import { replaceFile } from '../node/replace-file.ts'
import type { EventHub } from './events.ts'
import { Upkeep } from './upkeep.ts'

/** Longer side in pixels: enough for a list on a dense screen. */
const SIDE = 320
/** An image of no more bytes and pixels is its own thumbnail. */
const SMALL_BYTES = 30_000
const SMALL_PIXELS = 1_000_000
const BATCH = 16
/** Of the time, the share that is worked; the rest is left to what the user waits for. */
const DUTY = 0.5

/**
 * Makes the thumbnails of a project's images, one at a time and at leisure, as long as the project is open: at once for
 * those that have none, and again whenever pairs have come.
 */
export const keepThumbnails = ({ db, path }: { db: DbClient; path: string }, events: EventHub): Upkeep =>
  new Upkeep({ name: 'thumbnails', topic: 'pairs', work: (signal) => makeAll(db, path, signal) }, events)

async function makeAll(db: DbClient, folder: string, signal: AbortSignal): Promise<void> {
  // They keep no other image waiting, and have their turn when pairs come again.
  const unread = new Set<string>()
  for (;;) {
    const images = (await db.media.withoutThumbnail(BATCH + unread.size)).filter(({ hash }) => !unread.has(hash))
    if (images.length === 0 || signal.aborted) return
    const done: { hash: string; made: boolean }[] = []
    for (const { hash, width, height, bytes } of images) {
      const began = performance.now()
      const small = bytes <= SMALL_BYTES && width * height <= SMALL_PIXELS
      const made = !small && (await make(folder, hash))
      if (made === null) unread.add(hash)
      else done.push({ hash, made })
      if (signal.aborted) return
      if (!small) await pause((performance.now() - began) * (1 / DUTY - 1), undefined, { signal })
    }
    await db.media.setThumbnails(done)
  }
}

/** False if there is nothing to make one of; null if the image cannot be read now, though it is there. */
async function make(folder: string, hash: string): Promise<boolean | null> {
  let bytes: Buffer
  try {
    bytes = await readFile(imageFile(folder, hash))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? false : null
  }
  try {
    await replaceFile(thumbnailFile(folder, hash), await thumbnail(bytes, hash, SIDE))
    return true
  } catch (error) {
    if (error instanceof ImageFault) return false
    throw error
  }
}
