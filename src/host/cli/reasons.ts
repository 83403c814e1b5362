import { BlindfoldError } from '../../core/errors.ts'
import { count, inPercent } from '../../core/format.ts'
import { phraseText } from '../../core/scripts.ts'
import { table, type Output } from './output.ts'
import { withProject } from './session.ts'

/** Enough to see what leaks; --json has them all. */
const SHOWN = 20
const SHOWN_SOURCES = 3

/** `blindfold reasons`: what the last blind test went by. */
export async function reasons(options: { project: string }, output: Output): Promise<void> {
  await withProject(options.project, { create: false, reads: true }, async (client, project) => {
    const found = await client.reasons.list()
    if (!found)
      throw new BlindfoldError('NO_DATA', 'This project has no blind test yet.', {
        file: project,
        remedy: `Run: blindfold scan --project ${project}`,
      })
    await output.value(found)
    const rows = found.reasons.slice(0, SHOWN).map(({ family, feature, side, support, coverage, lift, sources }) => [
      family,
      phraseText(feature),
      side,
      count(support),
      inPercent(coverage),
      lift.toFixed(2),
      sources
        .slice(0, SHOWN_SOURCES)
        .map(({ source, lift: there }) => `${source} ${there.toFixed(2)}`)
        .join(', '),
    ])
    await output.line(table(['family', 'feature', 'favours', 'pairs', 'coverage %', 'lift', 'lift by source'], rows, [3, 4, 5]))
    if (found.boilerplate.length === 0) return
    const shared = found.boilerplate
      .slice(0, SHOWN)
      .map(({ place, text, responses, chosen }) => [place, phraseText(text), count(responses), inPercent(chosen / responses)])
    await output.line(`\n${table(['shared', 'words', 'responses', 'chosen %'], shared, [2, 3])}`)
    await output.line(`\nSources and shared words from the texts of ${count(found.looked)} pairs.`)
  })
}
