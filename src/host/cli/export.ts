import { resolve } from 'node:path'
import { exportResult } from '../../contract/exports.ts'
import { count, type Output } from './output.ts'
import { withProject } from './session.ts'
import { waitForJob } from './wait.ts'

/** `blindfold export`: the pairs as they stand now, without the discarded and the tied ones. */
export async function exportPairs(options: { project: string; format: 'trl'; out: string }, output: Output): Promise<void> {
  await withProject(options.project, { create: false }, async (client, project) => {
    const { jobId } = await client.exports.start({ format: options.format, out: resolve(options.out) })
    const result = exportResult.parse(await waitForJob(client, jobId))
    await output.value({ project, ...result })
    await output.line(`${count(result.pairs)} pairs and ${count(result.images)} images written to ${result.out}`)
  })
}
