import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { jobKind, jobState, type JobKind, type JobState } from '../../contract/jobs.ts'
import { stored, storedJson } from '../sqlite/stored-json.ts'

/** A job as it is stored. `input` is what its kind's schema parses. */
export type JobRecord = {
  id: string
  kind: JobKind
  title: string
  input: unknown
  createdAt: string
  state: JobState
}

type Row = {
  id: string
  kind: string
  title: string
  status: string
  input: string
  progress: string | null
  result: string | null
  error: string | null
  created_at: string
  started_at: string | null
  ended_at: string | null
}

const json = (text: string | null, column: string): unknown => (text === null ? null : storedJson(z.unknown(), text, column))

function fromRow(row: Row): JobRecord {
  return {
    id: row.id,
    kind: stored(jobKind, 'jobs.kind', row.kind),
    title: row.title,
    input: json(row.input, 'jobs.input'),
    createdAt: row.created_at,
    state: stored(jobState, 'jobs', {
      status: row.status,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      progress: json(row.progress, 'jobs.progress'),
      result: json(row.result, 'jobs.result'),
      error: json(row.error, 'jobs.error'),
    }),
  }
}

/** The columns of a state; those it does not have are null. */
function columns(state: JobState): Pick<Row, 'status' | 'progress' | 'result' | 'error' | 'started_at' | 'ended_at'> {
  const text = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value))
  return {
    status: state.status,
    progress: text('progress' in state ? state.progress : null),
    result: text('result' in state ? state.result : null),
    error: text('error' in state ? state.error : null),
    started_at: 'startedAt' in state ? state.startedAt : null,
    ended_at: 'endedAt' in state ? state.endedAt : null,
  }
}

export function insert(db: Database, job: JobRecord): void {
  db.prepare(
    `INSERT INTO jobs (id, kind, title, input, created_at, status, progress, result, error, started_at, ended_at)
     VALUES (@id, @kind, @title, @input, @created_at, @status, @progress, @result, @error, @started_at, @ended_at)`,
  ).run({
    id: job.id,
    kind: job.kind,
    title: job.title,
    input: JSON.stringify(job.input),
    created_at: job.createdAt,
    ...columns(job.state),
  })
}

export function setState(db: Database, id: string, state: JobState): void {
  db.prepare(
    `UPDATE jobs SET status = @status, progress = @progress, result = @result, error = @error,
       started_at = @started_at, ended_at = @ended_at WHERE id = @id`,
  ).run({ id, ...columns(state) })
}

export function get(db: Database, id: string): JobRecord | null {
  const row = db.prepare<[string], Row>('SELECT * FROM jobs WHERE id = ?').get(id)
  return row ? fromRow(row) : null
}

/** The newest jobs first. */
export function list(db: Database, limit = 200): JobRecord[] {
  return db.prepare<[number], Row>('SELECT * FROM jobs ORDER BY created_at DESC, rowid DESC LIMIT ?').all(limit).map(fromRow)
}

/** Jobs that a backend which has ended left queued, running or cancelling; the oldest first. */
export function unfinished(db: Database): JobRecord[] {
  return db
    .prepare<[], Row>(`SELECT * FROM jobs WHERE status IN ('queued', 'running', 'cancelling') ORDER BY created_at, rowid`)
    .all()
    .map(fromRow)
}
