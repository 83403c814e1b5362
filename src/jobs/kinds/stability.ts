import { mkdir } from 'node:fs/promises'
import { stabilityInput } from '../../contract/overview.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { stabilityOf, type SeedMargins } from '../../core/stability.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { inside, projectLayout } from '../../node/project-folder.ts'
import { removeMade } from '../../node/remove-made.ts'
import { runScan } from '../../scoring/client.ts'
import { defineKind } from '../kind.ts'
import { modelFor, SCAN_FILES, scannedPairs } from './scan.ts'

const CHUNK = 5000

/** The latest blind test once more with other seeds. Nothing of it becomes a score: it tells how much the scores hang on the seed. */
export const stabilityKind = defineKind({
  kind: 'stability',
  input: stabilityInput,
  title: ({ seeds }) => `Stability of the blind test (${seeds} seeds)`,
  resumable: true,
  resources: ['project-data'],
  async run({ jobId, input, db, project, places, signal, progress, log, publish }) {
    const scan = await db.scans.latest()
    if (!scan)
      throw new BlindfoldError('NO_DATA', 'This project has no blind test yet.', {
        file: project.path,
        remedy: 'Run the blind test first.',
      })
    const { proxy, characters, executionProvider, threads } = scan.options
    const model = modelFor(scan.options, places.userDir)
    if (scan.model && model?.hash !== scan.model.hash) {
      throw new BlindfoldError('MODEL_UNUSABLE', `The model “${scan.model.name}” has changed since the blind test.`, {
        remedy: 'Run the blind test again with the current model.',
      })
    }
    const now = await scoredNow(db, scan.id)
    const placeOf = new Map(now.ids.map((id, place) => [id, place]))
    const bySeed: SeedMargins[] = [{ seed: scan.seed, margins: Float64Array.from(now.margins) }]
    const folder = inside(project.path, 'scans', jobId)
    for (let i = 1; i < input.seeds; i++) {
      const seed = (scan.seed + i) % 2 ** 31
      const margins = new Float64Array(now.ids.length).fill(Number.NaN)
      await mkdir(folder, { recursive: true })
      try {
        await runScan({
          begin: {
            type: 'begin',
            reading: { proxy, model, characters, executionProvider, threads },
            seed,
            folds: scan.folds,
            dir: folder,
            cache: projectLayout(project.path).cache,
          },
          pairs: scannedPairs(db),
          signal,
          log,
          onReply(reply) {
            if (reply.type === 'progress') progress({ ...reply, phase: `Seed ${i + 1} of ${input.seeds}: ${reply.phase}` })
            if (reply.type === 'scores') {
              for (const { id, margin } of reply.scores) {
                const place = placeOf.get(id)
                if (place !== undefined) margins[place] = margin
              }
            }
            return Promise.resolve()
          },
        })
      } finally {
        await removeMade(folder, SCAN_FILES)
      }
      if (margins.some(Number.isNaN))
        throw new BlindfoldError('NO_DATA', 'Pairs changed while the seeds were repeated.', { remedy: 'Repeat the blind test again.' })
      bySeed.push({ seed, margins })
    }
    const found = stabilityOf(bySeed, Float64Array.from(now.groups), scan.folds)
    await db.scans.storeStability(scan.id, found)
    publish('scan')
    log(found.sentence)
    return { scanId: scan.id, seeds: input.seeds, pairs: found.pairs }
  },
})

/** The pairs that the report is about: their groups and text margins. */
async function scoredNow(db: DbClient, scanId: number) {
  const { hasImage } = await db.scans.reported()
  const now = { ids: [] as number[], groups: [] as number[], margins: [] as number[] }
  for (let after = 0; ;) {
    const rows = await db.scans.scoredRows(scanId, after, CHUNK)
    for (const { id, group, margin, images } of rows) {
      if (hasImage && images === 0) continue
      now.ids.push(id)
      now.groups.push(group)
      now.margins.push(margin)
    }
    const last = rows.at(-1)
    if (!last) break
    after = last.id
  }
  if (now.ids.length > 0) return now
  throw new BlindfoldError('NO_DATA', 'No pair has a current score.', { remedy: 'Run the blind test again.' })
}
