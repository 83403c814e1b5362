import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { HelperEntry } from '../protocols/relay.ts'
import { siblingEntry } from '../core/entry.ts'

/** One of the processes that own onnxruntime-node, whoever started it. */
export interface Helper {
  /** Null until it runs. */
  readonly pid: number | null
  /** Calls back for each message, in order. One listener. */
  onMessage(listener: (message: unknown) => void): void
  /** Resolves when the message was handed over, or the process is gone. */
  send(message: object): Promise<void>
  /** Ends it at once. */
  kill(): void
  /** Resolves with how it ended, when all that it sent has arrived. */
  readonly ended: Promise<string>
}

/** Starts a helper. `log` gets what it writes to its stderr. */
export type StartHelper = (entry: HelperEntry, log: (text: string) => void) => Helper

let start: StartHelper = forkHelper

/** Starts a helper as this process can: a child of its own, unless `startHelpersBy` says otherwise. */
export const startHelper: StartHelper = (entry, log) => start(entry, log)

/** Called once by a host in which `child_process.fork` starts no Node: the packaged desktop app. */
export function startHelpersBy(starter: StartHelper): void {
  start = starter
}

function forkHelper(entry: HelperEntry, log: (text: string) => void): Helper {
  const child = fork(fileURLToPath(siblingEntry(import.meta.url, entry)), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()))
  return {
    pid: child.pid ?? null,
    onMessage: (listener) => void child.on('message', listener),
    send: (message) => new Promise((resolve) => (child.connected ? child.send(message, () => resolve()) : resolve())),
    kill: () => void child.kill('SIGKILL'),
    ended: new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      // Not `exit`: messages and stderr may still be on their way then.
      child.once('close', (code, killedBy) => resolve(killedBy ? `ended by ${killedBy}` : `exit code ${code}`))
    }),
  }
}
