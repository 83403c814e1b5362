import Sqlite, { type Database } from 'better-sqlite3'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { thumbnailSegments } from '../../src/core/image-type.ts'
import { imageFile, imagePath } from './whole-project.ts'

/** Makes a project hostile. `outside` is a folder of somebody else's; `pid` a process of theirs. */
type Craft = (place: { project: string; outside: string; pid: number }) => void

/** Replaces what lies at a path of the project by a link. */
const link =
  (name: string, to = 'notes'): Craft =>
  ({ project, outside }) => {
    const at = join(project, name)
    rmSync(at, { recursive: true, force: true })
    mkdirSync(join(at, '..'), { recursive: true })
    symlinkSync(join(outside, to), at)
  }

/** Changes the database past all rules. */
const database =
  (change: string | ((db: Database, place: { outside: string; pid: number }) => void)): Craft =>
  ({ project, outside, pid }) => {
    const db = new Sqlite(join(project, 'project.db'))
    db.pragma('foreign_keys = OFF')
    db.pragma('ignore_check_constraints = ON')
    db.function('search_words', (text: unknown) => String(text))
    db.unsafeMode(true)
    if (typeof change === 'string') db.exec(change)
    else change(db, { outside, pid })
    db.close()
  }

/** A finished blind test whose folder has this name. */
const scanned = (db: Database, id: string): void => {
  db.prepare(
    "INSERT INTO jobs (id, kind, title, status, input, result, created_at, started_at, ended_at) VALUES (?, 'scan', '', 'succeeded', '{}', '{}', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z')",
  ).run(id)
}

const OLD = '11111111-2222-3333-4444-555555555555'

/** Files and names: what Blindfold writes, moves, removes and starts meets these. */
export const HOSTILE_FILES: Record<string, Craft> = {
  // Links in the place of everything that Blindfold writes, moves or removes.
  'the images are a link': link('media'),
  'a folder of images is a link': ({ project, outside, pid }) =>
    link(join('media', imageFile(1).hash.slice(0, 2)))({ project, outside, pid }),
  'an image is a link to a secret': ({ project, outside, pid }) => link(imagePath(1), 'secret.txt')({ project, outside, pid }),
  'the folder of half-written images is a link': link('media/partial'),
  'the thumbnails are a link': link('media/thumbnails'),
  'a thumbnail is a link': ({ project, outside, pid }) =>
    link(join(...thumbnailSegments(imageFile(2).hash)!), 'secret.txt')({ project, outside, pid }),
  'the runs are a link': link('runs'),
  'the folder of a run is a link': link('runs/run'),
  'the events of a run are a link': link('runs/run/events.jsonl', 'secret.txt'),
  'the output of a run is a link': link('runs/run/output.txt', '.profile'),
  'the wish to cancel a run is a link': link('runs/run/cancel', '.profile'),
  'the configuration of a run is a link': link('runs/run/config.json', 'secret.txt'),
  'the scans are a link': link('scans'),
  'the folder of an old scan is a link': (place) => {
    link(join('scans', OLD))(place)
    database((db) => scanned(db, OLD))(place)
  },
  'the models of an old scan are links': (place) => {
    for (const name of ['all.model', 'all.onnx', 'fold-0.model', 'texts.tmp']) link(join('scans', OLD, name), 'notes/all.model')(place)
    database((db) => scanned(db, OLD))(place)
  },
  'the model of the last scan is a link': link('scans/scanning/all.model', 'secret.txt'),
  'the logs are a link': link('logs'),
  'the log of a job is a link': link('logs/training.log', '.profile'),
  'the backups are a link': link('backups'),
  'the cache is a link': link('cache'),
  'the readings are a link': link('cache/readings'),
  'the database is a link': link('project.db', 'secret.txt'),
  'the log of the database is a link': link('project.db-wal', '.profile'),
  'the index of that log is a link': link('project.db-shm', '.profile'),
  'the journal of the database is a link': link('project.db-journal', '.profile'),
  'the lock is a link': link('lock.db', 'secret.txt'),
  'the journal of the lock is a link': link('lock.db-journal', 'secret.txt'),
  'the name of the holder is a link': link('lock.json', '.profile'),
  'the next name of the holder is a link': link('lock.json.new', '.profile'),
  'the next database is a link': link('project.db.new', '.profile'),
  'the logs lead to themselves': ({ project }) => {
    rmSync(join(project, 'logs'), { recursive: true })
    symlinkSync('logs', join(project, 'logs'))
  },

  // Things that are neither files nor folders, or the wrong one of both.
  'the database is a pipe': ({ project }) => {
    rmSync(join(project, 'project.db'))
    spawnSync('mkfifo', [join(project, 'project.db')])
  },
  'the name of the holder is a pipe': ({ project }) => void spawnSync('mkfifo', [join(project, 'lock.json')]),
  'an image is a pipe': ({ project }) => {
    rmSync(join(project, imagePath(1)))
    spawnSync('mkfifo', [join(project, imagePath(1))])
  },
  'a log is a pipe': ({ project }) => {
    rmSync(join(project, 'logs', 'training.log'))
    spawnSync('mkfifo', [join(project, 'logs', 'training.log')])
  },
  'the database is a folder': ({ project }) => {
    rmSync(join(project, 'project.db'))
    mkdirSync(join(project, 'project.db'))
  },
  'the images are a file': ({ project }) => {
    rmSync(join(project, 'media'), { recursive: true })
    writeFileSync(join(project, 'media'), 'x')
  },

  // Names from the database that become paths.
  'a scan lies elsewhere': database("UPDATE scans SET dir = '../../outside/notes'"),
  'a scan lies at an absolute path': database((db, { outside }) => db.prepare('UPDATE scans SET dir = ?').run(join(outside, 'notes'))),
  'a scan lies above its folder': database("UPDATE scans SET dir = 'scans/..'"),
  'a run lies elsewhere': database("UPDATE runs SET dir = '../../outside/notes'"),
  'a run lies in the folder of scans': database("UPDATE runs SET dir = 'scans/scanning'"),
  'a run lies at an absolute path': database((db, { outside }) => db.prepare('UPDATE runs SET dir = ?').run(join(outside, 'notes'))),
  'a job is named as a path': database(
    "UPDATE jobs SET id = '../../outside/secret' WHERE id = 'scanning'; UPDATE scans SET job_id = '../../outside/secret'",
  ),
  'a job has the name of a device': database("UPDATE jobs SET id = 'nul' WHERE id = 'scanning'; UPDATE scans SET job_id = 'nul'"),
  'a job has a name of several lines': database(
    "UPDATE jobs SET id = 'a' || char(10) || '/../../b' WHERE id = 'scanning'; UPDATE scans SET job_id = 'a' || char(10) || '/../../b'",
  ),
  'an image is named as a path': database(
    "UPDATE media SET hash = '../../outside/secret.txt' WHERE hash = (SELECT min(hash) FROM media); UPDATE pair_images SET hash = '../../outside/secret.txt' WHERE hash NOT IN (SELECT hash FROM media)",
  ),
  'an old scan has the name of a folder of notes': (place) => {
    mkdirSync(join(place.project, 'scans', 'my-notes'))
    writeFileSync(join(place.project, 'scans', 'my-notes', 'all.md'), 'mine')
    database((db) => scanned(db, 'my-notes'))(place)
  },

  // Processes that are not ours.
  'a run claims the process of somebody': database((db, { pid }) => {
    const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? ''
    db.prepare('UPDATE runs SET pid = ?, pid_started = ?').run(pid, started)
  }),
  'a run claims the first process': database("UPDATE runs SET pid = 1, pid_started = '0'"),
}

