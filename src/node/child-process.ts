import { execFileSync, spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { cleanEnvironment } from './clean-environment.ts'

const KILL_AFTER_MS = 2000

/** A program with its arguments, and variables that it gets beside those of `cleanEnvironment`. */
export type Command = { program: string; args: readonly string[]; variables?: Record<string, string> }

export type Ended = {
  /** Null where it was ended by a signal. */
  code: number | null
  /** The last lines of what it printed, both streams. */
  tail: string[]
}

export type RunOptions = {
  signal?: AbortSignal
  onLine?: (line: string) => void
}

/**
 * Starts every program that the backend runs, all Pythons among them, in a process group of its own. It gets no more of
 * the user's variables than it needs, and starts in an empty folder of Blindfold's own: Python, uv and Windows look for
 * code, settings and programs in the folder they start in, and neither a project nor the folder in which somebody typed a
 * command may offer them any.
 */
function start(userDir: string, { program, args, variables }: Command, stdio: StdioOptions, outlives: boolean): ChildProcess {
  const cwd = path.join(userDir, 'empty')
  mkdirSync(cwd, { recursive: true, mode: 0o700 })
  // Windows needs no group to end a tree of processes; a process that outlives this one needs it everywhere.
  const detached = outlives || process.platform !== 'win32'
  return spawn(program, args, { cwd, env: { ...cleanEnvironment(), ...variables }, detached, stdio, windowsHide: true })
}

/**
 * Runs a command to its end, so that stopping ends its children too. Rejects with the signal's reason once the aborted
 * process has ended, and with the system's error (ENOENT) where it cannot start.
 */
export async function runCommand(userDir: string, command: Command, { signal, onLine }: RunOptions = {}): Promise<Ended> {
  signal?.throwIfAborted()
  const child = start(userDir, command, ['ignore', 'pipe', 'pipe'], false)
  const tail: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
      tail.push(line)
      if (tail.length > 100) tail.shift()
      onLine?.(line)
    })
  }
  let timer: NodeJS.Timeout | undefined
  const kill = (): void => {
    if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL')
    // A process that left the group may hold the pipes for as long as it likes.
    for (const stream of [child.stdout, child.stderr]) stream?.destroy()
  }
  const stop = (): void => {
    if (child.pid === undefined) return
    killGroup(child.pid, 'SIGTERM')
    timer = setTimeout(kill, KILL_AFTER_MS)
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal?.throwIfAborted()
    return { code, tail }
  } finally {
    clearTimeout(timer)
    // One that ended as it was asked may have left others that did not.
    if (timer) kill()
    signal?.removeEventListener('abort', stop)
  }
}

/** A signal that also gives up after so many milliseconds, with a TimeoutError. */
export const withLimit = (signal: AbortSignal | undefined, milliseconds: number): AbortSignal =>
  AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(milliseconds)])

/**
 * Starts a command that outlives this process; what it prints to stderr goes into the file `output`. Resolves once it runs.
 *
 * @throws the system's error where it cannot be started
 */
export async function startDetached(userDir: string, command: Command, output: number): Promise<ChildProcess> {
  const child = start(userDir, command, ['ignore', 'ignore', output], true)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  child.unref()
  return child
}

/** Ends a process and all of its children. It is no error where they have ended. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    // Windows has no signals: the tree is ended at once, whatever was asked for.
    spawnSync(systemProgram('taskkill.exe'), ['/pid', String(pid), '/T', '/F'], { windowsHide: true })
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

/** What a program of the system prints. Throws where it fails. */
export const systemOutput = (program: string, args: readonly string[]): string =>
  execFileSync(systemProgram(program), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true }).trim()

/** A program of the system by its whole name: Windows would look into the working folder first. */
const systemProgram = (name: string): string =>
  process.platform === 'win32'
    ? path.win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', name)
    : path.posix.join('/bin', name)
