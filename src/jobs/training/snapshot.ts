import { existsSync, statSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import type { configFields } from '../../contract/option-schemas.ts'
import { TRAINER_PROTOCOL_VERSION } from '../../core/vocabulary.ts'
import { trainerConfig, type TrainerConfigInput } from '../../protocols/trainer.ts'
import { trainRequest, type TrainOptions } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { modelPlace } from '../../core/model-name.ts'
import { learningRateOf } from '../../core/run-label.ts'
import { configOptions } from '../../core/training-options.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { RunRecord, Weighing } from '../../db/runs/queries.ts'
import { inside } from '../../node/project-folder.ts'
import { replaceFile } from '../../node/replace-file.ts'
import type { ProgressReport } from '../progress.ts'

const CHUNK = 1000
const MOST_CONFIG_BYTES = 8 << 20

export type SnapshotContext = { db: DbClient; signal: AbortSignal; progress: (report: ProgressReport) => void; log: (line: string) => void }

/**
 * Writes what a run needs into its folder: its pairs as they were pinned, and last, as a whole, `config.json`. Where that is
 * there already, the pairs stay as they are, and it is written again unless it asks for what the project says of the run.
 *
 * @throws BlindfoldError INVALID_INPUT where the run asks for what no run may
 */
export async function writeSnapshot(run: RunRecord, folder: string, context: SnapshotContext): Promise<void> {
  const target = inside(folder, 'config.json')
  if (existsSync(target)) return settleConfig(run, folder, context)
  await mkdir(folder, { recursive: true })
  const total = run.trainPairs + run.testPairs
  let done = 0
  const weighing = run.options.pairWeights === 'sfc' ? await context.db.runs.weighing(run.id) : null
  if (run.options.pairWeights === 'sfc') context.log(weighingInWords(weighing))
  const write = async (name: string, which: { role: 'train' | 'test'; source: string | null }): Promise<void> => {
    const file = await open(inside(folder, name), 'w')
    try {
      for (let after = 0; ;) {
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
  const sets = sources.map((name, index) => ({ name, path: setFile(index) }))
  for (const { name, path: file } of sets) await write(file, { role: 'test', source: name })
  await writeConfig(folder, trainerConfig.parse(configOf(run, sets)))
}

/** Those of `configOptions`: the same table names both. */
type ConfigOptions = Pick<TrainerConfigInput, keyof typeof configFields>
type Config = ReturnType<typeof trainerConfig.parse>

async function writeConfig(folder: string, config: Config): Promise<void> {
  await replaceFile(inside(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
}

/** A run folder may have come from somebody else: what is trained is what the project says, whatever `config.json` does. */
async function settleConfig(run: RunRecord, folder: string, { db, log }: SnapshotContext): Promise<void> {
  const found = await readConfig(inside(folder, 'config.json'))
  // Which file holds which source was settled when the pairs were written: sources may have other names by now.
  const kept = found?.eval_sets.every(({ path }, index) => path === setFile(index)) ? found.eval_sets : null
  const sets = kept ?? (await db.runs.testSources(run.id)).map((name, index) => ({ name, path: setFile(index) }))
  // As it would be read again: what is not given is not there.
  const wanted = trainerConfig.parse(JSON.parse(JSON.stringify(configOf(run, sets))))
  if (isDeepStrictEqual(found, wanted)) return
  const names = (Object.keys(trainerConfig.shape) as (keyof Config)[]).filter((name) => !isDeepStrictEqual(found?.[name], wanted[name]))
  log(`config.json in the run folder does not match this run (${found ? names.join(', ') : 'it cannot be read'}). It was rewritten.`)
  await writeConfig(folder, wanted)
}

/** Null where it is no config. */
async function readConfig(file: string): Promise<Config | null> {
  try {
    if (statSync(file).size > MOST_CONFIG_BYTES) return null
    return trainerConfig.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

const setFile = (index: number): string => `test-${index}.jsonl`

function weighingInWords(weighing: Weighing | null): string {
  if (!weighing) return 'No training pair has an SFC: every pair weighs 1.'
  const { kind, meanSfc, weighed, others } = weighing
  return `${weighed} training pairs are weighted by their ${kind} SFC over its mean, ${meanSfc.toFixed(3)}; ${others} have no ${kind} SFC and weigh 1.`
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

/** The trainer's arguments for the folders that paths of a config may lead into: the project, and that of the model. */
export const allowedFolders = (project: string, { model }: TrainOptions): string[] =>
  [project, ...(modelPlace(model) === 'folder' ? [model] : [])].flatMap((folder) => ['--within', folder])

/**
 * What a run was asked for, as the trainer names it.
 * @throws BlindfoldError INVALID_INPUT where a project of strangers names as a model what is none
 */
export function trainerOptions(options: TrainOptions): Omit<TrainerConfigInput, 'run_id' | 'train' | 'media_dir' | 'eval_sets'> {
  const issue = trainRequest.safeParse(options).error?.issues[0]
  if (issue) {
    throw new BlindfoldError(
      'INVALID_INPUT',
      `This run cannot be trained, because its ${issue.path.join('.')} is “${String(options[issue.path[0] as 'model']).slice(0, 200)}”.`,
      {
        field: issue.path.join('.'),
        remedy: `${issue.message} Start a new run.`,
      },
    )
  }
  return {
    v: TRAINER_PROTOCOL_VERSION,
    method: options.method,
    model: options.model,
    revision: options.revision,
    ...(configOptions(options) as ConfigOptions),
    lr: learningRateOf(options),
    // A run folder lies two levels below the project's, and so does that of a preflight.
    ...(options.visionCache > 0 && { vision_cache: '../../cache/vision', vision_cache_bytes: Math.round(options.visionCache * 1e9) }),
  }
}
