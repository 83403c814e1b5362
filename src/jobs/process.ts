import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

const KILL_AFTER_MS = 2000

export type Ended = {
  /** Null where it was ended by a signal. */
  code: number | null
  /** The last lines of what it printed, both streams. */
  tail: string[]
}

export type RunOptions = {
  cwd?: string
  env?: NodeJS.ProcessEnv
  signal?: AbortSignal
  onLine?: (line: string) => void
}

/**
 * Runs a command to its end in a process group of its own, so that stopping ends its children too. Rejects with the
 * signal's reason once the aborted process has ended, and with the system's error (ENOENT) where it cannot start.
 */
export async function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env = process.env, signal, onLine } = options
  signal?.throwIfAborted()
  const child = spawn(command, args, {
    cwd,
    env,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  const tail: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line)
      if (tail.length > 100) tail.shift()
      onLine?.(line)
    })
  }
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (child.pid === undefined) return
    const { pid } = child
    killGroup(pid, 'SIGTERM')
    timer = setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS)
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
    signal?.removeEventListener('abort', stop)
  }
}

/** Ends a process and all of its children. It is no error where they have ended. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    // Windows has no signals: the tree is ended at once, whatever was asked for.
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true })
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}
