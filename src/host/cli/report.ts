import { resolve } from 'node:path'
import { LimitPassed } from './failures.ts'
import { percent, rate } from '../../core/format.ts'
import { predictorName } from '../../core/report/predictors.ts'
import type { Output } from './output.ts'
import { currentReport, findings, printReport } from './scan.ts'
import { withProject } from './session.ts'

/**
 * `blindfold report`: what the last blind test found, printed or as a page. With a limit it is a check: the highest
 * estimate of the proxy and the baselines is compared with it, not its interval, so that the result does not depend on the dataset's size.
 *
 * @throws {LimitPassed} after everything was written
 */
export async function report(options: { project: string; html?: string; failAbove?: number }, output: Output): Promise<void> {
  await withProject(options.project, { create: false, reads: true }, async (client, project) => {
    const found = await currentReport(client, project)
    await output.value(found)
    if (options.html === undefined) await printReport(found, output)
    else {
      const { file } = await client.scan.saveReport({ file: resolve(options.html), replace: true })
      for (const finding of findings(found)) await output.line(finding)
      await output.line(`Report saved to ${file}`)
    }
    const [highest] = found.predictions
    if (options.failAbove !== undefined && highest && highest.accuracy.value > options.failAbove) {
      const { by, accuracy } = highest
      throw new LimitPassed(`Above the limit of ${percent(options.failAbove)}: ${predictorName(by)} predicts ${rate(accuracy)} of labels.`)
    }
  })
}
