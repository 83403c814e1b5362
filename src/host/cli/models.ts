import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { modelKind, type GivenCard, type ModelKind } from '../../contract/models.ts'
import { ProgressMeter } from '../../jobs/progress.ts'
import { buildMiniLm } from '../../jobs/models/minilm.ts'
import type { ProgressReport } from '../../jobs/progress.ts'
import { download, planDownload } from '../../models/hub.ts'
import { listModels, registerFolder, removeModel } from '../../models/registry.ts'
import { places } from '../compose.ts'
import { Cancelled } from './failures.ts'
import { table, statusLine, type Output } from './output.ts'
import { describeProgress } from './wait.ts'
import { bytes } from '../../core/format.ts'

export const MODEL_KINDS = modelKind.options

/** `blindfold models list` */
export async function listAll(output: Output): Promise<void> {
  const models = listModels(places().userDir)
  await output.value(models)
  if (models.length === 0)
    return output.line('No models. Next: blindfold models add FOLDER, blindfold models add OWNER/NAME, or blindfold models add minilm')
  await output.line(
    table(
      ['id', 'kind', 'name', 'precision', 'size', 'state'],
      models.map((m) => [m.id, m.kind, m.name, m.precision, bytes(m.bytes), m.problem ?? 'ready']),
    ),
  )
}

export type AddOptions = {
  kind?: ModelKind
  name?: string
  revision: string
  pooling?: 'mean' | 'cls' | 'last'
  maxLength?: number
  dryRun: boolean
}

/**
 * `blindfold models add WHAT`: a folder where there is one of that name, `minilm`, else a model of the hub. The command
 * itself is the consent; `--dry-run` says what would be fetched.
 */
export async function addModel(what: string, options: AddOptions, output: Output): Promise<void> {
  const { kind, name, pooling, maxLength } = options
  const card: GivenCard = { ...(kind && { kind }), ...(name && { name }), ...(pooling && { pooling }), ...(maxLength && { maxLength }) }
  const { userDir } = places()
  const isFolder = existsSync(resolve(what))
  if (options.dryRun && !isFolder && what !== 'minilm') {
    const plan = await planDownload(what, options.revision)
    await output.value({ ...plan, files: plan.files.map(({ path, bytes: size }) => ({ path, bytes: size })) })
    await output.line(
      table(
        ['file', 'size'],
        plan.files.map((file) => [file.path, bytes(file.bytes)]),
      ),
    )
    return output.line(`${bytes(plan.bytes)} of ${plan.repo} at ${plan.revision}; nothing was downloaded.`)
  }
  const model = await watched(async (context) => {
    if (isFolder) return registerFolder(userDir, what, card, context.signal)
    if (what === 'minilm') return (await buildMiniLm(places(), context)).model
    return download(userDir, { repo: what, revision: options.revision, files: null, card }, context)
  })
  await output.value(model)
  await output.line(`${model.id}: ${model.kind} ${model.name}, ${bytes(model.bytes)}, ${model.precision}, in ${model.dir}`)
}

/** `blindfold models remove ID` */
export async function forgetModel(id: string, output: Output): Promise<void> {
  removeModel(places().userDir, id)
  await output.value({ modelId: id })
  await output.line(`Model ${id} removed.`)
}

/** Work outside of any project, with a line of progress; Ctrl-C stops it, and what has arrived is kept. */
async function watched<Result>(
  work: (context: { signal: AbortSignal; progress: (report: ProgressReport) => void; log: (line: string) => void }) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController()
  const cancel = (): void => stop.abort(new Cancelled('Stopped. Files downloaded so far are kept; run the command again to resume.'))
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  const line = statusLine()
  const meter = new ProgressMeter()
  try {
    const progress = (report: ProgressReport): void => line.show(describeProgress(meter.update(report, performance.now())))
    return await work({ signal: stop.signal, progress, log: (text) => line.show(text) })
  } finally {
    line.clear()
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}