/** What is in the database. */
export const HOSTILE_DATA: Record<string, Craft> = {
  // A schema that is not ours.
  'a trigger deletes pairs': database('CREATE TRIGGER evil AFTER INSERT ON annotations BEGIN DELETE FROM pairs; END'),
  'a trigger runs at every read of a job': database('CREATE TRIGGER evil AFTER UPDATE ON jobs BEGIN UPDATE runs SET pid = 1; END'),
  'a view stands in for the pairs': database(
    'PRAGMA legacy_alter_table = ON; ALTER TABLE pairs RENAME TO real_pairs; CREATE VIEW pairs AS SELECT * FROM real_pairs',
  ),
  'a table has a column more': database("ALTER TABLE jobs ADD COLUMN evil TEXT DEFAULT 'x'"),
  'an index is missing': database('DROP INDEX state_incomplete'),
  'a trigger of ours is missing': database('DROP TRIGGER annotations_never_change'),
  'a virtual table was added': database("CREATE VIRTUAL TABLE evil USING fts5(x, content='')"),
  'a table was rebuilt without its rules': database((db) => {
    db.exec(
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (blind IN (0, 1))', '') WHERE name = 'annotations'",
    )
  }),
  'the schema claims to be older': database('PRAGMA user_version = 3'),
  'the schema claims to be newer': database('PRAGMA user_version = 999'),

  // Values that no column may hold.
  'the input of a job is no JSON': database("UPDATE jobs SET input = '{'"),
  'the input of a job is something else': database("UPDATE jobs SET input = '[1]'"),
  'the result of a job is too deep': database((db) => db.prepare('UPDATE jobs SET result = ?').run('['.repeat(5000) + ']'.repeat(5000))),
  'a job is of no known kind': database("UPDATE jobs SET kind = 'rm -rf'"),
  'a job has no known status': database("UPDATE jobs SET status = 'evil'"),
  'turns of a prompt are something else': database(`UPDATE pairs SET messages = '[{"role": "root", "content": [1]}]'`),
  'the fields of a pair are a list': database("UPDATE pairs SET metadata = '[]'"),
  'the options of a run are something else': database(`UPDATE runs SET options = '{"method": "evil", "sources": []}'`),
  'the options of a scan are something else': database(`UPDATE scans SET options = '{"proxy": 1, "threads": -1}'`),
  'a status is of no known kind': database("UPDATE pair_state SET status = 'evil' WHERE pair_id = 1"),
  'a number that only counts is a text': database("UPDATE meta SET value = 'evil' WHERE key <> 'project_id'"),
  'a project without a number of its own': database('DELETE FROM meta'),

  // The note beside the lock.
  'the holder of the lock is somebody': ({ project, pid }) =>
    writeFileSync(join(project, 'lock.json'), JSON.stringify({ pid, host: '\u001b[2J', since: '2026-01-01T00:00:00.000Z', log: true })),
  'the holder of the lock is nonsense': ({ project }) => writeFileSync(join(project, 'lock.json'), '[[[['),
}
