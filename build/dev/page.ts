import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { createServer as createVite, type ViteDevServer } from 'vite'
import { pageHeaders } from '../../src/core/page-policy.ts'
import { Access } from '../../src/host/serve/access.ts'
import { SessionKey } from '../../src/host/serve/key.ts'
import { SocketLimits } from '../../src/host/serve/sockets.ts'
import type { Backend } from './backend.ts'
import { forward, tunnel } from './forward.ts'

const root = join(import.meta.dirname, '../..')
const STRANGER = { status: 401, message: 'Open the address with the token that "npm run dev" printed.' }

export interface Page {
  /** The address to open, with the token. */
  url: string
  /** Vite, which watches the files of the interface. */
  vite: ViteDevServer
  close(): Promise<void>
}

/**
 * The interface from its sources, on 127.0.0.1. Every request passes the locks of `blindfold serve` with the backend's own
 * sessions before Vite or the backend sees it, because Vite has no locks.
 */
export async function servePage(options: {
  backend: Backend
  userDir: string
  port: number
  /** All browsers were signed out. */
  onSignedOut: () => void
}): Promise<Page> {
  const { backend } = options
  const key = new SessionKey(options.userDir)
  const access = new Access(key, await backend.ready)
  const nonce = randomBytes(16).toString('base64url')
  const headers = developmentHeaders(nonce)
  // Never listens: it hands Vite the WebSockets that have passed.
  const hotUpdates = createServer()
  const vite = await createVite({
    configFile: join(root, 'renderer/vite.config.ts'),
    cacheDir: join(root, 'out/vite'),
    logLevel: 'warn',
    html: { cspNonce: nonce },
    server: {
      middlewareMode: true,
      hmr: { server: hotUpdates },
      // No data that lies in the repository, such as a demo project.
      fs: { allow: ['renderer', 'src', 'node_modules', 'out/vite'].map((folder) => join(root, folder)) },
    },
  })

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const refusal = access.checkOrigin(request, false)
    if (refusal) return void response.writeHead(refusal.status, headers).end(refusal.message)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const token = searchParams.get('token')
    if (pathname === '/' && token !== null && access.isToken(token)) {
      return void response.writeHead(303, { ...headers, 'Set-Cookie': access.cookie(), 'Cache-Control': 'no-store', Location: '/' }).end()
    }
    if (access.session(request) === null) return void response.writeHead(STRANGER.status, headers).end(STRANGER.message)
    limits.known(request.socket)
    if (pathname.startsWith('/media/')) return void backend.ready.then((port) => forward(port, request, response))
    response.setHeaders(new Map(Object.entries(headers)))
    vite.middlewares(request, response)
  }

  const server = createServer(answer)
  const limits = new SocketLimits(server)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = access.checkOrigin(request, true) ?? (access.session(request) === null ? STRANGER : null)
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\n\r\n`)
    if (request.url === '/rpc') return void backend.ready.then((port) => tunnel(port, request, socket, head))
    hotUpdates.emit('upgrade', request, socket, head)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: options.port }, resolve)
  })
  const unwatch = key.watch(options.onSignedOut)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=${access.token}`,
    vite,
    close: async () => {
      unwatch()
      server.close()
      server.closeAllConnections()
      await vite.close()
    },
  }
}

/** The product's policy, and a nonce for the scripts and styles that Vite writes into the page. */
function developmentHeaders(nonce: string): Record<string, string> {
  const name = 'Content-Security-Policy'
  const headers = pageHeaders()
  return { ...headers, [name]: headers[name]!.replace(/(script|style)-src 'self'/g, `$& 'nonce-${nonce}'`) }
}
