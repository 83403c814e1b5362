import { BlindfoldError } from '../../core/errors.ts'
import { percent } from '../../core/format.ts'
import { percentEstimate, table, type Output } from './output.ts'
import { currentReport } from './scan.ts'
import { withProject } from './session.ts'
import { waitForJob } from './wait.ts'

/** `blindfold stability`: the last blind test with other seeds. */
export async function stability(options: { project: string; seeds: number }, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const { jobId } = await client.scan.stability({ seeds: options.seeds })
    await waitForJob(client, jobId)
    const found = (await currentReport(client, project)).stability
    if (!found)
      throw new BlindfoldError('NO_DATA', 'The blind test changed in the meantime.', { file: project, remedy: 'Run the command again.' })
    await output.value({ project, ...found })
    await output.line(found.sentence)
    await output.line(
      `\n${table(
        ['seed', 'blind accuracy %', 'verdict'],
        found.seeds.map(({ seed, blindAccuracy, level }) => [String(seed), percentEstimate(blindAccuracy), level]),
        [0, 1],
      )}`,
    )
    await output.line(
      `\nOn average, two seeds share ${percent(found.topTenth.mean)} of the tenth of pairs with the largest text margins (at worst ${percent(found.topTenth.worst)}). All seeds agree on ${percent(found.sameSide)} of pairs.`,
    )
  })
}
