import type { z } from 'zod'
import type { demoInput } from '../../contract/exports.ts'
import { currentReport, printReport, runScan } from './scan.ts'
import { withProject, type Client } from './session.ts'
import { waitForJob } from './wait.ts'
import type { Output } from './output.ts'

/** `blindfold demo`: a project with the three demo environments, and the blind test on it. */
export async function demo(options: { project: string; pairs?: number; seed: number }, output: Output): Promise<void> {
  await withProject(options.project, { create: true }, async (client, project) => {
    const result = await fillDemo(client, { pairs: options.pairs, seed: options.seed })
    await runScan(client, { proxy: 'lexical', seed: options.seed })
    const found = await currentReport(client, project)
    await output.value({ project, ...result, blindAccuracy: found.blindAccuracy })
    await printReport(found, output)
    await output.line(
      `\nNext: blindfold train --project ${project} --method shortcut-aware --train-source ${found.bySource[0]?.source ?? 'SOURCE'}`,
    )
  })
}

/** Writes the demo suite into the open project; pairs that are there already are not added again. */
export async function fillDemo(client: Client, input: z.input<typeof demoInput>): Promise<Record<string, unknown>> {
  const { jobId } = await client.demo.start(input)
  return waitForJob(client, jobId)
}
