import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createProject, openProject } from '../../src/db/project/open.ts'
import { projectLayout } from '../../src/node/project-folder.ts'
import { addPairs, newPair, Scratch } from './project.ts'

const plan = (db: Sqlite.Database): string =>
  (
    db.prepare('EXPLAIN QUERY PLAN SELECT count(*) FROM pairs JOIN pair_state ON pair_state.pair_id = pairs.id').all() as {
      detail: string
    }[]
  )
    .map(({ detail }) => detail)
    .join('; ')

test('the statistics of a project that was made elsewhere plan no query', () => {
  using scratch = new Scratch()
  const made = createProject(scratch.project)
  addPairs(
    made.db,
    Array.from({ length: 50 }, (_, i) => newPair(i + 1)),
  )
  const honest = plan(made.db)
  made.close()

  const forged = new Sqlite(projectLayout(scratch.project).database)
  forged.exec('ANALYZE')
  forged.exec("UPDATE sqlite_stat1 SET stat = '1000000 1000000'")
  forged.exec("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('pairs', NULL, '1'), ('pair_state', NULL, '1')")
  forged.close()

  const opened = openProject(scratch.project, { foreign: true })
  expect(opened.db.prepare('SELECT count(*) FROM sqlite_stat1').pluck().get()).toBe(0)
  expect(plan(opened.db)).toBe(honest)
  opened.close()
})
