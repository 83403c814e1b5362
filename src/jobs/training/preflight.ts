import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { preflightReport, type PreflightReport } from '../../contract/preflight.ts'
import { preflightRefusal } from '../../protocols/preflight.ts'
import type { SnapshotPair } from '../../protocols/trainer.ts'
import type { TrainOptions } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { random } from '../../core/random.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { projectLayout } from '../../node/project-folder.ts'
import { ensureEnvironment, environmentStatus, trainerCommand } from '../python/environment.ts'
import type { Places } from '../kind.ts'
import { runCommand } from '../../node/child-process.ts'
import { allowedFolders, trainerOptions } from './snapshot.ts'

/** Training pairs that are looked at: enough for the largest pass and for what is wrong with pairs, in seconds. */
const MOST_PAIRS = 2000
const CHUNK = 500
const ANSWERS = preflightReport.or(preflightRefusal)

/**
 * Asks the trainer whether a run would fit this machine, with its training pairs or 2,000 of them drawn by its seed. Makes no environment;
 * where there is one, it gets the packages that vision-language models need.
 *
 * @throws BlindfoldError TRAINER_ENVIRONMENT where the trainer's environment is not made yet, NO_DATA, TRAINER_FAILED; the signal's reason
 */
export async function preflight(
  options: TrainOptions,
  { db, project, places, signal }: { db: DbClient; project: string; places: Places; signal?: AbortSignal },
): Promise<{ report: PreflightReport; looked: number; trainPairs: number }> {
  const status = await environmentStatus(places)
  if (status.status !== 'ready') {
    throw new BlindfoldError(
      'TRAINER_ENVIRONMENT',
      'The trainer’s Python environment is not set up yet, so this machine cannot be checked.',
      {
        remedy: 'Set it up on this page first. A training run does so automatically.',
      },
    )
  }
  // Beside the runs: the free disk is that of the project's.
  const { cache, media } = projectLayout(project)
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(path.join(cache, 'preflight-'))
  try {
    const ids = await db.runs.plannedPairs(options, 'train')
    const drawn = ids.length > MOST_PAIRS ? random(`preflight:${options.seed}`).sample([...ids], MOST_PAIRS) : [...ids]
    await writePairs(
      path.join(folder, 'train.jsonl'),
      drawn.sort((a, b) => a - b),
      db,
    )
    const config = { ...trainerOptions(options), run_id: 'preflight', train: 'train.jsonl', media_dir: media, eval_sets: [] }
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config))
    const trainer = await ensureEnvironment(
      places,
      { log: () => {}, progress: () => {}, ...(signal ? { signal } : {}) },
      options.model === 'tiny' ? null : 'vlm',
    )
    const ended = await runCommand(
      places.userDir,
      trainerCommand(trainer, ['preflight', '--json', folder, ...allowedFolders(project, options)]),
      { ...(signal ? { signal } : {}) },
    )
    return { report: answerOf(ended.tail, ended.code), looked: drawn.length, trainPairs: ids.length }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function answerOf(tail: readonly string[], code: number | null): PreflightReport {
  const line = tail.findLast((each) => each.startsWith('{'))
  const answer = line === undefined ? null : ANSWERS.safeParse(JSON.parse(line))
  if (!answer?.success) {
    const said = tail
      .findLast((each) => each.trim() !== '')
      ?.trim()
      .slice(0, 300)
    throw new BlindfoldError('TRAINER_FAILED', `The resource check failed: ${said ?? `the trainer exited with code ${code}`}.`, {
      remedy: 'If a package is missing, set up the trainer’s environment again.',
    })
  }
  if ('fits' in answer.data) return answer.data
  const { message, remedy, file, row, field } = answer.data.error
  throw new BlindfoldError('TRAINER_FAILED', message, { remedy, file, row, field })
}

async function writePairs(file: string, ids: readonly number[], db: DbClient): Promise<void> {
  const out = await open(file, 'w')
  try {
    for (let from = 0; from < ids.length; from += CHUNK) {
      const pairIds = ids.slice(from, from + CHUNK)
      for (const { pairId, groupId, textHash, prompt, chosen, rejected, messages, images } of await db.pairs.chunk(0, pairIds.length, {
        pairIds,
      })) {
        const pair: SnapshotPair = {
          id: String(pairId),
          group: groupId ?? textHash,
          prompt,
          chosen,
          rejected,
          images,
          ...(messages && { messages }),
        }
        await out.write(`${JSON.stringify(pair)}\n`)
      }
    }
  } finally {
    await out.close()
  }
}
