import type { Database } from 'better-sqlite3'
import { trainerEvent, type TrainerEventOf } from '../../protocols/trainer.ts'
import type { RunNotice, SfcSpread } from '../../contract/training.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'

type Told = TrainerEventOf<'warning'> | TrainerEventOf<'unusable'> | TrainerEventOf<'oom'>

/** What a run's trainer said beside its numbers, in its order. What it said again after a resume comes once, as it was said last. */
export function notices(db: Database, runId: string): RunNotice[] {
  const kept = new Map<string, RunNotice>()
  for (const { event } of statement<{ event: string }>(db, 'SELECT event FROM run_notices WHERE run_id = ? ORDER BY seq').all(runId)) {
    const told = storedJson(trainerEvent, event, 'run_notices.event') as Told
    kept.set(
      told.type === 'oom' ? `oom ${told.step}` : told.type === 'unusable' ? `unusable ${told.set}` : `warning ${told.code}`,
      noticeOf(told),
    )
  }
  return [...kept.values()]
}

function noticeOf(told: Told): RunNotice {
  switch (told.type) {
    case 'oom':
      return { type: 'oom', step: told.step, tokenBudget: told.token_budget }
    case 'warning':
      return { type: 'warning', message: told.message, count: told.count, pairIds: told.ids.map(Number) }
    case 'unusable':
      return {
        ...{ type: 'unusable', source: told.set === 'train' ? null : told.set, leftOut: told.left_out, count: told.count },
        pairs: told.pairs.map(({ id, message }) => ({ pairId: Number(id), message })),
      }
  }
}

/** So many bins of the SFC are counted: a spread is told to the width of one. */
const BINS = 200

/** How the SFC was spread over the pairs of each epoch. */
export function sfcSpread(db: Database, runId: string): SfcSpread[] {
  const rows = statement<{ epoch: number; bin: number; pairs: number }>(
    db,
    `SELECT epoch, min(CAST(sfc * ${BINS} AS INTEGER), ${BINS - 1}) AS bin, count(*) AS pairs FROM run_samples
     WHERE run_id = ? AND sfc IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
  ).all(runId)
  const epochs = new Map<number, { bin: number; pairs: number }[]>()
  for (const { epoch, ...row } of rows) epochs.set(epoch, [...(epochs.get(epoch) ?? []), row])
  return [...epochs].map(([epoch, bins]) => {
    const pairs = bins.reduce((sum, row) => sum + row.pairs, 0)
    const at = (share: number) => {
      let below = 0
      const found = bins.find((row) => (below += row.pairs) >= share * pairs)
      return ((found?.bin ?? 0) + 0.5) / BINS
    }
    return { epoch, pairs, low: at(0.1), lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), high: at(0.9) }
  })
}
