/**
 * One window's port where ports cannot be transferred: its messages travel through the parent process, tagged with the
 * port's number. It has just as much of MessagePort as the RPC handler listens to.
 */
export class RelayedPort {
  readonly #send: (data: unknown) => void
  readonly #messageListeners: ((event: { data: unknown }) => void)[] = []
  readonly #closeListeners: (() => void)[] = []

  /** @param send hands a message of this port to the parent */
  constructor(send: (data: unknown) => void) {
    this.#send = send
  }

  postMessage(data: unknown): void {
    this.#send(data)
  }

  on(event: string, listener: (event?: { data: unknown }) => void): void {
    if (event === 'message') this.#messageListeners.push(listener)
    if (event === 'close') this.#closeListeners.push(listener)
  }

  /** A message of the window has come through the parent. */
  receive(data: unknown): void {
    for (const listener of this.#messageListeners) listener({ data })
  }

  /** The window is gone: what it was still waiting for is aborted. */
  closed(): void {
    for (const listener of this.#closeListeners) listener()
  }
}
