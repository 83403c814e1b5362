import { rename, rm, stat } from 'node:fs/promises'
import { demoInput } from '../../contract/exports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { count } from '../../core/format.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { writeDemoFiles } from '../../formats/demo-files.ts'
import { writeError } from '../../formats/write-error.ts'
import { inside } from '../../node/project-folder.ts'
import { importFile, importResult } from '../intake/import-file.ts'
import { settlePairs } from '../intake/after-import.ts'
import { defineKind } from '../kind.ts'

const SEED_KEY = 'demo_seed'

/**
 * Writes the demo suite as files, imports these like any others, and removes them. The ground truth stays beside the
 * database as `demo-truth.jsonl`: nothing but tests reads it. A resumed job writes the same files and goes on.
 */
export const demoKind = defineKind({
  kind: 'demo',
  input: demoInput,
  title: ({ pairs, seed }) => `Create demo data, ${count(pairs)} training pairs per source, seed ${seed}`,
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    const { db, jobId, input, project, progress, signal } = context
    await claimSeed(db, input.seed)
    const dir = inside(project.path, 'cache', `demo-${jobId}`)
    try {
      const files = await writeDemoFiles({
        dir,
        pairs: input.pairs,
        testPairs: input.testPairs ?? Math.max(10, Math.round(input.pairs / 4)),
        seed: input.seed,
        signal,
        onProgress: (done, total) => progress({ phase: 'Drawing images', done, total, unit: 'pairs' }),
      })
      for (const { environment, split, file, imagesDir } of files) {
        const { size: total } = await stat(file)
        const told = (done: number) => progress({ phase: `Importing ${environment} (${split})`, done, total, unit: 'bytes' })
        const from = {
          file,
          source: environment,
          split,
          fileSplit: split,
          format: 'mm-rm' as const,
          map: null,
          convention: null,
          imagesDir,
          fetchHosts: [],
          encoding: null,
        }
        await importFile(context, from, told)
      }
      await settlePairs(context)
      await rename(inside(dir, 'truth.jsonl'), inside(project.path, 'demo-truth.jsonl'))
    } catch (error) {
      throw writeError(error, project.path)
    } finally {
      await rm(dir, { recursive: true, force: true })
      for (const topic of ['project', 'pairs', 'quarantine'] as const) context.publish(topic)
    }
    return importResult(db, jobId)
  },
})

/** Pairs of another seed have the same ids and other contents: a project holds the suite of one seed. */
async function claimSeed(db: DbClient, seed: number): Promise<void> {
  const held = await db.projects.meta(SEED_KEY)
  if (held === null) return db.projects.setMeta(SEED_KEY, String(seed))
  if (held !== String(seed)) {
    throw new BlindfoldError('INVALID_INPUT', `This project already contains the demo data with seed ${held}.`, {
      field: 'seed',
      remedy: `Create another project for seed ${seed}.`,
    })
  }
}
