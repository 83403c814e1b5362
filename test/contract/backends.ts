import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { Contract } from '../../src/contract/index.ts'
import type { FromBackend, ToBackend } from '../../src/protocols/relay.ts'
import { RelayedPort } from '../../src/host/relayed-port.ts'

export type Client = ContractRouterClient<Contract>

/** A backend in a process of its own, and how a window connects to it. */
export interface RunningBackend {
  /** A new connection, as another window makes one. */
  connect(): Promise<{ client: Client; close(): void }>
  /** Whether `close` was enough to end the process; gives its exit code. */
  close(): Promise<number | null>
  child: ChildProcess
}

const root = join(import.meta.dirname, '../..')
/** The command line as it is shipped: it starts in a third of the time that its sources take. */
export const CLI = join(root, 'out/host/cli.js')

/** The backend as the desktop shell starts it where ports are relayed; the folder `home` is one that the user chose. */
export async function portBackend(
  home: string,
): Promise<RunningBackend & { project(): string | null; grant(path: string, access: 'read' | 'write'): Promise<void> }> {
  const child = fork(join(root, 'src/host/utility.ts'), [], {
    serialization: 'advanced',
    env: { ...process.env, BLINDFOLD_HOME: home },
  })
  const ports = new Map<number, RelayedPort>()
  const send = (message: ToBackend): void => void (child.connected && child.send(message))
  const granted = new Map<number, () => void>()
  const grant = (path: string, access: 'read' | 'write'): Promise<void> =>
    new Promise((resolve) => {
      granted.set(granted.size, resolve)
      send({ type: 'grant', grant: granted.size - 1, path, access })
    })
  let project: string | null = null
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the backend ended with ${code}`)))
    child.on('message', (message: FromBackend) => {
      if (message.type === 'ready') resolve()
      if (message.type === 'granted') granted.get(message.grant)?.()
      if (message.type === 'project') project = message.path
      if (message.type === 'port-message') ports.get(message.port)?.receive(message.data)
    })
  })
  await ready
  await grant(home, 'write')
  let count = 0
  return {
    child,
    grant,
    project: () => project,
    connect: async () => {
      const id = ++count
      const port = new RelayedPort((data) => send({ type: 'port-message', port: id, data }))
      ports.set(id, port)
      send({ type: 'port', port: id })
      const client: Client = createORPCClient(new PortLink({ port }))
      return {
        client,
        close: () => {
          send({ type: 'port-close', port: id })
          port.closed()
        },
      }
    },
    close: () => {
      send({ type: 'close' })
      return exitCode(child)
    },
  }
}

/** The backend as `blindfold serve` runs it, with the folder `home` to browse, and others. */
export async function socketBackend(
  home: string,
  ...others: string[]
): Promise<RunningBackend & { entry: string; url: string; cookie: string }> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json', ...[home, ...others].flatMap((root) => ['--root', root])], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BLINDFOLD_HOME: home },
  })
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const entry = await fetch(url, { redirect: 'manual' })
  const cookie = entry.headers.get('set-cookie')!.split(';')[0]!
  const origin = new URL(url).origin
  return {
    child,
    entry: url,
    url: origin,
    cookie,
    connect: () => connectSocket(origin, cookie),
    close: () => {
      child.kill('SIGTERM')
      return exitCode(child)
    },
  }
}

/** A window of its own on a backend that is served at `origin`, with the session of a browser. */
export async function connectSocket(origin: string, cookie: string): Promise<{ client: Client; close(): void }> {
  const websocket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } })
  await once(websocket, 'open')
  const client: Client = createORPCClient(new SocketLink({ websocket: websocket as unknown as globalThis.WebSocket }))
  return { client, close: () => websocket.close() }
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}
