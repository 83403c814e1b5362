import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { TrainOptions } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { modelName } from '../../core/run-label.ts'
import { hasBothBranches } from '../../core/training-options.ts'
import type { RunRecord } from '../../db/runs/queries.ts'
import { adopt } from '../../models/registry.ts'
import { ensureEnvironment, trainerCommand } from '../python/environment.ts'
import type { JobContext, JobStop } from '../kind.ts'
import { runCommand } from '../../node/child-process.ts'

type Context = Pick<JobContext<unknown>, 'places' | 'project' | 'signal' | 'progress' | 'log' | 'publish'>

/** Whether a run leaves a text-only reward model that reads text alone, as the blind test does. The tiny one is no better than the lexical proxy. */
export const leavesProxy = ({ method, model, proxyInput, exportProxy }: TrainOptions): boolean =>
  exportProxy && model !== 'tiny' && proxyInput === 'drop' && (method === 'text-only' || hasBothBranches(method))

/**
 * Exports a finished run's proxy as ONNX and registers it as a reward model of the blind test. What goes wrong is told, not
 * thrown: the run itself is done.
 *
 * @returns the id of the registered model, or why there is none
 * @throws the signal's reason where the project is being closed
 */
export async function registerProxy(
  run: RunRecord,
  folder: string,
  context: Context,
): Promise<{ proxyModel: string } | { proxyFailure: string }> {
  const { places, signal, log, progress, publish } = context
  const root = path.join(places.userDir, 'models', 'partial')
  mkdirSync(root, { recursive: true })
  const partial = mkdtempSync(path.join(root, 'proxy-'))
  try {
    progress({ phase: 'Exporting the text branch', done: 0, total: null, unit: 'models' })
    const trainer = await ensureEnvironment(places, context, 'export')
    const name = `${modelName(run.options.model)}, text-only, trained on ${run.trainSource}`
    const out = path.join(partial, 'files')
    const command = trainerCommand(trainer, ['export', path.join(folder, 'proxy'), out, '--form', 'onnx', '--name', name.slice(0, 200)])
    // The base is there since the training. A project of strangers must not fetch another by naming it in the saved model.
    const offline = { ...command, variables: { ...command.variables, HF_HUB_OFFLINE: '1' } }
    const ended = await runCommand(places.userDir, offline, { signal, onLine: log })
    if (ended.code !== 0)
      throw new Error(ended.tail.findLast((line) => line.trim() !== '')?.trim() ?? `The export exited with code ${ended.code}.`)
    const model = await adopt(places.userDir, out, { type: 'run', project: context.project.path, runId: run.id }, {}, signal)
    publish('models', model.id)
    log(`The text branch is registered for the blind test as ${model.id}.`)
    return { proxyModel: model.id }
  } catch (error) {
    if (signal.aborted && (signal.reason as JobStop).why === 'close') throw error
    const why = signal.aborted ? 'The export was cancelled.' : error instanceof Error ? error.message : String(error)
    const remedy = error instanceof BlindfoldError ? ` ${error.detail.remedy}` : ''
    log(`The text branch is not registered for the blind test: ${why}${remedy}`)
    return { proxyFailure: `${why}${remedy}`.slice(0, 500) }
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}
