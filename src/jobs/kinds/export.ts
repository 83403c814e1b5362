import path from 'node:path'
import { exportInput } from '../../contract/exports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { survey } from '../export/survey.ts'
import { requireFree, writeExport } from '../export/write.ts'
import { defineKind } from '../kind.ts'

/** The contract's input; the service makes `out` absolute. */
export const exportKind = defineKind({
  kind: 'export',
  input: exportInput,
  title: ({ out }) => `Export to ${path.basename(out)}`,
  // A stopped export leaves nothing behind, so it starts over.
  resumable: false,
  // Pairs come and change in thousands in an import: what is written is one state of the project.
  resources: ['project-data'],
  onlyReads: true,
  async run({ db, input, project, progress, signal, log }) {
    await requireFree(input.out, project.path)
    const look = (done: number, total: number) => progress({ phase: 'Checking pairs', done, total, unit: 'pairs' })
    const surveyed = await survey(db, input, { signal, onProgress: look })
    if (surveyed.pairs === 0) {
      const excluded = 'Tied and discarded pairs are excluded unless you include them.'
      throw new BlindfoldError('NO_DATA', 'No pairs to export.', {
        remedy:
          surveyed.leftOut > 0
            ? `Choose another format: this one cannot store any of these ${surveyed.leftOut} pairs.`
            : `Widen the filter. ${excluded}`,
      })
    }
    if (input.resplit && surveyed.ungrouped > 0) throw ungrouped(surveyed.ungrouped)
    for (const { field, pairs, why } of surveyed.lost) log(`Not preserved by this format: ${field} (${pairs} pairs). ${why}`)
    const { pairs: total } = surveyed
    const onProgress = (done: number) => progress({ phase: 'Writing pairs', done, total, unit: 'pairs' })
    const written = await writeExport({ db, projectFolder: project.path, request: input, surveyed, signal, onProgress })
    log(`${written.pairs} pairs and ${written.images} images written to ${input.out}.`)
    return { ...written, out: input.out }
  },
})

export const ungrouped = (pairs: number) =>
  new BlindfoldError('JOB_STATE', `${pairs} pairs have no group yet, because their import is not finished.`, {
    field: 'resplit',
    remedy: 'Resume the import, or keep the splits as they are.',
  })
