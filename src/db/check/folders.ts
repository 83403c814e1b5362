import { type Dirent, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inside, logName, projectLayout, UUID } from '../../node/project-folder.ts'
import { latest } from '../scans/latest.ts'
import { found, inTheMaking, type Found, type Place } from './finding.ts'

/** What only a process that was stopped in the middle leaves. */
const HALF_WRITTEN = ['project.db.new', 'lock.json.new']

const RUN_OR_SCAN = new RegExp(`^${UUID}$`)
const LOG = new RegExp(`^${UUID}\\.log$`)

/** Whether Blindfold gives such names. What else lies there is somebody's own, and none of a repair's business. */
const isMade = (place: 'runs' | 'scans' | 'logs', entry: Dirent): boolean =>
  place === 'logs' ? entry.isFile() && LOG.test(entry.name) : entry.isDirectory() && RUN_OR_SCAN.test(entry.name)

/** Folders of runs and scans and logs of jobs, against the database. */
export function checkFolders(place: Place): Found[] {
  const { db, folder, trash, held, progress } = place
  progress('Checking folders', 0, 1)
  const texts = (sql: string) => db.prepare(sql).pluck().all() as string[]
  const dirs = new Set(texts('SELECT dir FROM runs UNION SELECT dir FROM scans'))
  const logs = new Set(texts('SELECT id FROM jobs').map(logName))
  const layout = projectLayout(folder)
  const orphans = (['runs', 'scans', 'logs'] as const)
    .filter((name) => existsSync(layout[name]))
    .flatMap((name) =>
      readdirSync(layout[name], { withFileTypes: true })
        .filter((entry) => isMade(name, entry))
        .map((entry) => `${name}/${entry.name}`),
    )
    .filter((path) => !dirs.has(path) && !logs.has(path) && !inTheMaking(place, join(folder, path)))
  const scan = latest(db)
  const wanted = [...texts('SELECT dir FROM runs'), ...(scan ? [scan.dir] : [])]
  const lost = wanted.filter((dir) => !existsSync(join(folder, dir)))
  const leftovers = held ? [] : HALF_WRITTEN.filter((name) => existsSync(join(folder, name)))
  return [
    ...found(
      orphans,
      {
        code: 'folder-orphaned',
        what: 'Folders of runs or blind tests, or logs, that are not in the database.',
        repair: 'moves them to the backups folder',
      },
      String,
      () => {
        for (const path of orphans) trash.put(path)
      },
    ),
    ...found(lost, {
      code: 'folder-missing',
      what: 'Folders of runs or of the last blind test are missing: their results are still there, their models are not. Restore them from a backup, or run the blind test or train again.',
      repair: null,
    }),
    ...found(leftovers, { code: 'half-written', what: 'Incomplete files of interrupted work.', repair: 'deletes them' }, String, () => {
      for (const name of leftovers) rmSync(inside(folder, name))
    }),
  ]
}
