import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Duplex } from 'node:stream'
import { logError } from '../core/log.ts'
import { pageHeaders } from '../core/page-policy.ts'
import { openImage, readAsset } from '../node/served-files.ts'
import type { Composition } from './compose.ts'
import { RpcServer } from './rpc/connection.ts'
import { Access, type Refusal } from './serve/access.ts'
import { SessionKey } from './serve/key.ts'
import { SocketLimits } from './serve/sockets.ts'
import { WebSockets, type WebSocketLimits } from './serve/web-sockets.ts'

export interface ServeOptions {
  composition: Composition
  /** Folder of the built interface. */
  assets: string
  /** Folder of the user's own data, in which the key of sessions is kept. */
  userDir: string
  /** 0 takes a free port. */
  port?: number
  /** All browsers were signed out, and the address is another one now. */
  onSignedOut?: (url: string) => void
  limits?: Partial<WebSocketLimits>
}

export interface Serving {
  /** The address to open, with the token. */
  url: string
  origin: string
  close(): Promise<void>
}

/** Longest address: no page, image or procedure has one of even a tenth. */
const MAX_PATH = 2048

/**
 * Serves the interface and the backend on 127.0.0.1, never on another address: from elsewhere, tunnel with SSH.
 * `/` with the token sets the cookie; `/rpc` is the WebSocket, `/media/HASH` the images of the open project and
 * `/media/thumbnail/HASH` the same in small.
 *
 * @throws the socket's own error where the port is taken
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { composition, assets } = options
  const key = new SessionKey(options.userDir)
  const webSockets = new WebSockets(new RpcServer(composition), options.limits)

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = access.checkOrigin(request, false)
    if (refusal) return refuse(response, refusal)
    if (hasBody(request)) return send(response, 413, 'Requests must not have a body.', { Connection: 'close' })
    if ((request.url ?? '').length > MAX_PATH) return refuse(response, { status: 414, message: 'This address is too long.' })
    const url = parseUrl(request.url)
    if (!url) return refuse(response, { status: 400, message: 'This address is not valid.' })
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'Only GET.', { Allow: 'GET, HEAD' })

    const token = url.searchParams.get('token')
    if (url.pathname === '/' && token !== null && access.isToken(token)) return enter(request, response)
    const secondsLeft = access.session(request)
    if (secondsLeft === null) return refuse(response, STRANGER)
    limits.known(request.socket)
    if (url.pathname === '/' && access.isOld(secondsLeft)) response.setHeader('Set-Cookie', access.cookie())

    const [, small, hash] = url.pathname.match(/^\/media\/(thumbnail\/)?([^/]*)$/) ?? []
    const project = composition.projectPath()
    const served =
      hash === undefined ? readAsset(assets, url.pathname) : project && (await openImage(project, hash, { small: small !== undefined }))
    if (!served) return send(response, 404, 'Page not found.')
    response.writeHead(200, { ...pageHeaders(), ...served.headers })
    const { body } = served
    if (Buffer.isBuffer(body)) return void response.end(request.method === 'HEAD' ? '' : body)
    if (request.method === 'HEAD') {
      response.end()
      return body.close()
    }
    // Piece by piece: a browser that does not read, or leaves, holds no more than a piece of it.
    await pipeline(body.createReadStream({ start: 0 }), response).finally(() => body.close())
  }

  /** Exchanges the token for a session. */
  const enter = (request: IncomingMessage, response: ServerResponse): void => {
    const headers = { 'Set-Cookie': access.cookie(), 'Cache-Control': 'no-store' }
    const site = request.headers['sec-fetch-site']
    if (site === undefined || site === 'none' || site === 'same-origin') return send(response, 303, '', { ...headers, Location: '/' })
    // Another page led here, such as the file that opens the browser. Strict cookies do not follow its redirection, but ours.
    send(response, 200, '<!doctype html><title>Blindfold</title><meta http-equiv="refresh" content="0;url=/">', {
      ...headers,
      'Content-Type': 'text/html; charset=utf-8',
    })
  }

  const answering = new WeakSet<Socket>()
  const server = createServer((request, response) => {
    const { socket } = request
    // Browsers wait for an answer before they use a socket again. Who sends a thousand requests in one go is none.
    if (answering.has(socket)) return void socket.destroy()
    answering.add(socket)
    response.once('close', () => answering.delete(socket))
    answer(request, response).catch((error: unknown) => {
      if (socket.destroyed) return
      logError('serve', error)
      if (response.headersSent) socket.destroy()
      else send(response, 500, 'Server error. The terminal of the server shows the details.')
    })
  })
  const limits = new SocketLimits(server)

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const refusal = checkUpgrade(request)
    if (refusal) return turnAway(socket, refusal)
    limits.known(socket)
    if (!webSockets.open(request, socket, head)) turnAway(socket, { status: 503, message: 'Too many windows are open.' })
  })

  const checkUpgrade = (request: IncomingMessage): Refusal | null => {
    if (request.url !== '/rpc') return { status: 400, message: 'The WebSocket is at /rpc.' }
    return access.checkOrigin(request, true) ?? (access.session(request) === null ? STRANGER : null)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: options.port ?? 0 }, resolve)
  })
  const { port } = server.address() as AddressInfo
  const access = new Access(key, port)
  const origin = `http://127.0.0.1:${port}`
  const address = (): string => `${origin}/?token=${access.token}`
  const unwatch = key.watch(() => {
    access.renew()
    webSockets.closeAll()
    server.closeAllConnections()
    options.onSignedOut?.(address())
  })
  return {
    get url() {
      return address()
    },
    origin,
    close: () =>
      new Promise((resolve) => {
        unwatch()
        webSockets.end()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const STRANGER: Refusal = { status: 401, message: 'Open the address with the token that "blindfold serve" printed.' }

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** The URL of a request, its path decoded once; null where it cannot be. The path is used as it is, never normalised by a file system. */
function parseUrl(target: string | undefined): { pathname: string; searchParams: URLSearchParams } | null {
  const [path = '', query = ''] = (target ?? '').split(/\?(.*)/s)
  if (!path.startsWith('/')) return null
  try {
    return { pathname: decodeURIComponent(path), searchParams: new URLSearchParams(query) }
  } catch {
    return null
  }
}

/** Refuses an upgrade. The socket is ours since it was asked for: nothing else closes it. */
function turnAway(socket: Duplex, { status, message }: Refusal): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${message}\n`, () => socket.destroy())
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  send(response, refusal.status, refusal.message)
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  const text = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': String(Buffer.byteLength(body)),
  }
  response.writeHead(status, { ...pageHeaders(), ...text, ...headers }).end(body)
}
