import { existsSync } from 'node:fs'
import { mkdir, open, rename, writeFile } from 'node:fs/promises'
import { trainerConfig, TRAINER_PROTOCOL_VERSION, type TrainerConfigInput } from '../../contract/trainer.ts'
import type { TrainOptions } from '../../contract/training.ts'
import { learningRateOf } from '../../core/run-label.ts'
import type { DbClient } from '../../db/client.ts'
import type { RunRecord, Weighing } from '../../db/queries/runs.ts'
import { inside } from '../../node/project-folder.ts'
import type { ProgressReport } from '../progress.ts'

const CHUNK = 1000

export type SnapshotContext = { db: DbClient; signal: AbortSignal; progress: (report: ProgressReport) => void; log: (line: string) => void }

/**
 * Writes what a run needs into its folder: its pairs as they were pinned, and last, as a whole, `config.json`. Does
 * nothing where that is there already.
 */
export async function writeSnapshot(run: RunRecord, folder: string, context: SnapshotContext): Promise<void> {
  const target = inside(folder, 'config.json')
  if (existsSync(target)) return
  await mkdir(folder, { recursive: true })
  const total = run.trainPairs + run.testPairs
  let done = 0
  const weighing = run.options.pairWeights === 'sfc' ? await context.db.runs.weighing(run.id) : null
  if (run.options.pairWeights === 'sfc') context.log(weighingInWords(weighing))
  const write = async (name: string, which: { role: 'train' | 'test'; source: string | null }): Promise<void> => {
    const file = await open(inside(folder, name), 'w')
    try {
      for (let after = 0; ; ) {
        context.signal.throwIfAborted()
        const pairs = await context.db.runs.snapshotChunk(run.id, { ...which, weighing }, after, CHUNK)
        const last = pairs.at(-1)
        if (!last) break
        await file.write(pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''))
        after = Number(last.id)
        done += pairs.length
        context.progress({ phase: 'Writing the snapshot', done, total, unit: 'pairs' })
      }
      await file.sync()
    } finally {
      await file.close()
    }
  }
  await write('train.jsonl', { role: 'train', source: null })
  const sources = await context.db.runs.testSources(run.id)
  const sets = sources.map((name, index) => ({ name, path: `test-${index}.jsonl` }))
  for (const { name, path: file } of sets) await write(file, { role: 'test', source: name })
  const temporary = inside(folder, 'config.json.new')
  await writeFile(temporary, `${JSON.stringify(trainerConfig.parse(configOf(run, sets)), null, 2)}\n`)
  await rename(temporary, target)
}

function weighingInWords(weighing: Weighing | null): string {
  if (!weighing) return 'No training pair has an SFC: every pair weighs 1.'
  const { kind, meanSfc, weighed, others } = weighing
  return `${weighed} training pairs weigh their ${kind} SFC over its mean, ${meanSfc.toFixed(3)}; ${others} have no ${kind} SFC and weigh 1.`
}

function configOf(run: RunRecord, sets: TrainerConfigInput['eval_sets']): TrainerConfigInput {
  return {
    ...trainerOptions(run.options),
    run_id: run.id,
    train: 'train.jsonl',
    // Relative to the run folder, so that a project can be moved.
    media_dir: '../../media',
    eval_sets: sets,
  }
}

/** What a run was asked for, as the trainer names it. */
export function trainerOptions(options: TrainOptions): Omit<TrainerConfigInput, 'run_id' | 'train' | 'media_dir' | 'eval_sets'> {
  return {
    v: TRAINER_PROTOCOL_VERSION,
    method: options.method,
    model: options.model,
    revision: options.revision,
    tuning: options.tuning,
    token_budget: options.tokenBudget,
    max_pixels: options.maxPixels,
    gradient_checkpointing: options.gradientCheckpointing,
    // A run folder lies two levels below the project's, and so does that of a preflight.
    ...(options.visionCache > 0 && { vision_cache: '../../cache/vision', vision_cache_bytes: Math.round(options.visionCache * 1e9) }),
    dtype: options.dtype,
    unusable: options.unusable,
    seed: options.seed,
    epochs: options.epochs,
    batch_size: options.batchSize,
    lr: learningRateOf(options),
    sfc_normalise: options.sfcNormalise,
    proxy_input: options.proxyInput,
    sfc_exponent: options.sfcExponent,
    sfc_floor: options.sfcFloor,
    proxy_warmup: options.proxyWarmup,
  }
}
