import type { MessagePortMain } from 'electron'
import { fromHelper, type FromBackend, type ToBackend } from '../protocols/relay.ts'
import type { Helper, StartHelper } from '../scoring/helper.ts'

type FromShell = Extract<ToBackend, { helper: number }>
type Running = { log: (text: string) => void; opened: (pid: number, port: MessagePortMain) => void; ended: (how: string) => void }

/**
 * Helpers of a backend in Electron's utility process, where no child can be forked: the shell starts them and hands over a
 * port to each.
 */
export class ShellHelpers {
  readonly #send: (message: FromBackend) => void
  readonly #running = new Map<number, Running>()
  #next = 0

  constructor(send: (message: FromBackend) => void) {
    this.#send = send
  }

  readonly start: StartHelper = (entry, log) => {
    const helper = this.#next++
    const opening = Promise.withResolvers<MessagePortMain | null>()
    const ending = Promise.withResolvers<string>()
    // Resolves once nothing can come any more; a helper that never ran has no port.
    const closed = Promise.withResolvers<void>()
    let listener: (message: unknown) => void = () => undefined
    let pid: number | null = null
    let code: number | null = null
    const kill = (): void => this.#send({ type: 'helper-kill', helper })
    const receive = (data: unknown): void => {
      const message = fromHelper.parse(data)
      if (message.type === 'message') return listener(message.data)
      code = message.code
      kill()
    }
    this.#running.set(helper, {
      log,
      opened: (id, port) => {
        pid = id
        port.on('message', (event) => receive(event.data))
        port.on('close', () => closed.resolve())
        port.start()
        opening.resolve(port)
      },
      ended: (how) => {
        if (pid === null) closed.resolve()
        opening.resolve(null)
        ending.resolve(how)
      },
    })
    this.#send({ type: 'helper-start', helper, entry })
    const started: Helper = {
      get pid() {
        return pid
      },
      onMessage: (callback) => {
        listener = callback
      },
      send: async (message) => (await opening.promise)?.postMessage(message),
      kill,
      ended: Promise.all([ending.promise, closed.promise]).then(([how]) => {
        this.#running.delete(helper)
        return code === null ? how : `exit code ${code}`
      }),
    }
    return started
  }

  /** Takes what the shell says of a helper. */
  receive(message: FromShell, port: MessagePortMain | undefined): void {
    const running = this.#running.get(message.helper)
    switch (message.type) {
      case 'helper-started':
        return port && running?.opened(message.pid, port)
      case 'helper-log':
        return running?.log(message.text)
      case 'helper-ended':
        return running?.ended(message.how)
    }
  }
}
