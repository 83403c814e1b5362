import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { pageHeaders } from '../core/page-policy.ts'
import { webSocketHandler } from './rpc.ts'
import { Access, type Refusal } from './serve/access.ts'
import { readAsset, readImage } from './serve/files.ts'
import type { Composition } from './compose.ts'

export interface ServeOptions {
  composition: Composition
  /** Folder of the built interface. */
  assets: string
  /** 0 takes a free port. */
  port?: number
  /** A random one where absent. */
  token?: string
}

export interface Serving {
  /** The address to open, with the token. */
  url: string
  origin: string
  close(): Promise<void>
}

const MAX_MESSAGE = 8 * 1024 * 1024

/**
 * Serves the interface and the backend on 127.0.0.1, never on another address: from elsewhere, tunnel with SSH.
 * `/` with the token sets the cookie; `/rpc` is the WebSocket, `/media/HASH` the images of the open project and
 * `/media/thumbnail/HASH` the same in small.
 *
 * @throws the socket's own error where the port is taken
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { composition, assets } = options
  const access = new Access(options.token)
  const handler = webSocketHandler(composition)

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = access.checkOrigin(request, false)
    if (refusal) return refuse(response, refusal)
    const url = parseUrl(request.url)
    if (!url) return refuse(response, { status: 400, message: 'This address cannot be read.' })
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'Only GET.', { Allow: 'GET, HEAD' })

    const token = url.searchParams.get('token')
    if (url.pathname === '/' && token !== null && access.isToken(token)) {
      return send(response, 303, '', { Location: '/', 'Set-Cookie': access.cookie(), 'Cache-Control': 'no-store' })
    }
    const stranger = access.checkToken(request)
    if (stranger) return refuse(response, stranger)

    const [, small, hash] = url.pathname.match(/^\/media\/(thumbnail\/)?([^/]*)$/) ?? []
    const project = composition.projectPath()
    const file = hash === undefined ? await readAsset(assets, url.pathname) : project && (await readImage(project, hash, { small: small !== undefined }))
    if (!file) return send(response, 404, 'There is nothing here.')
    send(response, 200, request.method === 'HEAD' ? '' : file.body, file.headers)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error)
      if (!response.headersSent) send(response, 500, 'The server failed; its terminal says why.')
    })
  })

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal =
      parseUrl(request.url)?.pathname === '/rpc'
        ? (access.checkOrigin(request, true) ?? access.checkToken(request))
        : ({ status: 400, message: 'The WebSocket is at /rpc.' } satisfies Refusal)
    if (refusal) {
      socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${refusal.message}\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate())
      handler.upgrade(webSocket)
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: options.port ?? 0 }, resolve)
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/?token=${access.token}`,
    origin,
    close: () =>
      new Promise((resolve) => {
        for (const webSocket of sockets.clients) webSocket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

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

function refuse(response: ServerResponse, refusal: Refusal): void {
  send(response, refusal.status, refusal.message)
}

function send(response: ServerResponse, status: number, body: string | Buffer, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' } : {}
  response.writeHead(status, { ...pageHeaders(), ...text, ...headers }).end(body)
}
