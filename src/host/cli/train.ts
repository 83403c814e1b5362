import { existsSync } from 'node:fs'
import path from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { TrainingMethod } from '../../core/vocabulary.ts'
import type { TrainInput } from '../../contract/training.ts'
import { isWithin, OPTION_NAMES, TRAINING_OPTIONS, type OptionRow } from '../../core/training-options.ts'
import { bytes, count, duration } from '../../core/format.ts'
import { type Output } from './output.ts'
import { withProject, type Client } from './session.ts'
import { waitForJob } from './wait.ts'

export type TrainFlags = {
  project: string
  method: TrainingMethod
  trainSource: string[]
  model: string
  revision?: string
  dryRun: boolean
} & Record<string, unknown>

/** Adds a flag for each option of a run. Without it the option has its default. */
export function optionFlags(command: Command): Command {
  for (const name of OPTION_NAMES) command.addOption(flagOf(TRAINING_OPTIONS[name]))
  return command
}

function flagOf(row: OptionRow): Option {
  switch (row.kind) {
    case 'number': {
      const { min, max, whole } = row
      const exclusive = 'above' in row
      const option = new Option(row.flag, row.help).argParser((text) => {
        const n = Number(text)
        if (text.trim() === '' || !isWithin(row, n))
          throw new InvalidArgumentError(
            `It must be a ${whole ? 'whole number' : 'number'} ${exclusive ? 'above' : 'from'} ${min} ${exclusive ? 'and at most' : 'to'} ${max}.`,
          )
        return n
      })
      return row.fallback === undefined ? option : option.default(row.fallback)
    }
    case 'choice':
      return new Option(row.flag, row.help).choices(row.values).default(row.fallback)
    case 'toggle':
      return row.fallback ? new Option(row.flag, row.help) : new Option(row.flag, row.help).default(false)
  }
}

/** `blindfold train`: one run in the trainer's process, followed to its end; or, with `--dry-run`, whether it would fit this machine. */
export async function train(options: TrainFlags, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const chosen = Object.fromEntries(OPTION_NAMES.map((name) => [name, options[flagOf(TRAINING_OPTIONS[name]).attributeName()]]))
    const input: TrainInput = {
      ...chosen,
      method: options.method,
      sources: options.trainSource,
      model: existsSync(options.model) ? path.resolve(options.model) : options.model,
      revision: options.revision,
    }
    if (options.dryRun) return told(await client.training.preflight(input), output)
    const trained = await runTraining(client, input)
    await output.value({ project, ...trained })
    await output.line(
      `${trained.method} on ${trained.trainSource}, seed ${trained.seed}: ${count(trained.trainPairs)} pairs, ${count(trained.steps)} steps in ${duration(trained.seconds)} (run ${trained.runId}).`,
    )
    await output.line(`Next: blindfold evaluate --project ${project}`)
  })
}

/** What a preflight found, in words. */
async function told(found: Awaited<ReturnType<Client['training']['preflight']>>, output: Output): Promise<void> {
  await output.value(found)
  const { fits, device, memory, disk, pairs, problems, fallbacks, ...report } = found.report
  const free = memory.available_bytes ?? memory.total_bytes
  await output.line(
    `${fits ? 'Fits this machine' : 'Does not fit this machine'}: ${report.method}, ${report.model}, on ${device.name} (${device.dtype})`,
  )
  await output.line(
    `Memory: ${bytes(memory.needed_bytes)}${free === null ? '' : ` of ${bytes(free)} free`} (${memory.measured ? 'measured' : 'estimated'})`,
  )
  await output.line(`Disk: ${bytes(disk.needed_bytes)} of ${bytes(disk.free_bytes)} free`)
  await output.line(
    `Pairs: ${count(pairs.usable)} of ${count(pairs.total)} usable; ${count(found.looked)} of ${count(found.trainPairs)} checked`,
  )
  for (const { id, message } of pairs.unusable.slice(0, 10)) await output.line(`- ${id}: ${message}`)
  for (const { message, remedy } of problems) await output.line(`${message} ${remedy}`)
  if (fallbacks.length > 0) await output.line('Ways to make it fit (cumulative):')
  for (const option of fallbacks) await output.line(`- ${option.title}: ${bytes(option.needed_bytes)}${option.fits ? ', fits' : ''}`)
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
