import { resolve } from 'node:path'
import { backupProject } from '../../db/backup/project.ts'
import { defaultUserDir } from '../../services/backend.ts'
import { Trust } from '../../services/trust.ts'
import { Cancelled } from './failures.ts'
import { statusLine, type Output } from './output.ts'
import { projectFolder } from './session.ts'
import { bytes, count } from '../../core/format.ts'

/** `blindfold backup`: a copy of the project as it stands at one moment, also while it is open elsewhere. */
export async function backup(options: { project: string; out: string }, output: Output): Promise<void> {
  const project = projectFolder(options.project)
  const out = resolve(options.out)
  const controller = new AbortController()
  const cancel = (): void => controller.abort(new Cancelled('The backup was cancelled. Nothing was written.'))
  process.once('SIGINT', cancel)
  process.once('SIGTERM', cancel)
  const line = statusLine()
  try {
    const result = await backupProject(project, out.endsWith('.blindfold') ? out : `${out}.blindfold`, {
      signal: controller.signal,
      progress: (phase, done, total) => line.show(`${phase} ${count(done)} of ${count(total)}`),
    })
    line.clear()
    const known = new Trust(defaultUserDir())
    if (known.has(project)) known.trustFolder(result.out)
    await output.value({ project, ...result })
    await output.line(`${count(result.pairs)} pairs and ${count(result.images)} images, ${bytes(result.bytes)}, copied to ${result.out}`)
    if (result.linked > 0) await output.line(`${count(result.linked)} images are unchanged since the last backup and take no extra space.`)
    if (result.lost > 0)
      await output.line(`${count(result.lost)} images are missing or damaged in the project itself: blindfold check --project ${project}`)
  } finally {
    line.clear()
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}
