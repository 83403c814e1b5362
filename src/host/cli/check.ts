import { BlindfoldError } from '../../core/errors.ts'
import { count, plural } from '../../core/format.ts'
import { checkProject, repairProject, type Finding } from '../../db/check/project.ts'
import { defaultUserDir } from '../../services/backend.ts'
import { Trust } from '../../services/trust.ts'
import { statusLine, type Output } from './output.ts'
import { projectFolder } from './session.ts'

/** `blindfold check`: everything that can be wrong with a project's files. @throws BlindfoldError where something is */
export async function check(options: { project: string; repair: boolean }, output: Output): Promise<void> {
  const project = projectFolder(options.project)
  const line = statusLine()
  const told = (phase: string, done: number, total: number) => line.show(total > 1 ? `${phase} ${count(done)} of ${count(total)}` : phase)
  const { found, left } = (() => {
    try {
      if (options.repair) {
        new Trust(defaultUserDir()).require(project)
        return repairProject(project, told)
      }
      const findings = checkProject(project, told)
      return { found: findings, left: findings }
    } finally {
      line.clear()
    }
  })()
  await output.value({ project, ok: left.length === 0, repaired: options.repair, findings: found, ...(options.repair ? { left } : {}) })
  for (const finding of found) await output.line(describe(finding, options.repair, left))
  if (found.length === 0) await output.line('No problems found.')
  if (left.length === 0) return
  const parts = `${plural(left.length, 'problem')} in this project`
  const mendable = left.some(({ repair }) => repair !== null)
  const onlyLinks = left.every(({ code }) => code === 'link')
  const byHand = onlyLinks ? 'Replace the links with their targets, or remove them.' : 'Restore from a backup what cannot be repaired here.'
  throw new BlindfoldError('PROJECT_CORRUPT', `${parts}.`, {
    remedy: mendable && !options.repair ? `Run: blindfold check --project ${project} --repair` : byHand,
    file: project,
  })
}

function describe({ code, what, count: n, examples, repair }: Finding, repaired: boolean, left: Finding[]): string {
  const mended = repaired && repair !== null && !left.some((other) => other.code === code && other.what === what)
  const done = repair === null ? 'Cannot be repaired here.' : mended ? `Repaired. --repair ${repair}.` : `--repair ${repair}.`
  const more = n > examples.length ? `, and ${count(n - examples.length)} more` : ''
  return `${code}: ${what} (${count(n)})\n   ${examples.join(', ')}${more}\n   ${done}`
}
