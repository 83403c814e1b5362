import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron'
import { fromBackend, type FromBackend, type ToBackend } from '../src/protocols/relay.ts'
import { log } from '../src/core/log.ts'
import { Helpers } from './helpers.ts'

/** How long the backend may take to close its project before it is ended. */
const CLOSE_MS = 5000

export interface BackendPaths {
  /** The backend's entry. */
  entry: string
  /** The app's root, where a development Node may lie in `node_modules`. */
  root: string
  /** Environment of the backend besides the shell's own. */
  env: Record<string, string>
}

/** A path that the user chose or trusts, and what pages may do with it. */
export type Grant = { path: string; access: 'read' | 'write' | 'trust' }

/**
 * The backend process and the windows' ports to it: Electron's utility process, or, where Electron's Node is too old
 * for the backend (below 22), a child process on a newer Node with the ports relayed.
 */
export class Backend {
  readonly #channel: Channel
  #project: string | null = null
  #closing = false
  #ports = 0
  #grants = 0
  readonly #waiting = new Map<number, () => void>()

  /**
   * @param granted what earlier backends of this app were granted: it holds for this one
   * @param onLost called when the backend ended by itself; `code` is its exit code
   */
  constructor(paths: BackendPaths, granted: readonly Grant[], onLost: (code: number | null) => void) {
    const receive = (message: FromBackend): void => {
      if (message.type === 'project') this.#project = message.path
      if (message.type === 'granted') {
        this.#waiting.get(message.grant)?.()
        this.#waiting.delete(message.grant)
      }
    }
    const ended = (code: number | null): void => {
      this.#project = null
      for (const resolve of this.#waiting.values()) resolve()
      if (!this.#closing) onLost(code)
    }
    const modern = Number(process.versions.node.split('.')[0]) >= 22
    this.#channel = modern ? utilityChannel(paths, receive, ended) : forkChannel(paths, receive, ended)
    for (const grant of granted) void this.grant(grant)
  }

  /** Lets pages name a path. Resolves when the backend has taken it, or has ended. */
  grant({ path, access }: Grant): Promise<void> {
    const grant = ++this.#grants
    return new Promise((resolve) => {
      this.#waiting.set(grant, resolve)
      this.#channel.send({ type: 'grant', grant, path, access })
    })
  }

  /** Folder of the open project: images are served from there only. */
  projectPath(): string | null {
    return this.#project
  }

  /** Gives the backend one end of a window's channel. */
  connect(port: MessagePortMain): void {
    this.#channel.connect(++this.#ports, port)
  }

  /** Asks the backend to close its project and waits for its end. Training runs go on without it. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#channel.close()
  }
}

interface Channel {
  send(message: ToBackend): void
  connect(id: number, port: MessagePortMain): void
  close(): Promise<void>
}

type Receive = (message: FromBackend) => void
type Ended = (code: number | null) => void

/** Reports a message of another shape, and drops it. */
function checked(receive: Receive): (message: unknown) => void {
  return (message) => {
    const { data } = fromBackend.safeParse(message)
    if (data) receive(data)
    else log('The backend sent a message of no known shape.')
  }
}

function utilityChannel(paths: BackendPaths, receive: Receive, ended: Ended): Channel {
  const env = { ...process.env, ...paths.env } as Record<string, string>
  const child: UtilityProcess = utilityProcess.fork(paths.entry, [], { serviceName: 'Blindfold backend', stdio: 'inherit', env })
  let running = true
  const send = (message: ToBackend, ports: MessagePortMain[] = []): void => {
    if (running) child.postMessage(message, ports)
  }
  const helpers = new Helpers(paths.entry, env, send)
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      running = false
      helpers.close()
      resolve()
      ended(code)
    })
  })
  child.on(
    'message',
    checked((message) => ('helper' in message ? helpers.receive(message) : receive(message))),
  )
  return {
    send,
    connect: (id, port) => send({ type: 'port', port: id }, [port]),
    close: () => {
      send({ type: 'close' })
      return within(CLOSE_MS, gone, () => child.kill())
    },
  }
}

function forkChannel(paths: BackendPaths, receive: Receive, ended: Ended): Channel {
  const child: ChildProcess = fork(paths.entry, [], {
    execPath: newerNode(paths.root),
    serialization: 'advanced',
    env: { ...process.env, ...paths.env },
  })
  const ports = new Map<number, MessagePortMain>()
  const send = (message: ToBackend): void => {
    if (child.connected) child.send(message)
  }
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const port of ports.values()) port.close()
      resolve()
      ended(code)
    })
  })
  child.on(
    'message',
    checked((message) => (message.type === 'port-message' ? ports.get(message.port)?.postMessage(message.data) : receive(message))),
  )
  return {
    send,
    connect: (id, port) => {
      ports.set(id, port)
      send({ type: 'port', port: id })
      port.on('message', (event) => send({ type: 'port-message', port: id, data: event.data }))
      port.on('close', () => {
        ports.delete(id)
        send({ type: 'port-close', port: id })
      })
      port.start()
    },
    close: () => {
      send({ type: 'close' })
      return within(CLOSE_MS, gone, () => child.kill('SIGKILL'))
    },
  }
}

/** A Node new enough for the backend: `BLINDFOLD_NODE`, or the one that npm installed with the project. */
function newerNode(root: string): string {
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  const found = [process.env['BLINDFOLD_NODE'], packaged].find((path) => path && existsSync(path))
  if (found) return found
  throw new Error(
    `This Electron contains Node ${process.versions.node}; the backend requires 22 or newer. Set BLINDFOLD_NODE to a Node binary.`,
  )
}

async function within(ms: number, done: Promise<void>, otherwise: () => void): Promise<void> {
  const timer = setTimeout(otherwise, ms)
  await done
  clearTimeout(timer)
}
