import { z } from 'zod'
import { BlindfoldError } from '../../core/errors.ts'
import { importInput } from '../../contract/imports.ts'
import { lostHash } from '../../core/image-names.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { Explanation } from '../../db/media/missing.ts'
import { ImageFault, MissingImage } from '../../formats/images/images.ts'
import { MediaStore, type StoredImage } from '../../formats/images/media-store.ts'
import { writeError } from '../../formats/write-error.ts'
import { WIDTH } from '../intake/import-file.ts'
import { inOrder } from '../intake/in-order.ts'
import { settlePairs } from '../intake/after-import.ts'
import { defineKind } from '../kind.ts'

/** `imagesDir` is absolute. */
const input = z.object({
  imagesDir: z.string().optional(),
  fetchHosts: importInput.shape.fetchHosts,
  sources: z.array(z.string()).optional(),
})

/** References a call to the database, and pairs a transaction: some tens of milliseconds. */
const REFERENCES = 500
const PAIRS = 500
/** Reasons a transaction. */
const PLACES = 2000

/** Looks for missing images in a folder, and on the web where the user agreed to a host. */
export const healKind = defineKind({
  kind: 'heal',
  input,
  title: ({ imagesDir, fetchHosts }) =>
    `Find missing images in ${[...(imagesDir === undefined ? [] : [imagesDir]), ...fetchHosts].join(', ')}`,
  // Found images are no longer missing, so a resumed job starts over with the rest.
  resumable: true,
  resources: ['project-data'],
  async run({ input: { imagesDir, fetchHosts, sources }, db, project, signal, progress, publish, log }) {
    const { images: total } = await db.missing.counts()
    // Without a folder only addresses are looked at, and only on the web.
    const store = new MediaStore(project.path, {
      imagesDir: imagesDir ?? project.path,
      chosen: imagesDir !== undefined,
      dataDir: null,
      fetchHosts,
      signal,
    })
    const result = { looked: 0, found: 0, pairs: 0, complete: 0 }
    const wanted = (reference: string): boolean => imagesDir !== undefined || (isAddress(reference) && fetchHosts.length > 0)
    const explained = new Explanations(db, sources ?? null)
    let done = 0
    try {
      await store.clean()
      const work = (reference: string) => (wanted(reference) ? sought(store, reference) : null)
      for await (const { item: reference, result: found } of inOrder(references(db, sources ?? null), WIDTH, work)) {
        signal.throwIfAborted()
        progress({ phase: 'Finding images', done: Math.min(++done, total), total, unit: 'images' })
        if (found === null) continue
        result.looked += 1
        if (typeof found === 'string') {
          await explained.markMissing(reference, found)
          continue
        }
        result.found += 1
        for (let healed = 1; healed > 0;) {
          signal.throwIfAborted()
          const step = await db.missing.heal(reference, found, PAIRS, sources ?? null)
          healed = step.healed
          result.pairs += step.healed
          result.complete += step.complete
        }
      }
      await explained.write()
      await store.clean()
      log(`${result.found} of ${result.looked} images found; ${result.complete} pairs completed.`)
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

/** The image, or why it is missing still. */
async function sought(store: MediaStore, reference: string): Promise<StoredImage | string> {
  try {
    const image = await store.put({ kind: 'text', text: reference, field: 'images' })
    const content = lostHash(reference)
    return content === null || content === image.hash ? image : 'The file with this name contains a different image than the missing one.'
  } catch (error) {
    if (error instanceof MissingImage) return error.reason
    if (error instanceof ImageFault) return error.message
    // A link in its place keeps only this image out.
    if (error instanceof BlindfoldError && error.code === 'PROJECT_UNSAFE') return `${error.message} ${error.detail.remedy}`
    throw error
  }
}

/** What is missing, in the order of its names. */
async function* references(db: DbClient, sources: readonly string[] | null): AsyncGenerator<string, void, undefined> {
  for (let after: string | undefined = ''; after !== undefined;) {
    const chunk: { reference: string }[] = await db.missing.references(after, REFERENCES, sources)
    for (const { reference } of chunk) yield reference
    after = chunk.at(-1)?.reference
  }
}

/** Gathers why images are still missing, and writes it a batch at a time. */
class Explanations {
  readonly #db: DbClient
  readonly #sources: readonly string[] | null
  #waiting: Explanation[] = []

  constructor(db: DbClient, sources: readonly string[] | null) {
    this.#db = db
    this.#sources = sources
  }

  async markMissing(reference: string, reason: string): Promise<void> {
    this.#waiting.push({ reference, reason })
    if (this.#waiting.length >= REFERENCES) await this.write()
  }

  async write(): Promise<void> {
    while ((await this.#db.missing.explain(this.#waiting, PLACES, this.#sources)) === PLACES);
    this.#waiting = []
  }
}
