import { createRouterClient } from '@orpc/server'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DemoTruth } from '../../src/core/demo/index.ts'
import { PRIOR_MM_LOSS, sfc, softplusNeg } from '../../src/core/losses.ts'
import { groupBootstrap, groupMean, type Estimate } from '../../src/core/statistics.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'

// The blind test against the ground truth of the demo suite: `npm run bench -- truth [SEEDS [PAIRS]]`, by default three seeds of
// 4,000 training pairs an environment. BLINDFOLD_BENCH_MODEL names the folder of a sentence encoder, to be measured beside the
// lexical proxy.

const seeds = Number(process.argv[2] ?? 3)
const pairs = Number(process.argv[3] ?? 4000)
const encoder = process.env['BLINDFOLD_BENCH_MODEL'] ?? null

type Row = { pairId: number; truth: DemoTruth; textMargin: number; auditSfc: number; suspect: number }

const shown = ({ value, low, high }: Estimate): string => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`

/** Area under the ROC curve of a score for the rows that `positive` holds for; every pair of the suite is a group of its own. */
function auroc(rows: readonly Row[], score: (row: Row, i: number) => number, positive: (row: Row) => boolean): Estimate {
  const scored = rows.map((row, i) => ({ score: score(row, i), positive: positive(row) })).sort((a, b) => a.score - b.score)
  const found = groupBootstrap(
    Float64Array.from(scored.keys()),
    (weights) => {
      let [below, wins, positives] = [0, 0, 0]
      for (let from = 0; from < scored.length;) {
        let to = from
        let [here, negative] = [0, 0]
        for (; to < scored.length && scored[to]!.score === scored[from]!.score; to++) {
          if (scored[to]!.positive) here += weights[to] as number
          else negative += weights[to] as number
        }
        wins += here * (below + negative / 2)
        positives += here
        below += negative
        from = to
      }
      return wins / positives / below
    },
    0,
  )
  if (!found) throw new Error('there are no such pairs, or no others')
  return found
}

const agrees = ({ truth }: Row): boolean => truth.shortcut === 'agrees'

async function measure(seed: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'blindfold-truth-'))
  const backend = new Backend({ trainerSource: home, userDir: join(home, 'home') })
  const client = createRouterClient(createRouter(backend))
  const done = async ({ jobId }: { jobId: string }) => {
    const { state } = await backend.requireSession().jobs.finished(jobId)
    if (state.status !== 'succeeded') throw new Error(`${jobId}: ${JSON.stringify(state)}`)
  }
  try {
    const { path } = await client.projects.create({ path: join(home, 'suite') })
    await done(await client.demo.start({ seed, pairs }))
    const truth = new Map(
      (await readFile(join(path, 'demo-truth.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as DemoTruth)
        .map((each) => [each.id, each]),
    )
    const rows = async (): Promise<Row[]> => {
      const all: Row[] = []
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<typeof client.pairs.list>> = await client.pairs.list({ sort: 'id', limit: 500, cursor })
        for (const row of page.rows) {
          all.push({
            pairId: row.pairId,
            truth: truth.get(row.externalId ?? '') as DemoTruth,
            textMargin: row.textMargin ?? NaN,
            auditSfc: row.auditSfc ?? NaN,
            suspect: row.suspect ?? NaN,
          })
        }
        cursor = page.nextCursor
      } while (cursor !== null)
      return all
    }
    const proxies = [{ proxy: 'lexical' as const, modelId: null }]
    const model = encoder && (await client.models.add({ path: encoder, card: { kind: 'encoder' } }))
    for (const { proxy, modelId } of [...proxies, ...(model ? [{ proxy: 'encoder' as const, modelId: model.id }] : [])]) {
      await done(await client.scan.start({ proxy, modelId, seed }))
      const { blindAccuracy, provenance } = (await client.scan.report())!
      const held = await rows()
      console.log(
        `\nseed ${seed}, ${proxy}${model && modelId ? ` (${model.name})` : ''}: ${held.length} pairs, ${held.filter(agrees).length} with a shortcut that agrees with the label`,
      )
      console.log(
        `blind accuracy       cross-fitted ${shown(blindAccuracy)}, on its own training pairs ${provenance.inSampleAccuracy.toFixed(3)}`,
      )
      console.log(`AUROC of "shortcut injected" by text margin, cross-fitted ${shown(auroc(held, (row) => row.textMargin, agrees))}`)
      const scan = (await backend.requireSession().db.scans.latest())!
      const own: number[] = []
      for (let from = 0; from < held.length; from += 1000) {
        const ids = held.slice(from, from + 1000).map(({ pairId }) => pairId)
        const texts = await backend.requireSession().db.pairs.chunk(0, ids.length, { pairIds: ids })
        own.push(...(await backend.questions.score({ project: path, scan, fold: null }, texts)))
      }
      console.log(`  by text margin of the model fitted on all pairs         ${shown(auroc(held, (_, i) => own[i] as number, agrees))}`)
      console.log(
        `  by prior SFC (low first)                                ${shown(auroc(held, (row) => -sfc(PRIOR_MM_LOSS, softplusNeg(row.textMargin)), agrees))}`,
      )
      await done(await client.probe.start({ seed }))
      const audited = await rows()
      console.log(`  by audit SFC of the tiny probe (low first)              ${shown(auroc(audited, (row) => -row.auditSfc, agrees))}`)
      console.log(`${(await client.probe.report())!.sentence}`)
      // Test pairs carry no wrong labels: suspects are told among the training pairs.
      const train = audited.filter((row) => row.truth.split === 'train' && !Number.isNaN(row.suspect))
      const top = new Set([...train].sort((a, b) => b.suspect - a.suspect).slice(0, Math.round(train.length / 10)))
      const parts = {
        all: () => true,
        'shortcut agrees with the wrong label': agrees,
        'shortcut silent or against it': (row: Row) => !agrees(row),
      }
      for (const [name, of] of Object.entries(parts)) {
        const flipped = train.filter((row) => row.truth.flipped && of(row))
        if (flipped.length === 0) continue
        const recall = groupMean(
          flipped.map((row) => (top.has(row) ? 1 : 0)),
          Float64Array.from(flipped.keys()),
          0,
        )
        console.log(`flipped labels (${name}, ${flipped.length}) among the top 10% suspects: ${shown(recall)}, chance 0.100`)
      }
    }
  } finally {
    await backend.close()
    await rm(home, { recursive: true, force: true })
  }
}

for (let seed = 0; seed < seeds; seed++) await measure(seed)
