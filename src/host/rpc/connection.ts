import { ORPCError } from '@orpc/server'
import { StandardRPCHandler } from '@orpc/server/standard'
import { createServerPeerHandleRequestFn } from '@orpc/server/standard-peer'
import {
  deserializeRequestMessage,
  encodeResponseMessage,
  experimental_ServerPeerWithoutCodec as ServerPeer,
} from '@orpc/standard-server-peer'
import { logError } from '../../core/log.ts'
import { asCaller, leave } from '../../db/worker/turns.ts'
import type { Composition } from '../compose.ts'
import { parseClientMessage } from './message.ts'

/** Calls of one client that run at a time; the others wait in the order they came. */
const RUNNING = 8
/** A client is not read while so many of its calls wait, or so many bytes of calls have no answer yet. */
const WAITING = 64
const UNANSWERED_BYTES = 1024 * 1024
/** Where a client cannot be left unread, calls beyond these are refused. */
const MOST_CALLS = 4096
const MOST_BYTES = 64 * 1024 * 1024
/** Streams of one client: a window needs one. */
const MOST_STREAMS = 16

/** The way back to one client, a window or a browser tab. */
export interface ClientPort {
  /** Resolves once the client can take more. */
  send(message: string): Promise<void>
  /** Asks for no more messages, or for messages again; some may come all the same. Absent where that is impossible. */
  read?(wanted: boolean): void
}

type Admit = <Result extends { response: unknown }>(signal: AbortSignal | undefined, work: () => Promise<Result>) => Promise<Result>
type Context = { admit: Admit }

/** Answers the calls of every client: `accept` is called once per client. */
export class RpcServer {
  readonly #handler: StandardRPCHandler<Context>

  constructor({ router }: Pick<Composition, 'router'>) {
    this.#handler = new StandardRPCHandler<Context>(router, {
      interceptors: [({ context, request, next }) => context.admit(request.signal, next)],
    })
  }

  accept(port: ClientPort): Connection {
    return new Connection(this.#handler, port)
  }
}

/**
 * The calls of one client. Few of them run at a time, so that no client can take the whole backend; a call that is
 * cancelled, or whose client leaves, while it waits never runs. One that runs and changes something is never broken off:
 * what it does is done wholly, and acknowledged only then. One that only asks is broken off at its next query.
 */
export class Connection {
  readonly #handler: StandardRPCHandler<Context>
  readonly #port: ClientPort
  readonly #peer: ServerPeer
  /** Starts of the calls that wait, in order. */
  readonly #waiting = new Set<() => void>()
  #calls = 0
  #bytes = 0
  #running = 0
  #streams = 0
  #reading = true
  #closed = false

  constructor(handler: StandardRPCHandler<Context>, port: ClientPort) {
    this.#handler = handler
    this.#port = port
    // No procedure answers with a file, so every answer is text.
    this.#peer = new ServerPeer(async ([id, type, payload]) => port.send((await encodeResponseMessage(id, type, payload)) as string))
  }

  /** Calls without an answer, and open streams. */
  get calls(): number {
    return this.#calls
  }

  /** Takes a message of the client; false if it is not one that the interface would send. */
  receive(data: unknown): boolean {
    const message = parseClientMessage(data)
    if (!message) return false
    const size = (data as string).length
    this.#calls++
    this.#bytes += size
    const [admit, end] = this.#places()
    const handle = createServerPeerHandleRequestFn(this.#handler, { context: { admit } })
    asCaller(this, () => this.#peer.message(deserializeRequestMessage(message as never), handle))
      .catch((error: unknown) => {
        // A client that has left hears no answer, and nothing is wrong.
        if (!this.#closed) logError('rpc', error)
      })
      .finally(() => {
        this.#calls--
        this.#bytes -= size
        end()
        this.#regulate()
      })
    this.#regulate()
    return true
  }

  /** The client has left: its waiting calls never run. */
  close(): void {
    this.#closed = true
    this.#peer.close()
    leave(this)
  }

  /** The places that one call takes, first among those that run, then perhaps among the streams. */
  #places(): [admit: Admit, end: () => void] {
    let held: 'none' | 'running' | 'stream' = 'none'
    const give = (): void => {
      if (held === 'running') this.#release()
      if (held === 'stream') this.#streams--
      held = 'none'
    }
    const admit: Admit = async (signal, work) => {
      if (this.#calls > MOST_CALLS || this.#bytes > MOST_BYTES) throw busy('Too many requests of this window are pending.')
      await this.#turn(signal)
      held = 'running'
      const result = await work()
      const { body } = (result.response ?? {}) as { body?: unknown }
      if (!isStream(body)) return result
      give()
      if (this.#streams >= MOST_STREAMS) {
        await body.return?.()
        throw busy('Too many live updates are open in this window.')
      }
      held = 'stream'
      this.#streams++
      return result
    }
    return [admit, give]
  }

  /** Resolves when the call may run. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#running < RUNNING) {
      this.#running++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const cancelled = (): void => {
        this.#waiting.delete(start)
        reject(signal?.reason as Error)
      }
      const start = (): void => {
        signal?.removeEventListener('abort', cancelled)
        resolve()
      }
      this.#waiting.add(start)
      signal?.addEventListener('abort', cancelled, { once: true })
    })
  }

  #release(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    next()
  }

  #regulate(): void {
    const wanted = this.#waiting.size < WAITING && this.#bytes < UNANSWERED_BYTES
    if (wanted === this.#reading) return
    this.#reading = wanted
    this.#port.read?.(wanted)
  }
}

const isStream = (body: unknown): body is AsyncIterableIterator<unknown> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

function busy(message: string): ORPCError<'BUSY', { remedy: string }> {
  return new ORPCError('BUSY', { status: 503, message, data: { remedy: 'Wait until earlier requests are done, then try again.' } })
}
