import Sqlite from 'better-sqlite3'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createProject } from '../../src/db/project/open.ts'
import { addPairs, newPair } from './project.ts'

const PAIRS = 200

/** What one round found. `acknowledged` labels were said to be saved; `lost` of them are not in the project; `late` were asked for after the fault. */
export type Round = { acknowledged: number; lost: number; late: number; refused: string | null }

export type Fault = {
  /** Needs a file system of its own, which only a user who may mount can make. */
  mounts?: true
  /** What happens to the project; gives the folder where it lies afterwards, null where it is gone. */
  happen: (place: Where) => string | null
  /** Undoes what would keep the labels from being counted. */
  after?: (place: Where) => void
  /** Labels may be saved after it, into room that SQLite's log took before. None of them may be lost. */
  room?: true
  /** The error of the next label; null where the process is killed. */
  refusal: string | null
}

type Where = { root: string; project: string; kill: () => void }

const run = (command: string, ...args: string[]): void => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

/** Whether this user may mount a file system. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'blindfold-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]).status === 0
  if (mounted) run('umount', folder)
  rmSync(folder, { recursive: true })
  return mounted
}

export const FAULTS: Record<string, Fault> = {
  killed: { happen: ({ project, kill }) => (kill(), project), refusal: null },
  moved: {
    happen: ({ root, project }) => {
      renameSync(project, join(root, 'moved.blindfold'))
      return join(root, 'moved.blindfold')
    },
    refusal: 'PROJECT_GONE',
  },
  removed: { happen: ({ project }) => (rmSync(project, { recursive: true }), null), refusal: 'PROJECT_GONE' },
  replaced: {
    happen: ({ root, project }) => {
      renameSync(project, join(root, 'moved.blindfold'))
      renameSync(join(root, 'other.blindfold'), project)
      return join(root, 'moved.blindfold')
    },
    refusal: 'PROJECT_GONE',
  },
  'without its database': { happen: ({ project }) => (rmSync(join(project, 'project.db')), null), refusal: 'PROJECT_GONE' },
  unmounted: {
    mounts: true,
    happen: ({ root }) => (run('umount', '-l', root), null),
    refusal: 'PROJECT_GONE',
  },
  'on a full disk': {
    mounts: true,
    happen: ({ root, project }) => {
      fill(join(root, 'filler'))
      return project
    },
    after: ({ root }) => rmSync(join(root, 'filler')),
    room: true,
    refusal: 'FILE_NOT_WRITABLE',
  },
}

/** Takes every free byte of a file system. */
function fill(file: string): void {
  const fd = openSync(file, 'w')
  try {
    for (let size = 1 << 20; size >= 1; size = Math.floor(size / 2)) {
      for (const block = Buffer.alloc(size, 1); ;) {
        try {
          if (writeSync(fd, block) < block.length) break
        } catch {
          break
        }
      }
    }
  } finally {
    closeSync(fd)
  }
}

/** One project, one process that labels, one fault after a while, and the labels counted. */
export async function round(fault: Fault, afterMs: number): Promise<Round> {
  const root = mkdtempSync(join(tmpdir(), 'blindfold-faults-'))
  if (fault.mounts) run('mount', '-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', root)
  const project = join(root, 'test.blindfold')
  try {
    for (const name of ['test', 'other']) {
      const { db, close } = createProject(join(root, `${name}.blindfold`))
      addPairs(
        db,
        Array.from({ length: PAIRS }, (_, i) => newPair(i + 1)),
      )
      close()
    }
    const other = labelsOf(join(root, 'other.blindfold'))
    const child = spawn(process.execPath, [fileURLToPath(new URL('labelling-process.ts', import.meta.url)), project, String(PAIRS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = once(child, 'close')
    while (!said.includes('open\n')) await sleep(2)
    await sleep(afterMs)
    const place = { root, project, kill: () => child.kill('SIGKILL') }
    const lies = fault.happen(place)
    const happened = process.hrtime.bigint()
    await ended
    fault.after?.(place)
    const lines = said.split('\n').slice(1).filter(Boolean)
    // Half a line was said by nobody: the pipe ends where the process was killed.
    const acknowledged = lines
      .flatMap((line) => /^(\d+) (\d+)$/.exec(line)?.slice(1) ?? [])
      .filter((_, i) => i % 2 === 0)
      .map(Number)
    const late = fault.room ? 0 : lines.filter((line) => /^\d+ \d+$/.test(line) && BigInt(line.split(' ')[1] as string) > happened).length
    const refused = lines.find((line) => line.startsWith('refused '))?.slice(8) ?? null
    const found = new Set(lies === null ? acknowledged : labelsOf(lies))
    if (lies !== null && lies !== project && labelsOf(project, other).join() !== other.join())
      throw new Error('the project that took the place was changed')
    return { acknowledged: acknowledged.length, lost: acknowledged.filter((id) => !found.has(id)).length, late, refused }
  } finally {
    if (fault.mounts) spawnSync('umount', ['-l', root])
    rmSync(root, { recursive: true, force: true })
  }
}

/** The numbers of the labels of a project; `otherwise` where none lies there. A copy of the folder is asked, so that nothing is written into it. */
function labelsOf(folder: string, otherwise: number[] = []): number[] {
  if (!readdirSync(dirname(folder)).includes(basename(folder))) return otherwise
  const copy = mkdtempSync(join(tmpdir(), 'blindfold-labels-'))
  try {
    for (const name of readdirSync(folder).filter((each) => /^project\.db(-wal)?$/.test(each))) cpSync(join(folder, name), join(copy, name))
    const db = new Sqlite(join(copy, 'project.db'))
    const labels = db.prepare('SELECT id FROM annotations ORDER BY id').pluck().all() as number[]
    db.close()
    return labels
  } finally {
    rmSync(copy, { recursive: true })
  }
}
