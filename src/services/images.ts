import { BlindfoldError } from '../core/errors.ts'
import type { DbClient } from '../db/worker/client.ts'
import { healKind } from '../jobs/kinds/heal.ts'
import type { Backend } from './backend.ts'
import { existingFolder } from './import/images-folder.ts'
import { os } from './procedure.ts'

/** Names of missing images that are shown. */
const EXAMPLES = 50
/** Names a call to the database: some tens of milliseconds. */
const PAGE = 5000

/** Images that pairs name and the project lacks: part of `imports`. */
export function imagesService(backend: Backend) {
  return {
    missingImages: os.imports.missingImages.handler(() => missingImages(backend.requireSession().db)),
    heal: os.imports.heal.handler(async ({ input: { imagesDir, fetchHosts, sources } }) => {
      const { db, jobs } = backend.requireSession()
      if (imagesDir === undefined && fetchHosts.length === 0) {
        throw new BlindfoldError('INVALID_INPUT', 'No folder or host is given to find images in.', {
          field: 'imagesDir',
          remedy: 'Choose the folder that contains the images, or allow a host.',
        })
      }
      const known = (await db.sources.list()).map(({ name }) => name)
      const stranger = sources?.find((name) => !known.includes(name))
      if (stranger !== undefined) {
        throw new BlindfoldError('NOT_FOUND', `Source “${stranger}” not found in this project.`, {
          field: 'sources',
          remedy: known.length > 0 ? `Name one of: ${known.join(', ')}.` : 'Import pairs first.',
        })
      }
      const folder = imagesDir === undefined ? undefined : await existingFolder(await backend.paths.read(imagesDir, 'imagesDir'))
      const job = await jobs.start(healKind, { imagesDir: folder, fetchHosts, sources })
      return { jobId: job.id }
    }),
  }
}

type Named = { reference: string; pairs: number }

/** What is missing, gathered a page at a time so that other queries get their turn. */
export async function missingImages(db: DbClient) {
  const { incomplete } = await db.projects.info()
  const hosts = new Map<string, number>()
  let images = 0
  let most: Named[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Named[] = await db.missing.references(after, PAGE)
    images += page.length
    most = [...most, ...page].sort((a, b) => b.pairs - a.pairs).slice(0, EXAMPLES)
    for (const { reference } of page) {
      const host = /^https?:/i.test(reference) ? URL.parse(reference)?.host : undefined
      if (host) hosts.set(host, (hosts.get(host) ?? 0) + 1)
    }
    after = page.at(-1)?.reference
  }
  const examples = await Promise.all(
    // Where it was found meanwhile there is no reason any more.
    most.map(async ({ reference, pairs }) => ({ reference, reason: (await db.missing.reason(reference)) ?? '', pairs })),
  )
  const byCount = [...hosts]
    .map(([host, count]) => ({ host, images: count }))
    .sort((a, b) => b.images - a.images || (a.host < b.host ? -1 : 1))
  return { pairs: incomplete, images, examples, hosts: byCount }
}
