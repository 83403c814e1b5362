import type { Cell, EvaluationReport } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { percentEstimate, pointsEstimate, table, type Output } from './output.ts'
import { withProject } from './session.ts'

/** `blindfold evaluate`: the cross-distribution matrix of every finished run, and the averages per method. */
export async function evaluate(options: { project: string }, output: Output): Promise<void> {
  await withProject(options.project, { create: false, reads: true }, async (client, project) => {
    const found = await client.evaluation.matrix()
    if (found.runs.length === 0) {
      throw new BlindfoldError('NO_DATA', 'No training run of this project has been evaluated yet.', {
        file: project,
        remedy: `Run: blindfold train --project ${project} --method standard --train-source SOURCE`,
      })
    }
    await output.value(found)
    await printEvaluation(found, output)
  })
}

/** One matrix a method, then the averages. */
export async function printEvaluation(found: EvaluationReport, output: Output): Promise<void> {
  const tests = [...new Set(found.cells.map((cell) => cell.testSource))].sort()
  const seeds = new Set(found.runs.map((run) => run.seed))
  for (const label of new Set(found.runs.map((run) => run.label))) {
    const runs = found.runs
      .filter((run) => run.label === label)
      .sort((a, b) => a.trainSource.localeCompare(b.trainSource) || a.seed - b.seed)
    const rows = runs.map((run) => {
      const cellOf = (test: string): Cell | undefined => found.cells.find((cell) => cell.runId === run.id && cell.testSource === test)
      const name = seeds.size > 1 ? `${run.trainSource} (seed ${run.seed})` : run.trainSource
      return [name, ...tests.map((test) => percentEstimate(cellOf(test)?.accuracy ?? null))]
    })
    await output.line(`${label}: accuracy % [95% CI]`)
    await output.line(
      `${table(
        ['trained on \\ tested on', ...tests],
        rows,
        tests.map((_, i) => i + 1),
      )}\n`,
    )
  }
  const rows = found.summary.map((line) => [
    line.label,
    percentEstimate(line.iid),
    percentEstimate(line.ood),
    pointsEstimate(line.sfd),
    String(line.runs),
  ])
  await output.line('averages [95% CI]')
  await output.line(table(['method', 'i.i.d. %', 'o.o.d. %', 'SFD points', 'runs'], rows, [1, 2, 3, 4]))
}
