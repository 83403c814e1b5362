import { z } from 'zod'
import { importInput } from '../../contract/imports.ts'
import type { DbClient } from '../../db/client.ts'
import { ImageFault, MissingImage } from '../../formats/images.ts'
import { MediaStore, type StoredImage } from '../../formats/media-store.ts'
import { writeError } from '../../formats/write-error.ts'
import { WIDTH } from '../intake/import-file.ts'
import { inOrder } from '../intake/in-order.ts'
import { settlePairs } from '../intake/settle.ts'
import { defineKind } from '../kind.ts'

/** `imagesDir` is absolute. */
const input = z.object({ imagesDir: z.string().optional(), fetchHosts: importInput.shape.fetchHosts })

/** References a call to the database, and pairs a transaction: some tens of milliseconds. */
const REFERENCES = 500
const PAIRS = 500

/** Looks for missing images in a folder, and on the web where the user agreed to a host. */
export const healKind = defineKind({
  kind: 'heal',
  input,
  title: ({ imagesDir, fetchHosts }) => `Look for missing images in ${[...(imagesDir === undefined ? [] : [imagesDir]), ...fetchHosts].join(', ')}`,
  // What was found is missing no more: going on is beginning anew with the rest.
  resumable: true,
  resources: ['project-data'],
  async run({ input: { imagesDir, fetchHosts }, db, project, signal, progress, publish, log }) {
    const { images: total } = await db.missing.counts()
    // Without a folder only addresses are looked at, which have no use for one.
    const store = new MediaStore(project.path, { imagesDir: imagesDir ?? project.path, dataDir: null, fetchHosts, signal })
    const result = { looked: 0, found: 0, pairs: 0, complete: 0 }
    const wanted = (reference: string): boolean => (isAddress(reference) ? fetchHosts.length > 0 : imagesDir !== undefined)
    let done = 0
    try {
      await store.clean()
      const work = (reference: string) => (wanted(reference) ? sought(store, reference) : null)
      for await (const { item: reference, result: found } of inOrder(references(db), WIDTH, work)) {
        signal.throwIfAborted()
        progress({ phase: 'Looking for images', done: Math.min(++done, total), total, unit: 'images' })
        if (found === null) continue
        result.looked += 1
        if (typeof found === 'string') {
          await db.missing.explain(reference, found)
          continue
        }
        result.found += 1
        for (let healed = 1; healed > 0; ) {
          signal.throwIfAborted()
          const step = await db.missing.heal(reference, found, PAIRS)
          healed = step.healed
          result.pairs += step.healed
          result.complete += step.complete
        }
      }
      await store.clean()
      log(`${result.found} of ${result.looked} images were found; ${result.complete} pairs lack nothing any more.`)
      await settlePairs({ db, signal, progress })
      return { ...result, missing: (await db.missing.counts()).images }
    } catch (error) {
      throw writeError(error, project.path)
    } finally {
      for (const topic of ['project', 'pairs'] as const) publish(topic)
    }
  },
})

const isAddress = (reference: string): boolean => /^https?:/i.test(reference)

/** A check that found an image lost or damaged names it by its content: see `check/media.ts`. */
const LOST = /^[0-9a-f]{2}\/([0-9a-f]{64})$/

/** The image, or why it is missing still. */
async function sought(store: MediaStore, reference: string): Promise<StoredImage | string> {
  try {
    const image = await store.put({ kind: 'text', text: reference, field: 'images' })
    const content = LOST.exec(reference)?.[1]
    return content === undefined || content === image.hash ? image : 'The file of this name holds another image than the one that was lost.'
  } catch (error) {
    if (error instanceof MissingImage) return error.reason
    if (error instanceof ImageFault) return error.message
    throw error
  }
}

/** What is missing, in the order of its names. */
async function* references(db: DbClient): AsyncGenerator<string, void, undefined> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const chunk: string[] = await db.missing.references(after, REFERENCES)
    yield* chunk
    after = chunk.at(-1)
  }
}
