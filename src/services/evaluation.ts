import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { matrixCells, summarise, textPartner, type EvaluatedRun, type MatrixCell, type Summary } from '../core/evaluation.ts'
import { runLabel } from '../core/run-label.ts'
import type { Backend, Session } from './backend.ts'
import { os } from './procedure.ts'

export function evaluationService(backend: Backend) {
  /** Bootstraps take a tenth of a second a run, and their inputs rarely change: kept by a hash of these. */
  const cells = new Map<string, MatrixCell[]>()
  const summaries = new Map<string, Summary[]>()
  const kept = <Value>(store: Map<string, Value>, key: string, make: () => Value): Value => {
    let value = store.get(key)
    if (value === undefined) store.set(key, (value = make()))
    return value
  }
  return {
    matrix: os.evaluation.matrix.handler(async () => {
      const runs = await evaluatedRuns(backend.requireSession())
      const prints = new Map(runs.map((run) => [run.id, fingerprint(run)]))
      const rows: MatrixCell[] = []
      for (const run of runs) {
        const partner = textPartner(run, runs)
        const key = `${prints.get(run.id)} ${partner ? prints.get(partner.id) : ''}`
        rows.push(...kept(cells, key, () => matrixCells(run, partner)))
        await breathe()
      }
      return {
        runs: runs.map(({ id, method, label, trainSource, seed }) => ({ id, method, label, trainSource, seed })),
        cells: rows,
        summary: kept(summaries, [...prints.values()].join(' '), () => summarise(runs)),
      }
    }),

    flips: os.evaluation.flips.handler(({ input: { from, to } }) => backend.requireSession().db.runs.flips(from, to)),

    flipped: os.evaluation.flipped.handler(async ({ input: { from, to, kind, source } }) => {
      const { db } = backend.requireSession()
      // Its pairs change with labels, and with the scores that an unfinished run has more of later.
      const question = JSON.stringify([
        'flipped',
        from,
        to,
        kind,
        source ?? null,
        (await db.runs.flips(from, to)).pairs,
        await db.scans.revision(),
      ])
      const known = await db.pairSets.find(question)
      if (known) return known
      const pairIds = await db.runs.flippedPairs(from, to, kind, source ?? null)
      if (pairIds.length === 0) return null
      const [one, other] = await Promise.all([from, to].map(async (id) => runLabel((await db.runs.get(id)).options)))
      return db.pairSets.make({ label: `${kind} by ${other} against ${one}`, question, pairIds })
    }),
  }
}

/** Every run that succeeded and was tested, the newest first. */
async function evaluatedRuns({ db, jobs }: Session): Promise<EvaluatedRun[]> {
  const runs: EvaluatedRun[] = []
  for (const { id, jobId, options, trainSource } of await db.runs.list()) {
    if ((await jobs.get(jobId)).state.status !== 'succeeded') continue
    const pairs = await db.runs.evalRows(id)
    if (pairs.length === 0) continue
    const { method, sources, seed } = options
    runs.push({ id, method, label: runLabel(options), trainSource, sources, seed, pairs })
  }
  return runs
}

/** What a run's cells depend on: an import may join groups, and a label that is flipped turns margins. */
function fingerprint(run: EvaluatedRun): string {
  const hash = createHash('sha256').update(run.id)
  for (const pair of run.pairs) hash.update(`${pair.group} ${pair.textHash}\n`)
  return hash.digest('hex')
}
