import { resolve } from 'node:path'
import { LimitPassed } from './failures.ts'
import { percent, type Output } from './output.ts'
import { currentReport, printReport } from './scan.ts'
import { withProject } from './session.ts'

/**
 * `blindfold report`: what the last blind test found, printed or as a page. With a limit it is a check: the estimate itself is held
 * against it, not its interval, so that the same data set passes or fails alike whatever its size.
 *
 * @throws {LimitPassed} after everything was written
 */
export async function report(options: { project: string; html?: string; failAbove?: number }, output: Output): Promise<void> {
  await withProject(options.project, { create: false, reads: true }, async (client, project) => {
    const found = await currentReport(client, project)
    await output.value(found)
    if (options.html === undefined) await printReport(found, output)
    else {
      const { file } = await client.scan.saveReport({ file: resolve(options.html) })
      await output.line(found.verdict.sentence)
      await output.line(`The report is in ${file}`)
    }
    const { value, low, high } = found.blindAccuracy
    if (options.failAbove !== undefined && value > options.failAbove) {
      throw new LimitPassed(`The blind accuracy ${percent(value)} % [${percent(low)}, ${percent(high)}] is above the limit of ${percent(options.failAbove)} %.`)
    }
  })
}
