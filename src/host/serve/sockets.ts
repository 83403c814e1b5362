import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Sockets at a time that have shown no session; for one more, the oldest of them is closed. */
const STRANGERS = 256
/** Sockets in all. */
const MOST = 512
/** How long the headers of a request, and a whole request, may take to arrive; a socket without requests stays as long as the last. */
const HEADERS_MS = 10_000
const REQUEST_MS = 15_000
const IDLE_MS = 5_000
/** How long a response may make no progress. */
const STALLED_MS = 30_000

/**
 * Keeps a server's sockets few and alive. Anybody on this machine can open sockets, and hold them by sending nothing or
 * little; so it is always a stranger's socket that has to go, never that of a browser with a session.
 */
export class SocketLimits {
  /** The oldest first. */
  readonly #strangers = new Set<Socket>()

  constructor(server: Server) {
    server.maxConnections = MOST
    server.headersTimeout = HEADERS_MS
    server.requestTimeout = REQUEST_MS
    server.keepAliveTimeout = IDLE_MS
    server.setTimeout(STALLED_MS)
    server.on('connection', (socket: Socket) => this.#admit(socket))
  }

  /** A request on this socket has shown a session. */
  known(socket: Socket): void {
    this.#strangers.delete(socket)
  }

  #admit(socket: Socket): void {
    // A socket can be reset at any time, whoever listens to it: without a listener that would end the process.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#strangers.delete(socket))
    this.#strangers.add(socket)
    const [oldest] = this.#strangers
    if (oldest && this.#strangers.size > STRANGERS) oldest.destroy()
  }
}
