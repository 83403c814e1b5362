import { dirname, join } from 'node:path'
import { MessageChannelMain, utilityProcess, type MessagePortMain } from 'electron'
import type { FromBackend, ToBackend } from '../src/protocols/relay.ts'

type FromBackendHelper = Extract<FromBackend, { helper: number }>

/** Two jobs with a process each, and one that answers questions: more is a fault. */
const MOST_HELPERS = 8

/**
 * The backend's helper processes, which only the main process can fork. The backend names one of a fixed list; it gets a
 * port to the helper, and what the helper does goes past this process.
 */
export class Helpers {
  readonly #folder: string
  readonly #env: Record<string, string>
  readonly #tell: (message: ToBackend, ports?: MessagePortMain[]) => void
  readonly #running = new Map<number, { end(): void }>()

  /** @param entry the backend's own entry: those of the helpers lie beside it */
  constructor(entry: string, env: Record<string, string>, tell: (message: ToBackend, ports?: MessagePortMain[]) => void) {
    this.#folder = dirname(entry)
    this.#env = env
    this.#tell = tell
  }

  receive(message: FromBackendHelper): void {
    if (message.type === 'helper-kill') return this.#running.get(message.helper)?.end()
    const { helper, entry } = message
    if (this.#running.has(helper) || this.#running.size >= MOST_HELPERS) {
      return this.#tell({ type: 'helper-ended', helper, how: 'refused by the shell: too many of them' })
    }
    const child = utilityProcess.fork(join(this.#folder, `${entry}.js`), [], {
      serviceName: `Blindfold ${entry}`,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: this.#env,
    })
    let unwanted = false
    const end = (): void => {
      unwanted = true
      // At once: a long computation hears no signal that asks. Without an id it does not run yet.
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
    }
    this.#running.set(helper, { end })
    const { port1, port2 } = new MessageChannelMain()
    child.once('spawn', () => {
      if (unwanted) return end()
      child.postMessage({ type: 'port' }, [port1])
      this.#tell({ type: 'helper-started', helper, pid: child.pid as number }, [port2])
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#tell({ type: 'helper-log', helper, text: text.trimEnd() }))
    child.once('exit', (code) => {
      this.#running.delete(helper)
      this.#tell({ type: 'helper-ended', helper, how: `exit code ${code}` })
    })
  }

  /** Ends all of them: nobody waits for what they compute. */
  close(): void {
    for (const helper of this.#running.values()) helper.end()
  }
}
