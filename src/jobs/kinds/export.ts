import path from 'node:path'
import { exportInput } from '../../contract/exports.ts'
import { pairStatus, type PairFilter } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { DbClient } from '../../db/client.ts'
import { writeTrl, type ExportPair } from '../../formats/trl-writer.ts'
import { defineKind } from '../kind.ts'

const CHUNK = 500

/** The contract's input; the service makes `out` absolute. */
export const exportKind = defineKind({
  kind: 'export',
  input: exportInput,
  title: ({ out }) => `Export to ${path.basename(out)}`,
  // It writes a new file and reads quickly: a stopped one is started anew.
  resumable: false,
  resources: [],
  async run({ db, input, project, progress, signal, log }) {
    const filter = curated(input.filter, input.includeExcluded)
    const total = filter === null ? 0 : await db.pairs.count(filter)
    if (filter === null || total === 0) {
      throw new BlindfoldError('NO_DATA', 'There is no pair to export.', {
        remedy: 'Widen the filter. Tied and discarded pairs are left out unless they are asked for.',
      })
    }
    const written = await writeTrl(input.out, chunks(db, filter), {
      projectFolder: project.path,
      signal,
      onProgress: (pairs) => progress({ phase: 'Writing', done: pairs, total, unit: 'pairs' }),
    })
    log(`${written.pairs} pairs and ${written.images} images to ${input.out}.`)
    return { ...written, out: input.out }
  },
})

/** The filter without tied and discarded pairs; null where then nothing is left of it. */
function curated(filter: PairFilter, includeExcluded: boolean): PairFilter | null {
  if (includeExcluded) return filter
  const wanted = filter.statuses?.length ? filter.statuses : pairStatus.options
  const statuses = wanted.filter((status) => status !== 'tied' && status !== 'discarded')
  return statuses.length === 0 ? null : { ...filter, statuses }
}

async function* chunks(db: DbClient, filter: PairFilter): AsyncGenerator<ExportPair[], void, undefined> {
  for (let after = 0; ; ) {
    const pairs = await db.pairs.chunk(after, CHUNK, filter)
    const last = pairs.at(-1)
    if (!last) return
    after = last.pairId
    const media = await db.media.facts([...new Set(pairs.flatMap(({ images }) => images))])
    const mimes = new Map(media.map(({ hash, mime }) => [hash, mime]))
    yield pairs.map((pair) => ({ ...pair, images: pair.images.map((hash) => ({ hash, mime: mimes.get(hash) ?? '' })) }))
  }
}
