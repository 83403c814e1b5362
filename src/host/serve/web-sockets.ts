import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { Connection, RpcServer } from '../rpc/connection.ts'

const MAX_MESSAGE = 8 * 1024 * 1024
/** Frames of one message: browsers send one. */
const MAX_FRAMES = 256
/** Chunks of the network that one frame may come in. */
const MAX_CHUNKS = 8192
/** Open WebSockets. For one more, the oldest that has nothing open is closed; a window asks for events as soon as it is there. */
const MOST = 64
/** Time in which a new one is left alone, ms. */
const NEW_MS = 5000
/** Time between looks at each client. */
const LOOK_MS = 15_000
/** A client is dropped after this long without a sign of life: it read an answer, or sent something while it had nothing left to read. */
const SILENCE_MS = 60_000
/** A client that has so much left to read gets no answer to a ping. */
const UNREAD_BYTES = 64 * 1024
/** Bytes that all clients together may leave unread. Beyond that, the one that leaves most is dropped, unless it has just read. */
const ALL_UNREAD_BYTES = 32 * 1024 * 1024
const JUST_MS = 2000

export interface WebSocketLimits {
  lookMs: number
  silenceMs: number
  allUnreadBytes: number
}

/** A client, when it came, and when it last gave a sign of life, in milliseconds. */
type Client = { webSocket: WebSocket; connection: Connection; since: number; sign: number }

/** The clients that talk through WebSockets. Who may open one has been decided before. */
export class WebSockets {
  readonly #rpc: RpcServer
  readonly #limits: WebSocketLimits
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    maxFragments: MAX_FRAMES,
    maxBufferedChunks: MAX_CHUNKS,
    perMessageDeflate: false,
    autoPong: false,
  })
  /** The oldest first. */
  readonly #clients = new Set<Client>()
  readonly #timer: NodeJS.Timeout

  constructor(rpc: RpcServer, limits: Partial<WebSocketLimits> = {}) {
    this.#rpc = rpc
    this.#limits = { lookMs: LOOK_MS, silenceMs: SILENCE_MS, allUnreadBytes: ALL_UNREAD_BYTES, ...limits }
    this.#timer = setInterval(() => this.#look(), this.#limits.lookMs).unref()
  }

  /** False if there are as many as there may be; the socket is untouched then. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (this.#clients.size >= MOST) {
      const now = performance.now()
      const idle = [...this.#clients].find(({ connection, since }) => connection.calls === 0 && now - since > NEW_MS)
      if (!idle) return false
      this.#drop(idle)
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket))
    return true
  }

  /** Closes all of them, for good or until they come back with a valid session. */
  closeAll(): void {
    for (const client of this.#clients) this.#drop(client)
  }

  end(): void {
    clearInterval(this.#timer)
    this.closeAll()
  }

  #accept(webSocket: WebSocket): void {
    const connection = this.#rpc.accept({
      send: (message) =>
        new Promise((resolve, reject) => {
          webSocket.send(message, (error) => {
            if (error) {
              this.#drop(client)
              return reject(error)
            }
            client.sign = performance.now()
            resolve()
          })
          this.#relieve()
        }),
      read: (wanted) => (wanted ? webSocket.resume() : webSocket.pause()),
    })
    const now = performance.now()
    const client: Client = { webSocket, connection, since: now, sign: now }
    this.#clients.add(client)
    webSocket.on('error', () => this.#drop(client))
    webSocket.on('close', () => this.#drop(client))
    const alive = (): void => {
      if (webSocket.bufferedAmount === 0) client.sign = performance.now()
    }
    webSocket.on('pong', alive)
    webSocket.on('ping', (data) => {
      if (webSocket.readyState === WebSocket.OPEN && webSocket.bufferedAmount < UNREAD_BYTES) webSocket.pong(data)
    })
    webSocket.on('message', (data: Buffer, isBinary) => {
      alive()
      // Nothing of ours sends this, so that there is nobody to explain it to.
      if (isBinary || !connection.receive(data.toString('utf8'))) this.#drop(client)
    })
  }

  #relieve(): void {
    let unread = 0
    let most: Client | undefined
    const now = performance.now()
    for (const client of this.#clients) {
      const bytes = client.webSocket.bufferedAmount
      unread += bytes
      if (now - client.sign > JUST_MS && bytes > (most?.webSocket.bufferedAmount ?? 0)) most = client
    }
    if (most && unread > this.#limits.allUnreadBytes) this.#drop(most)
  }

  #look(): void {
    const now = performance.now()
    for (const client of this.#clients) {
      const { webSocket, sign } = client
      // Left unread because its calls wait here: its silence is ours.
      const excused = webSocket.isPaused && webSocket.bufferedAmount === 0
      if (!excused && now - sign > this.#limits.silenceMs) this.#drop(client)
      else if (webSocket.readyState === WebSocket.OPEN && webSocket.bufferedAmount < UNREAD_BYTES) webSocket.ping()
    }
  }

  #drop(client: Client): void {
    this.#clients.delete(client)
    client.connection.close()
    client.webSocket.terminate()
  }
}
