import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { assetsFolder, places } from '../../src/host/compose.ts'
import { serve } from '../../src/host/serve.ts'
import type { WebSocketLimits } from '../../src/host/serve/web-sockets.ts'
import { random } from '../../src/core/random.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { Scratch } from '../db/project.ts'
import { attack, KNOWN, STRANGERS } from '../torture/attacks.ts'
import { honest, nothingSeen } from '../torture/honest.ts'
import { homeOf, torturedProject, TorturedServer } from '../torture/server.ts'

/** The same attacks every time; FC_SEED=N makes others. */
const SEED = process.env['FC_SEED'] ?? '1'
const PAIRS = 400
/** Times that each attack is made. */
const TIMES = 6

/** A project and a server of it for the tests of a block. */
function tortured() {
  const scratch = new Scratch()
  let running: TorturedServer
  beforeAll(async () => {
    torturedProject(scratch.project, PAIRS, 400)
    running = await TorturedServer.start(scratch.project)
  })
  afterAll(async () => {
    await running.end()
    scratch[Symbol.dispose]()
  })
  return { scratch, server: () => running }
}

describe('a server under attack', () => {
  const { scratch, server } = tortured()

  it.each([...Object.keys(STRANGERS), ...Object.keys(KNOWN)])('answers honest windows during %s', async (name) => {
    const seen = nothingSeen()
    const stop = new AbortController()
    const numbers = random(`${SEED} ${name}`)
    const pairs = (i: number) => Array.from({ length: PAIRS / 2 }, (_, n) => n * 2 + i + 1)
    const windows = [0, 1].map((i) => honest(server().target, random(`${SEED} ${i}`), pairs(i), seen, stop.signal, { most: 5 }))
    const held: Socket[] = []
    for (let n = 0; n < TIMES; n++) {
      await attack(name, server().target, numbers, held)
      await pause(numbers.int(20))
    }
    await Promise.all(windows)
    for (const socket of held) socket.destroy()
    expect(seen.errors).toEqual([])
    expect(seen.labels).toBe(10)
    expect(server().alive).toBe(true)
    // Whoever attacks fills no log.
    expect(server().log).toBe('')
  })

  it('ends in good order, with every label that it acknowledged', async () => {
    const labels = (Object.keys(STRANGERS).length + Object.keys(KNOWN).length) * 10
    expect(await server().end()).toBe(0)
    const db = new Sqlite(join(scratch.project, 'project.db'), { readonly: true })
    expect(db.prepare('SELECT count(*) AS n FROM annotations').get()).toEqual({ n: labels })
    db.close()
  })
})

describe('one client and the others', () => {
  const { server } = tortured()

  /** A window that keeps the numbers of the calls answered, in their order. */
  async function window(): Promise<{
    webSocket: WebSocket
    answered: string[]
    call(id: string, path: string, input?: unknown): void
    until(id: string): Promise<void>
  }> {
    const { port, cookie } = server().target
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers: { cookie, origin: `http://127.0.0.1:${port}` } })
    await new Promise((resolve) => webSocket.once('open', resolve))
    const answered: string[] = []
    const waiting = new Map<string, () => void>()
    webSocket.on('message', (data: Buffer) => {
      const { i } = JSON.parse(data.toString('utf8')) as { i: string }
      answered.push(i)
      waiting.get(i)?.()
    })
    return {
      webSocket,
      answered,
      call: (id, path, input) => webSocket.send(JSON.stringify({ i: id, p: { u: path, b: { json: input } } })),
      until: (id) => new Promise((resolve) => (answered.includes(id) ? resolve() : waiting.set(id, resolve))),
    }
  }

  it('answers another window at once, whatever one window has asked', async () => {
    const [flood, other] = [await window(), await window()]
    for (let i = 0; i < 400; i++) flood.call(String(i), '/pairs/list', { limit: 100 })
    await flood.until('5')
    other.call('other', '/pairs/list', { limit: 100 })
    await other.until('other')
    // Counted, not timed: of 400 calls no more were answered than have places, and what was on its way.
    expect(flood.answered.length).toBeLessThan(60)
    await flood.until('399')
    expect(flood.answered.length).toBe(400)
    for (const { webSocket } of [flood, other]) webSocket.terminate()
  })

  it('never runs what its client no longer waits for', async () => {
    const [gone, other] = [await window(), await window()]
    // Far more than run at a time, so that the labels behind them wait.
    for (let i = 0; i < 50; i++) gone.call(String(i), '/pairs/list', { limit: 200 })
    for (let i = 0; i < 5; i++) gone.call(`label ${i}`, '/review/annotate', { pairId: 1, action: 'keep' })
    for (let i = 0; i < 5; i++) gone.webSocket.send(JSON.stringify({ i: `label ${i}`, t: 4 }))
    gone.call('last', '/pairs/get', { pairId: 1 })
    await gone.until('last')
    expect(gone.answered.filter((id) => id.startsWith('label'))).toEqual([])
    other.call('pair', '/pairs/get', { pairId: 1 })
    const pair = new Promise<{ b: { json: { history: unknown[] } } }>((resolve) => {
      other.webSocket.once('message', (data: Buffer) => resolve((JSON.parse(data.toString('utf8')) as { p: never }).p))
    })
    expect((await pair).b.json.history).toEqual([])
    for (const { webSocket } of [gone, other]) webSocket.terminate()
  })

  it('keeps the order of what one window asks', async () => {
    const asked = await window()
    const ids = Array.from({ length: 200 }, (_, i) => String(i))
    for (const id of ids) asked.call(id, '/review/annotate', { pairId: 2, action: 'keep' })
    await asked.until('199')
    expect(asked.answered).toEqual(ids)
    asked.webSocket.terminate()
  })

  it('refuses the seventeenth stream, and goes on with the others', async () => {
    const greedy = await window()
    for (let i = 0; i < 17; i++) greedy.call(`s${i}`, '/events/subscribe')
    const refused = new Promise<{ b: { json: { code: string; data: { remedy: string } } } }>((resolve) => {
      greedy.webSocket.on('message', (data: Buffer) => {
        const { i, p } = JSON.parse(data.toString('utf8')) as { i: string; p: never }
        if (i === 's16') resolve(p)
      })
    })
    expect((await refused).b.json).toMatchObject({ code: 'BUSY', data: { remedy: expect.any(String) as string } })
    greedy.call('label', '/review/annotate', { pairId: 3, action: 'keep' })
    await greedy.until('label')
    greedy.webSocket.terminate()
  })
})

