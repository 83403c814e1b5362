import type { ExecutionProvider } from '../../contract/proxies.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { count } from '../../core/format.ts'
import { percentEstimate, table, type Output } from './output.ts'
import { withProject } from './session.ts'
import { waitForJob } from './wait.ts'

type ProbeFlags = { project: string; model?: string; seed?: number; threads?: number; provider: ExecutionProvider }

/** `blindfold probe`: an image-side reference as a job, then what it is worth. */
export async function probe({ project: path, model, seed, threads, provider }: ProbeFlags, output: Output): Promise<void> {
  await withProject(path, { create: false }, async (client, project) => {
    const modelId = model === undefined || model === 'tiny' ? null : model
    const { jobId } = await client.probe.start({ modelId, seed: seed ?? null, threads: threads ?? null, executionProvider: provider })
    await waitForJob(client, jobId)
    const found = await client.probe.report()
    if (!found)
      throw new BlindfoldError('NO_DATA', 'The image probe wrote no result.', { file: project, remedy: 'Check the log of the job.' })
    await output.value({ project, ...found })
    await output.line(found.sentence)
    const rows = [
      ['own image', percentEstimate(found.accuracy)],
      ['grey image (control)', percentEstimate(found.blank)],
      ['swapped image (control)', percentEstimate(found.swapped)],
      ['gain from the image', percentEstimate(found.imageGain)],
    ]
    await output.line(`\n${table(['probe', 'accuracy %'], rows, [1])}`)
    const left = [
      found.withoutImage && `${count(found.withoutImage)} without an image`,
      found.leftOut && `${count(found.leftOut)} excluded to fit in memory`,
    ].filter(Boolean)
    await output.line(
      `\n${count(found.pairs)} pairs in ${count(found.groups)} groups${left.length ? `; not scored: ${left.join(', ')}` : ''}`,
    )
  })
}
