import { existsSync } from 'node:fs'
import path from 'node:path'
import type { TrainingMethod } from '../../contract/trainer.ts'
import type { TrainInput } from '../../contract/training.ts'
import { count, type Output } from './output.ts'
import { withProject, type Client } from './session.ts'
import { duration, waitForJob } from './wait.ts'

export interface TrainOptions {
  project: string
  method: TrainingMethod
  trainSource: string[]
  model: string
  revision?: string
  tuning: 'lora' | 'qlora' | 'full'
  tokenBudget?: number
  maxPixels?: number
  gradientCheckpointing: boolean
  visionCache: number
  exportProxy: boolean
  unusable: 'refuse' | 'leave-out'
  seed: number
  epochs?: number
  sfcNormalise: boolean
  proxyInput: 'drop' | 'blank'
  sfcExponent: number
  sfcFloor: number
  proxyWarmup: number
  pairWeights: 'equal' | 'sfc'
}

/** `blindfold train`: one run in the trainer's process, followed to its end. */
export async function train(options: TrainOptions, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const trained = await runTraining(client, {
      method: options.method,
      sources: options.trainSource,
      model: existsSync(options.model) ? path.resolve(options.model) : options.model,
      revision: options.revision,
      tuning: options.tuning,
      tokenBudget: options.tokenBudget,
      maxPixels: options.maxPixels,
      gradientCheckpointing: options.gradientCheckpointing,
      visionCache: options.visionCache,
      exportProxy: options.exportProxy,
      unusable: options.unusable,
      seed: options.seed,
      ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
      sfcNormalise: options.sfcNormalise,
      proxyInput: options.proxyInput,
      sfcExponent: options.sfcExponent,
      sfcFloor: options.sfcFloor,
      proxyWarmup: options.proxyWarmup,
      pairWeights: options.pairWeights,
    })
    await output.value({ project, ...trained })
    await output.line(
      `${trained.method} on ${trained.trainSource}, seed ${trained.seed}: ${count(trained.trainPairs)} pairs, ${count(trained.steps)} steps in ${duration(trained.seconds)} (run ${trained.runId}).`,
    )
    await output.line(`Next: blindfold evaluate --project ${project}`)
  })
}

/** Starts a run and waits for it; gives what it was and how long it took. */
export async function runTraining(client: Client, input: TrainInput) {
  const begun = performance.now()
  const { jobId, runId } = await client.training.start(input)
  await waitForJob(client, jobId)
  const { options, trainSource, trainPairs, testPairs, snapshotHash, step } = await client.training.run({ runId })
  const seconds = (performance.now() - begun) / 1000
  return { runId, method: options.method, trainSource, seed: options.seed, trainPairs, testPairs, snapshotHash, steps: step, seconds }
}