/** A server in this process on a project of long pairs. */
async function serving(limits: Partial<WebSocketLimits> = {}) {
  const scratch = new Scratch()
  torturedProject(scratch.project, PAIRS, 4000)
  const userDir = homeOf(scratch.project)
  const backend = new Backend({ ...places(), userDir })
  const router = createRouter(backend)
  const server = await serve({
    composition: { router, projectPath: () => null, onProject: () => {}, close: () => backend.close() },
    assets: assetsFolder(),
    userDir,
    limits,
  })
  const entry = await fetch(server.url, { redirect: 'manual' })
  const headers = { cookie: entry.headers.get('set-cookie')!.split(';')[0]!, origin: server.origin }
  await backend.open(scratch.project)
  return {
    backend,
    async open(): Promise<WebSocket> {
      const webSocket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers })
      await new Promise((resolve) => webSocket.once('open', resolve))
      return webSocket
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await server.close()
      await backend.close()
      scratch[Symbol.dispose]()
    },
  }
}

const ask = (webSocket: WebSocket, i: number, path: string, input?: unknown): void =>
  webSocket.send(JSON.stringify({ i: String(i), p: { u: path, b: { json: input } } }))

/** Resolves once the server has dropped a paused socket, which does not notice its end: what it can no longer send says so. */
const dropped = (webSocket: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(() => webSocket.send('{', (error) => error && (clearInterval(timer), resolve())), 50)
  })

describe('a client that does not read', () => {
  it.each([
    ['for long', { lookMs: 50, silenceMs: 1500 }],
    ['while much waits for it', { allUnreadBytes: 1024 * 1024 }],
  ])('%s is dropped, and one that is silent but reads is not', async (_, limits) => {
    await using server = await serving(limits)
    const [deaf, silent] = [await server.open(), await server.open()]
    deaf.pause()
    for (let i = 0; i < 300; i++) ask(deaf, i, '/pairs/list', { limit: 500 })
    let closed = false
    silent.once('close', () => (closed = true))
    // What is dropped for its bytes is dropped as answers go out to others.
    const others = setInterval(() => ask(silent, 0, '/pairs/get', { pairId: 1 }), 200)
    await dropped(deaf)
    clearInterval(others)
    expect(closed).toBe(false)
    expect(silent.readyState).toBe(WebSocket.OPEN)
    silent.terminate()
  })

  it('leaves nothing that listens or waits behind', async () => {
    await using server = await serving()
    const before = server.backend.events.listeners
    const windows = await Promise.all(Array.from({ length: 10 }, () => server.open()))
    for (const window of windows) for (let i = 0; i < 40; i++) ask(window, i, i % 2 ? '/events/subscribe' : '/pairs/list', { limit: 500 })
    const busy = new Promise<void>((resolve) => windows[0]!.on('message', (data: Buffer) => data.includes('BUSY') && resolve()))
    await busy
    expect(server.backend.events.listeners).toBeGreaterThan(before)
    for (const window of windows) window.terminate()
    while (server.backend.events.listeners > before) await pause(20)
    expect(server.backend.events.listeners).toBe(before)
  })
})
