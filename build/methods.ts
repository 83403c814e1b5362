import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { log } from '../src/core/log.ts'
import { duration } from '../src/core/format.ts'
import type { TrainInput } from '../src/contract/training.ts'
import { fillDemo } from '../src/host/cli/demo.ts'
import { describeFailure, toFailure } from '../src/host/cli/failures.ts'
import { standardOutput, table } from '../src/host/cli/output.ts'
import { runScan } from '../src/host/cli/scan.ts'
import { withProject } from '../src/host/cli/session.ts'
import { waitForJob } from '../src/host/cli/wait.ts'
import { trainOnce } from './train-once.ts'

// `npm run methods [-- --seeds 0,1,2 --folder DIR]`: the demo suite with every method on every environment, over seeds, and
// the table of docs/method.md. Running it again goes on where it stopped.
const METHODS: Omit<TrainInput, 'sources'>[] = [
  { method: 'text-only' },
  { method: 'standard' },
  { method: 'shortcut-aware' },
  { method: 'residual-fusion' },
  { method: 'upweight' },
  { method: 'standard', pairWeights: 'sfc' },
  { method: 'shortcut-aware', sfcNormalise: true },
  { method: 'shortcut-aware', sfcExponent: 2 },
  { method: 'shortcut-aware', sfcFloor: 0.2 },
  { method: 'shortcut-aware', proxyWarmup: 1 },
  { method: 'shortcut-aware', proxyInput: 'blank' },
]
/** Quantiles 0.975 of Student's t, by degrees of freedom. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '0,1,2' }, folder: { type: 'string', default: 'methods' }, pairs: { type: 'string' } },
})
const seeds = values.seeds.split(',').map(Number)
const folder = resolve(values.folder)
const pairs = values.pairs === undefined ? undefined : Number(values.pairs)
const output = standardOutput(false)

type Found = Map<string, { iid: number | null; ood: number | null; sfd: number | null }>

/** Shares and points of every method's average over the environments, by label. */
async function suite(seed: number): Promise<Found> {
  return withProject(join(folder, `seed-${seed}`), { create: true }, async (client) => {
    await fillDemo(client, { pairs, seed })
    await runScan(client, { proxy: 'lexical', seed })
    // Before any training, so that pairs are weighted by an SFC of models that never saw them.
    if (!(await client.probe.report())) {
      const { jobId } = await client.probe.start({ modelId: null, seed, threads: null, executionProvider: 'cpu' })
      await waitForJob(client, jobId)
    }
    const sources = (await client.projects.current())?.sources.map((source) => source.name).sort() ?? []
    for (const options of METHODS) {
      const begun = performance.now()
      for (const source of sources) await trainOnce(client, { ...options, sources: [source], seed })
      await output.line(`  seed ${seed}, ${JSON.stringify(options)}: ${duration((performance.now() - begun) / 1000)}`)
    }
    const { summary } = await client.evaluation.matrix()
    return new Map(
      summary.map(({ label, iid, ood, sfd }) => [label, { iid: iid?.value ?? null, ood: ood?.value ?? null, sfd: sfd?.value ?? null }]),
    )
  })
}

/** Mean with its 95% interval over seeds by Student's t; `scale` turns shares into percent. */
function overSeeds(numbers: readonly (number | null | undefined)[], scale: number): string {
  const known = numbers.filter((value) => value !== null && value !== undefined).map((value) => value * scale)
  if (known.length === 0) return '–'
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const t = T[known.length - 2]
  if (t === undefined) return mean.toFixed(1)
  const half = t * Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1) / known.length)
  return `${mean.toFixed(1)} ± ${half.toFixed(1)}`
}

async function main(): Promise<void> {
  await mkdir(folder, { recursive: true })
  const found: Found[] = []
  for (const seed of seeds) {
    found.push(await suite(seed))
    const labels = [...(found[0]?.keys() ?? [])]
    const of = (label: string, name: 'iid' | 'ood' | 'sfd') => found.map((suites) => suites.get(label)?.[name])
    const less = (label: string, name: 'iid' | 'ood') => {
      const plain = of('standard', name)
      return label === 'standard'
        ? ''
        : overSeeds(
            of(label, name).map((value, i) => (value == null || plain[i] == null ? null : value - plain[i])),
            100,
          )
    }
    const rows = labels.map((label) => [
      ...[label, overSeeds(of(label, 'iid'), 100), overSeeds(of(label, 'ood'), 100), overSeeds(of(label, 'sfd'), 1)],
      ...[
        less(label, 'iid'),
        less(label, 'ood'),
        of(label, 'ood')
          .map((value) => (value == null ? '–' : (value * 100).toFixed(1)))
          .join(', '),
      ],
    ])
    await output.line(`\nseeds ${seeds.slice(0, found.length).join(', ')}`)
    await output.line(
      table(
        ['method', 'i.i.d. %', 'o.o.d. %', 'SFD', 'i.i.d. - standard', 'o.o.d. - standard', 'o.o.d. by seed'],
        rows,
        [1, 2, 3, 4, 5, 6],
      ),
    )
  }
}

try {
  await main()
  process.exit(0)
} catch (error) {
  log(describeFailure(toFailure(error)))
  process.exit(1)
}
