import { parseArgs } from 'node:util'
import { relative, resolve } from 'node:path'
import { log } from '../src/core/log.ts'
import { duration } from '../src/core/format.ts'
import type { TrainingMethod } from '../src/core/vocabulary.ts'
import { describeFailure, toFailure } from '../src/host/cli/failures.ts'
import { fillDemo } from '../src/host/cli/demo.ts'
import { printEvaluation } from '../src/host/cli/evaluate.ts'
import { standardOutput } from '../src/host/cli/output.ts'
import { currentReport, printReport, runScan } from '../src/host/cli/scan.ts'
import { withProject } from '../src/host/cli/session.ts'
import { trainOnce } from './train-once.ts'

// `npm run demo [-- --seed N --pairs N --project P]`: the whole job once. Running it again goes on where it stopped.
const METHODS: TrainingMethod[] = ['text-only', 'standard', 'shortcut-aware']
const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({ options: { seed: { type: 'string' }, pairs: { type: 'string' }, project: { type: 'string' } } })
const seed = Number(values.seed ?? 0)
const pairs = values.pairs === undefined ? undefined : Number(values.pairs)
const project = values.project ?? resolve(root, defaultName())
const output = standardOutput(false)

/** Other data, another project: two demo suites in one would be neither. */
function defaultName(): string {
  return ['demo', ...(seed ? [`seed-${seed}`] : []), ...(pairs ? [`${pairs}-pairs`] : [])].join('-')
}

async function main(): Promise<void> {
  const begun = performance.now()
  await withProject(project, { create: true }, async (client, path) => {
    await output.line(`Demo project ${path}, seed ${seed}`)
    await timed('demo pairs and images', () => fillDemo(client, { pairs, seed }))
    await timed('blind test', () => runScan(client, { proxy: 'lexical', seed }))
    await output.line()
    await printReport(await currentReport(client, path), output)
    await output.line()

    const sources = (await client.projects.current())?.sources.map((source) => source.name).sort() ?? []
    for (const source of sources) {
      for (const method of METHODS) {
        await timed(`${method} on ${source}`, () => trainOnce(client, { method, sources: [source], seed }))
      }
    }
    await output.line()
    await printEvaluation(await client.evaluation.matrix(), output)
    const shown = relative(process.cwd(), path) || path
    await output.line(`\nDone in ${duration((performance.now() - begun) / 1000)}. Open it: npm start -- ${shown}`)
  })
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now()
  await work()
  await output.line(`  ${what}: ${duration((performance.now() - begun) / 1000)}`)
}

try {
  await main()
  process.exit(0)
} catch (error) {
  log(describeFailure(toFailure(error)))
  process.exit(1)
}
