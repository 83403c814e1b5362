import Sqlite from 'better-sqlite3'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import type { z } from 'zod'
import type { Job } from '../../src/contract/jobs.ts'
import { connect, type DbClient } from '../../src/db/worker/client.ts'
import type { Kind } from '../../src/jobs/kind.ts'
import { kinds } from '../../src/jobs/kinds/index.ts'
import { JobRunner } from '../../src/jobs/runner.ts'
import { trainerSource } from '../trainer-python.ts'

/** A project with its real job runner, in a folder of its own. */
export class Project {
  readonly folder: string
  readonly db: DbClient
  readonly jobs: JobRunner

  private constructor(folder: string, db: DbClient) {
    this.folder = folder
    this.db = db
    this.jobs = new JobRunner({
      db,
      project: { path: folder },
      places: { userDir: path.join(path.dirname(folder), 'user'), trainerSource },
      kinds,
      publish: () => {},
    })
  }

  static async open(folder: string, create = false): Promise<Project> {
    const project = new Project(folder, await connect(folder, { create }))
    await project.jobs.recover()
    return project
  }

  static create(): Promise<Project> {
    return Project.open(path.join(temporary(), 'test.blindfold'), true)
  }

  /** Runs a job to its end. */
  async run<Schema extends z.ZodType>(kind: Kind<Schema>, input: z.input<Schema>): Promise<Job> {
    return this.ended((await this.jobs.start(kind, input)).id)
  }

  async ended(id: string): Promise<Job> {
    for (;;) {
      const job = await this.jobs.get(id)
      if (!['queued', 'running', 'cancelling'].includes(job.state.status)) return job
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** The result of a job that must succeed. */
  async result<Schema extends z.ZodType>(kind: Kind<Schema>, input: z.input<Schema>): Promise<Record<string, unknown>> {
    return resultOf(await this.run(kind, input))
  }

  async close(): Promise<void> {
    await this.jobs.close()
    await this.db.close()
  }
}

export function resultOf({ state }: Job): Record<string, unknown> {
  if (state.status !== 'succeeded') throw new Error(`the job is ${JSON.stringify(state)}`)
  return state.result
}

const made: string[] = []

/** A new folder, removed by `removeTemporary`. */
export function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'blindfold-import-'))
  made.push(folder)
  return folder
}

export function removeTemporary(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/**
 * Everything that imports leave in a project (of one source, where it is named), but for numbers and times that depend on
 * how it went.
 */
export function contents(folder: string, source = '%') {
  const db = new Sqlite(path.join(folder, 'project.db'), { readonly: true })
  try {
    return {
      pairs: db
        .prepare(
          `SELECT p.uid, o.name AS source, p.split, p.external_id, p.row, p.prompt, p.chosen, p.rejected, p.metadata, s.group_id,
             (SELECT group_concat(i.hash, ' ') FROM (SELECT hash FROM pair_images WHERE pair_id = p.id ORDER BY position) i) AS images
           FROM pairs p JOIN sources o ON o.id = p.source_id JOIN pair_state s ON s.pair_id = p.id
           WHERE o.name LIKE ? ORDER BY o.name, p.split, p.row, p.part`,
        )
        .all(source) as {
        uid: string
        split: string
        row: number
        group_id: string
        images: string | null
        prompt: string
        chosen: string
        rejected: string
      }[],
      quarantine: db
        .prepare(
          `SELECT file, row, field, code, reason FROM quarantine
           WHERE source_id IN (SELECT id FROM sources WHERE name LIKE ?) ORDER BY file, row`,
        )
        .all(source) as {
        row: number
        field: string | null
        code: string
        reason: string
      }[],
      imports: db
        .prepare(
          `SELECT records, pairs, imported, skipped, quarantined, tied, incomplete, finished FROM imports
         WHERE source_id IN (SELECT id FROM sources WHERE name LIKE ?) ORDER BY id`,
        )
        .all(source) as {
        records: number
        pairs: number
        imported: number
        skipped: number
        quarantined: number
        finished: number
      }[],
      media: db.prepare('SELECT * FROM media ORDER BY hash').all(),
      files: readdirSync(path.join(folder, 'media'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort(),
    }
  } finally {
    db.close()
  }
}

/** Writes `count` different small images `0.png`, `1.png`, ... and gives their folder. */
export async function writeImages(folder: string, count: number, size = 8): Promise<string> {
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      sharp({ create: { width: size, height: size, channels: 3, background: { r: i % 256, g: i >> 8, b: 99 } } })
        .png()
        .toFile(path.join(folder, `${i}.png`)),
    ),
  )
  return folder
}

export function writeFile(folder: string, name: string, content: string | Buffer): string {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}
