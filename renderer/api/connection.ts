import type { ClientContext, ClientLink, ClientOptions } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { create } from 'zustand'
import { PORT_MESSAGE, type Shell } from '../../src/protocols/shell.ts'
import { SOCKET_PATH } from './addresses.ts'

/** What the window knows of the way to the backend. `epoch` grows with each new connection. `signed-out`: the server is there, and this browser may not use it. */
export const useConnection = create<{ status: 'connecting' | 'open' | 'lost' | 'signed-out'; epoch: number }>(() => ({
  status: 'connecting',
  epoch: 0,
}))

interface Connection {
  link: ClientLink<ClientContext>
  /** Settles when the backend can no longer be reached by this connection. */
  closed: Promise<void>
}

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 5000

/**
 * A link that outlives its connection: calls wait for an open one, and when one is lost a new one is made, with growing
 * pauses. Calls in flight at the loss fail; only the caller knows whether they may be repeated.
 */
class LastingLink implements ClientLink<ClientContext> {
  /** Made for the first call. */
  #current: Promise<Connection> | null = null

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const connection = await (this.#current ??= this.#connect())
    return connection.link.call(path, input, options)
  }

  async #connect(): Promise<Connection> {
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        const connection = await (window.blindfold ? openPort(window.blindfold) : openSocket())
        useConnection.setState((state) => ({ status: 'open', epoch: state.epoch + 1 }))
        void connection.closed.then(() => {
          useConnection.setState({ status: 'lost' })
          this.#current = this.#connect()
        })
        return connection
      } catch {
        useConnection.setState({ status: (await isSignedOut()) ? 'signed-out' : 'lost' })
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }
}

/** Asks the shell for a port to the backend; see `Shell.connect`. */
async function openPort(shell: Shell): Promise<Connection> {
  const arrived = new Promise<MessagePort>((resolve) => {
    const receive = (event: MessageEvent) => {
      if (event.source !== window || event.data !== PORT_MESSAGE || !event.ports[0]) return
      window.removeEventListener('message', receive)
      resolve(event.ports[0])
    }
    window.addEventListener('message', receive)
  })
  await shell.connect()
  const port = await arrived
  const link = new PortLink({ port })
  const closed = new Promise<void>((resolve) => port.addEventListener('close', () => resolve(), { once: true }))
  port.start()
  return { link, closed }
}

/** The page was opened with a token that is now a cookie: the socket needs no more than its address. */
async function openSocket(): Promise<Connection> {
  const address = new URL(SOCKET_PATH, location.href)
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const websocket = new WebSocket(address)
  const link = new SocketLink({ websocket })
  await new Promise<void>((resolve, reject) => {
    websocket.addEventListener('open', () => resolve(), { once: true })
    websocket.addEventListener('close', () => reject(new Error('The backend refused the connection.')), { once: true })
  })
  const closed = new Promise<void>((resolve) => websocket.addEventListener('close', () => resolve(), { once: true }))
  return { link, closed }
}

/** A socket that is refused does not say why; a request does. */
async function isSignedOut(): Promise<boolean> {
  if (window.blindfold) return false
  return fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
    ({ status }) => status === 401,
    () => false,
  )
}

export const link: ClientLink<ClientContext> = new LastingLink()
