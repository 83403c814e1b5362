import { setTimeout as pause } from 'node:timers/promises'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { once } from 'node:events'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import type { Random } from '../../src/core/random.ts'
import type { Client } from '../contract/backends.ts'
import type { Target } from './attacks.ts'

/** What an honest user saw. */
export interface Seen {
  /** Milliseconds of each answer, by the kind of question. */
  took: Map<string, number[]>
  errors: string[]
  /** Labels that were acknowledged. */
  labels: number
}

export const nothingSeen = (): Seen => ({ took: new Map(), errors: [], labels: 0 })

/**
 * Works like a person in a window, on the pairs from `first` on, until `stop` is aborted or `most` rounds are done: follows the
 * events, lists, opens and labels pairs, and fetches the page. Everything it asks for must be answered, and rightly. `onReady` is called when the window is open.
 */
export async function honest(
  target: Target,
  random: Random,
  pairs: readonly number[],
  seen: Seen,
  stop: AbortSignal,
  { most = Infinity, onReady = () => {} } = {},
): Promise<void> {
  const asked = async <Result>(kind: string, work: () => Promise<Result>): Promise<Result> => {
    const began = performance.now()
    const result = await work()
    const list = seen.took.get(kind) ?? []
    list.push(performance.now() - began)
    seen.took.set(kind, list)
    return result
  }
  const origin = `http://127.0.0.1:${target.port}`
  try {
    const webSocket = new WebSocket(`ws://127.0.0.1:${target.port}/rpc`, { headers: { cookie: target.cookie, origin } })
    await once(webSocket, 'open')
    let left = false
    webSocket.on('close', () => {
      if (!left) seen.errors.push('an honest window was closed')
    })
    const client: Client = createORPCClient(new RPCLink({ websocket: webSocket as unknown as globalThis.WebSocket }))
    const leaving = new AbortController()
    const events = await client.events.subscribe(undefined, { signal: leaving.signal })
    const following = (async () => {
      for await (const event of events) if (event.seq < 0) break
    })().catch(() => undefined)
    onReady()
    for (let round = 0; round < most && !stop.aborted; round++) {
      const pairId = random.pick(pairs)
      const { rows } = await asked('list', () => client.pairs.list({ limit: 50, sort: 'id' }))
      if (rows.length !== 50) throw new Error(`50 rows asked for, ${rows.length} came`)
      const labelled = await asked('label', () =>
        client.review.annotate({ pairId, action: random.pick(['keep', 'flip', 'tie', 'discard'] as const) }),
      )
      seen.labels++
      const pair = await asked('pair', () => client.pairs.get({ pairId }))
      if (pair.history.every(({ id }) => id !== labelled.annotationId)) throw new Error('a label that was acknowledged is not there')
      const page = await asked('page', () => fetched(target, '/'))
      if (page !== 200) throw new Error(`the page answered ${page}`)
      await pause(random.int(200))
    }
    leaving.abort()
    await following
    left = true
    webSocket.close()
  } catch (error) {
    seen.errors.push(String(error))
  }
}

/** The status of a page, all of it read. */
function fetched({ port, cookie }: Target, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, headers: { cookie } }, (answer) => {
      answer
        .resume()
        .on('end', () => resolve(answer.statusCode ?? 0))
        .on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}
