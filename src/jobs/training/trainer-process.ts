import { closeSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { inside } from '../../node/project-folder.ts'
import { trainerCommand, type TrainerPython } from '../python/environment.ts'
import { killGroup, startDetached } from '../../node/child-process.ts'
import { processStart, stillRuns } from './identity.ts'

/** A trainer that works in a run folder: one that was just started, or one that an earlier backend started. */
export type TrainerProcess = {
  pid: number
  /** See `processStart`. */
  started: string
  /** How it ended; null while it runs, and where nobody saw it. */
  exit: () => { code: number | null } | null
  alive: () => boolean
}

/** What the trainer's process prints; what it has to say to people is in `log.txt`. */
export const OUTPUT = 'output.txt'

/**
 * Starts a trainer that outlives this process: in a group of its own, with files in place of pipes.
 * @param within see `allowedFolders`
 *
 * @throws the system's error where it cannot be started
 */
export async function launchTrainer(
  userDir: string,
  trainer: TrainerPython,
  folder: string,
  within: readonly string[],
  resume: boolean,
): Promise<TrainerProcess> {
  rmSync(inside(folder, 'cancel'), { force: true })
  const output = openSync(inside(folder, OUTPUT), 'w')
  try {
    // Events go into events.jsonl; the copy on stdout is for those who listen there.
    const args = ['train', folder, ...within, ...(resume ? ['--resume'] : [])]
    const child = await startDetached(userDir, trainerCommand(trainer, args), output)
    let exit: { code: number | null } | null = null
    child.once('exit', (code) => (exit = { code }))
    const pid = child.pid as number
    // A process that has already ended has no start to be known by, and needs none.
    return { pid, started: processStart(pid) ?? '', exit: () => exit, alive: () => exit === null }
  } finally {
    closeSync(output)
  }
}

/** Takes up a trainer that an earlier backend started; null where it has ended. */
export function attachTrainer(pid: number | null, started: string | null): TrainerProcess | null {
  if (pid === null || !started || !stillRuns(pid, started)) return null
  return { pid, started, exit: () => null, alive: () => stillRuns(pid, started) }
}

/** Milliseconds after which a trainer that was asked to stop gets a signal, and is ended by force. */
const PATIENCE = { signal: 30_000, kill: 60_000 }

/**
 * Asks a trainer to stop: by the file it looks for at every step, by a signal where that does not help within half a
 * minute, and by force after a minute. Returns what gives up asking.
 */
export function stopTrainer(trainer: TrainerProcess, folder: string, { signal: signalAfter, kill: killAfter } = PATIENCE): () => void {
  const signal = (name: NodeJS.Signals) => () => {
    if (trainer.alive()) killGroup(trainer.pid, name)
  }
  let patience = signalAfter
  try {
    writeFileSync(inside(folder, 'cancel'), '')
  } catch {
    // A full disk keeps nobody from stopping.
    patience = 0
  }
  const timers = [setTimeout(signal('SIGTERM'), patience), setTimeout(signal('SIGKILL'), killAfter)]
  return () => timers.forEach(clearTimeout)
}

/** Bytes of the events that were written before; 0 where there are none. */
export function eventsSize(folder: string): number {
  return statSync(inside(folder, 'events.jsonl'), { throwIfNoEntry: false })?.size ?? 0
}
