import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What the backend's process tells: that it answers on a port, or which project is open now. */
export type FromBackend = { port: number } | { project: string | null }

/** How long a backend may take to close its project. */
const CLOSING_MS = 5000
/** One save can be several events. */
const GATHER_MS = 50

/** The backend in a process that is replaced when its code changes; port and open project stay the same. */
export class Backend {
  readonly #roots: readonly string[]
  #project: string | null
  #port = 0
  #child: ChildProcess | null = null
  #ready = Promise.withResolvers<number>()
  #answers = false
  #wanted = false
  #turn: Promise<void> = Promise.resolve()

  constructor(project: string | null, roots: readonly string[]) {
    this.#project = project
    this.#roots = roots
  }

  /** The port, as soon as a backend answers on it: until then its callers wait. */
  get ready(): Promise<number> {
    return this.#ready.promise
  }

  /** Replaces the process, or starts the first. Changes that come meanwhile are one more round. */
  restart(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#turn = this.#turn.then(async () => {
      await pause(GATHER_MS)
      this.#wanted = false
      await this.#end()
      this.#start()
    })
  }

  /** Ends the process, and starts no other. */
  async stop(): Promise<void> {
    this.#wanted = true
    await this.#turn
    await this.#end()
  }

  #start(): void {
    const options = ['--port', String(this.#port), ...this.#roots.flatMap((root) => ['--root', root])]
    const child = fork(join(import.meta.dirname, 'backend-process.ts'), [
      ...options,
      ...(this.#project ? ['--project', this.#project] : []),
    ])
    this.#child = child
    child.on('message', (message: FromBackend) => {
      if ('project' in message) this.#project = message.project
      else {
        this.#port = message.port
        this.#answers = true
        this.#ready.resolve(message.port)
      }
    })
    child.once('exit', () => {
      if (this.#child !== child) return
      this.#child = null
      this.#silent()
      console.log('The backend ended. It starts again when a file under src/ is saved.')
    })
  }

  async #end(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child) return
    this.#silent()
    const ended = once(child, 'exit')
    // Its reports up to here count; what it closes on its way out is still the open project.
    child.removeAllListeners('message')
    if (child.connected) child.disconnect()
    const late = setTimeout(() => child.kill('SIGKILL'), CLOSING_MS)
    await ended
    clearTimeout(late)
  }

  /** Who waits already goes on waiting; who comes after an answer waits for the next. */
  #silent(): void {
    if (this.#answers) this.#ready = Promise.withResolvers()
    this.#answers = false
  }
}
