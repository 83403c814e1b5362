import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { siblingEntry } from '../core/entry.ts'

/** Starts one of the processes that own onnxruntime-node. `log` gets what it writes to its stderr. */
export function startChild(entry: 'scoring-process' | 'probe-process', log: (line: string) => void): ChildProcess {
  const child = fork(fileURLToPath(siblingEntry(import.meta.url, entry)), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Electron's own binary is then the Node that runs it; plain Node does not look at this.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()))
  return child
}

/** Resolves with how the process ended, when all that it sent has arrived. */
export const ended = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    // Not `exit`: messages and stderr may still be on their way then.
    child.once('close', (code, killedBy) => resolve(killedBy ? `ended by ${killedBy}` : `exit code ${code}`))
  })

/** Resolves when the message was handed over, or the process is gone. */
export const send = (child: ChildProcess, message: object): Promise<void> =>
  new Promise((resolve) => (child.connected ? child.send(message, () => resolve()) : resolve()))
