import type { Database } from 'better-sqlite3'
import type { TrainerEvent, TrainerEventOf } from '../../protocols/trainer.ts'
import type { StepPoint } from '../../contract/training.ts'
import { statement } from '../sqlite/statement.ts'

/**
 * Stores what a trainer told and how far its events were read, in one transaction: a backend that is killed goes on
 * exactly behind what is stored. Told twice (a resumed run repeats some steps) it changes nothing.
 *
 * @param offset bytes of `events.jsonl` up to the end of the last of these events
 */
export function storeEvents(db: Database, runId: string, events: readonly TrainerEvent[], offset: number): void {
  db.transaction(() => {
    for (const event of events) store(db, runId, event)
    statement(db, 'UPDATE runs SET event_offset = ? WHERE id = ?').run(offset, runId)
  }).immediate()
}

function store(db: Database, runId: string, event: TrainerEvent): void {
  switch (event.type) {
    case 'start':
      statement(db, 'UPDATE runs SET total_steps = ? WHERE id = ?').run(event.total_steps, runId)
      break
    case 'step':
      storeStep(db, runId, event)
      break
    case 'resumed':
      statement(db, 'UPDATE runs SET step = ? WHERE id = ?').run(event.step, runId)
      break
    case 'samples':
      storeSamples(db, runId, event)
      break
    case 'eval':
      storeEval(db, runId, event)
      break
    case 'warning':
    case 'unusable':
    case 'oom':
      statement(db, 'INSERT OR REPLACE INTO run_notices (run_id, seq, event) VALUES (?, ?, ?)').run(runId, event.seq, JSON.stringify(event))
      break
    // How a run stands is its job's to say.
    case 'phase':
    case 'checkpoint':
    case 'done':
    case 'cancelled':
    case 'error':
      break
    default:
      event satisfies never
  }
}

function storeStep(db: Database, runId: string, event: TrainerEventOf<'step'>): void {
  const point: StepPoint = {
    step: event.step,
    epoch: event.epoch,
    lossMm: event.loss_mm,
    lossText: event.loss_text,
    accMm: event.acc_mm,
    accText: event.acc_text,
    sfcMean: event.sfc_mean,
    lr: event.lr,
    pairsPerSecond: event.pairs_per_s,
    memoryPeakBytes: event.mem_peak_bytes,
  }
  statement(db, 'INSERT OR REPLACE INTO run_steps (run_id, step, point) VALUES (?, ?, ?)').run(runId, event.step, JSON.stringify(point))
  statement(db, 'UPDATE runs SET step = ? WHERE id = ?').run(event.step, runId)
}

const at = (values: number[] | null, index: number): number | null => values?.[index] ?? null

function storeSamples(db: Database, runId: string, event: TrainerEventOf<'samples'>): void {
  const insert = statement(
    db,
    `INSERT OR REPLACE INTO run_samples (run_id, pair_id, epoch, mm_loss, text_loss, sfc, mm_margin, text_margin)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  for (const [i, id] of event.ids.entries()) {
    insert.run(
      runId,
      Number(id),
      event.epoch,
      at(event.mm_loss, i),
      at(event.text_loss, i),
      at(event.sfc, i),
      at(event.mm_margin, i),
      at(event.text_margin, i),
    )
  }
}

function storeEval(db: Database, runId: string, event: TrainerEventOf<'eval'>): void {
  const insert = statement(db, 'INSERT OR REPLACE INTO run_eval (run_id, pair_id, mm_margin, text_margin) VALUES (?, ?, ?, ?)')
  for (const [i, id] of event.ids.entries()) insert.run(runId, Number(id), at(event.mm_margin, i), at(event.text_margin, i))
}
