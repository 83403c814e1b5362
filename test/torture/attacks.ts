import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../src/core/random.ts'

/** A server and a session on it. Strangers do without the session. */
export interface Target {
  port: number
  cookie: string
}

/**
 * One piece of abuse. It resolves when it has done what it does; sockets that it leaves open on purpose go to `held`, from
 * which the caller takes the oldest away. It never rejects: what the server does to it is the server's affair.
 */
export type Attack = (target: Target, random: Random, held: Socket[]) => Promise<void>

/** Sockets of an attacker that stay open at a time. */
const HELD = 300

/** Does one piece of abuse. */
export async function attack(name: string, target: Target, random: Random, held: Socket[]): Promise<void> {
  await (STRANGERS[name] ?? KNOWN[name])!(target, random, held)
  for (const socket of held.splice(0, Math.max(0, held.length - HELD))) leave(socket, random)
}

const open = ({ port }: Target): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(socket))
    socket.once('connect', () => resolve(socket))
  })

const write = (socket: Socket, data: string | Buffer): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed || !socket.writable) return resolve()
    // A server that leaves the socket unread never lets this end.
    const giveUp = setTimeout(resolve, 200)
    socket.write(data, () => {
      clearTimeout(giveUp)
      resolve()
    })
  })

const handshake = ({ port, cookie }: Target, more = ''): string =>
  [
    'GET /rpc HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Origin: http://127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Cookie: ${cookie}${more}`,
    '\r\n',
  ].join('\r\n')

/** An upgraded socket; destroyed if the server would not. */
async function upgraded(target: Target): Promise<Socket> {
  const socket = await open(target)
  await write(socket, handshake(target))
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve())
    socket.once('close', () => resolve())
  })
  return socket
}

/** A masked frame, as browsers send them. The mask is zero, so that the payload stands as it is. */
function frame(
  payload: string | Buffer,
  { opcode = 1, fin = true, claimed }: { opcode?: number; fin?: boolean; claimed?: number } = {},
): Buffer {
  const body = Buffer.from(payload as string)
  const size = claimed ?? body.length
  const head = Buffer.alloc(size < 126 ? 6 : size < 65_536 ? 8 : 14)
  head[0] = (fin ? 0x80 : 0) | opcode
  if (size < 126) head[1] = 0x80 | size
  else if (size < 65_536) {
    head[1] = 0xfe
    head.writeUInt16BE(size, 2)
  } else {
    head[1] = 0xff
    head.writeBigUInt64BE(BigInt(size), 2)
  }
  return Buffer.concat([head, body])
}

const call = (id: number | string, path: string, input?: unknown): string =>
  JSON.stringify({ i: String(id), p: { u: path, b: { json: input } } })

/** Ends a socket in one of the ways in which sockets end. */
function leave(socket: Socket, random: Random): void {
  const how = random.int(3)
  if (how === 0) socket.end()
  else if (how === 1) socket.destroy()
  else socket.resetAndDestroy()
}

/** A text with a few bytes changed, cut out or put in. */
function mutated(text: string, random: Random): Buffer {
  const bytes = [...Buffer.from(text)]
  for (let n = random.int(8) + 1; n > 0; n--) {
    const at = random.int(bytes.length)
    const how = random.int(3)
    if (how === 0) bytes[at] = random.int(256)
    else if (how === 1) bytes.splice(at, random.int(40) + 1)
    else bytes.splice(at, 0, ...randomBytes(random.int(40) + 1))
    if (bytes.length === 0) break
  }
  return Buffer.from(bytes)
}

/** What anybody on the machine can do, without a session. */
export const STRANGERS: Record<string, Attack> = {
  'upgrades that are refused, and reset': async (target, random) => {
    const socket = await open(target)
    const cookie = random.pick(['', 'blindfold-000000000000=1.x', target.cookie.slice(0, -1), target.cookie])
    const text = handshake(
      { ...target, cookie },
      random.pick(['', '\r\nHost: evil.example', '\r\nOrigin: http://evil.example', '\r\nSec-WebSocket-Key: ?']),
    )
    void write(socket, text.slice(0, random.next() < 0.5 ? text.length : random.int(text.length)))
    await pause(random.int(4))
    socket.resetAndDestroy()
  },
  'malformed upgrades': async (target, random) => {
    const socket = await open(target)
    await write(socket, mutated(handshake(target), random))
    await pause(random.int(10))
    leave(socket, random)
  },
  'bytes without sense': async (target, random) => {
    const socket = await open(target)
    await write(socket, randomBytes(random.int(4096) + 1))
    leave(socket, random)
  },
  'slow headers': async (target, random, held) => {
    const socket = await open(target)
    const text = handshake(target)
    held.push(socket)
    void (async () => {
      for (let at = 0; at < text.length && !socket.destroyed; at++) {
        await write(socket, text.slice(at, at + 1))
        await pause(50 + random.int(300))
      }
    })()
  },
  'slow bodies': async (target, _random, held) => {
    const socket = await open(target)
    held.push(socket)
    await write(socket, `POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nContent-Length: 1000000\r\n\r\n{`)
    void (async () => {
      while (!socket.destroyed) {
        await write(socket, ' ')
        await pause(400)
      }
    })()
  },
  'floods of sockets': async (target, _random, held) => {
    held.push(...(await Promise.all(Array.from({ length: 40 }, () => open(target)))))
  },
  'addresses and headers that are too long': async (target, random) => {
    const socket = await open(target)
    const long = 'a'.repeat(random.pick([3000, 15_000, 100_000]))
    await write(socket, `GET /${random.next() < 0.5 ? long : ''} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nX: ${long}\r\n\r\n`)
    leave(socket, random)
  },
  'a thousand requests in one go': async (target, random, held) => {
    const socket = await open(target)
    socket.pause()
    held.push(socket)
    const cookie = random.next() < 0.5 ? target.cookie : ''
    await write(socket, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nCookie: ${cookie}\r\n\r\n`.repeat(1000))
  },
}

/** What a program with a session can do: a defect of the interface, or a browser extension gone wild. */
export const KNOWN: Record<string, Attack> = {
  'hundreds of calls at once': async (target, random) => {
    const socket = await upgraded(target)
    socket.resume()
    const calls = Array.from({ length: 600 }, (_, i) => frame(call(i, '/pairs/list', { limit: 100, sort: random.pick(['id', '-id']) })))
    await write(socket, Buffer.concat(calls))
    await pause(500)
    leave(socket, random)
  },
  'calls, and gone': async (target, random) => {
    const socket = await upgraded(target)
    const paths = ['/pairs/list', '/pairs/facets', '/jobs/list', '/projects/current', '/scan/report', '/events/subscribe']
    for (let i = 0; i < 20; i++) void write(socket, frame(call(i, random.pick(paths), {})))
    await pause(random.int(30))
    socket.resetAndDestroy()
  },
  'calls that are cancelled at once': async (target, random) => {
    const socket = await upgraded(target)
    socket.resume()
    const calls = Array.from({ length: 300 }, (_, i) => [
      frame(call(i, '/pairs/list', { limit: 500 })),
      frame(JSON.stringify({ i: String(i), t: 4 })),
    ])
    await write(socket, Buffer.concat(calls.flat()))
    await pause(100)
    leave(socket, random)
  },
  'clients that never read': async (target, _random, held) => {
    const socket = await upgraded(target)
    socket.pause()
    held.push(socket)
    const calls = [
      frame(call('s', '/events/subscribe')),
      ...Array.from({ length: 200 }, (_, i) => frame(call(i, '/pairs/list', { limit: 500 }))),
    ]
    await write(socket, Buffer.concat(calls))
    void write(socket, Buffer.concat(Array.from({ length: 5000 }, () => frame('x'.repeat(100), { opcode: 9 }))))
  },
  'messages that are too large': async (target, random) => {
    const socket = await upgraded(target)
    await write(socket, frame('', { claimed: 2 ** random.pick([24, 33, 52]) }))
    await write(socket, randomBytes(65_536))
    await pause(20)
    leave(socket, random)
  },
  'large messages that never end': async (target, random, held) => {
    const socket = await upgraded(target)
    held.push(socket)
    await write(socket, frame('', { claimed: 8 * 1024 * 1024 }))
    await write(socket, randomBytes(random.int(200_000)))
  },
  'deep and wide inputs': async (target, random) => {
    const socket = await upgraded(target)
    socket.resume()
    const depth = random.pick([1000, 100_000, 1_000_000])
    const inputs = [
      `{"i":"1","p":{"u":"/pairs/list","b":{"json":${'['.repeat(depth)}${']'.repeat(depth)}}}}`,
      `{"i":"1","p":{"u":"/pairs/list","b":{"json":${'{"filter":'.repeat(depth)}1${'}'.repeat(depth)}}}}`,
      `${'['.repeat(depth)}`,
      JSON.stringify({ i: '1', p: { u: '/pairs/list', b: { json: { filter: { sources: Array.from({ length: depth }, () => 'a') } } } } }),
      JSON.stringify({
        i: '1',
        p: { u: '/pairs/list', b: { json: {}, meta: Array.from({ length: depth / 10 }, () => [1, '__proto__', 'x']) } },
      }),
    ]
    await write(socket, frame(random.pick(inputs)))
    await pause(50)
    leave(socket, random)
  },
  'messages that are no calls': async (target, random) => {
    const socket = await upgraded(target)
    socket.resume()
    const messages = [
      '',
      '{',
      'null',
      '[]',
      '{"i":1}',
      '{"i":"1","p":{"u":"http://evil.example/"}}',
      '{"i":"1","t":3,"p":{"e":"message","d":1}}',
      '{"i":"1","p":{"u":"/pairs/list","m":"GET"}}',
      '{"i":"1","p":{"u":"/x","h":{"content-type":"multipart/form-data; boundary=x"}}}',
      '{"__proto__":{"i":"1"},"i":"1","p":{"u":"/pairs/constructor"}}',
      call('1', '/pairs/list', { limit: -1 }),
      call('1', '/pairs/list', { cursor: 'x'.repeat(1e6) }),
      call('1', '/../../etc/passwd'),
      call('1', '/%00/%ff'),
    ]
    await write(socket, frame(random.pick(messages)))
    await pause(10)
    leave(socket, random)
  },
  'frames that are no frames': async (target, random) => {
    const socket = await upgraded(target)
    const frames = [
      randomBytes(random.int(2000) + 2),
      frame('a', { opcode: 3 }),
      frame(Buffer.from([0xff, 0xfe]), { opcode: 1 }),
      frame('x'.repeat(200), { opcode: 9 }),
      frame('x', { opcode: 0 }),
      Buffer.concat(Array.from({ length: 20_000 }, (_, i) => frame('[', { opcode: i === 0 ? 1 : 0, fin: false }))),
      Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]),
      frame('\u0003\u0000', { opcode: 8 }),
    ]
    await write(socket, random.pick(frames))
    await pause(10)
    leave(socket, random)
  },
  'files and binary messages': async (target, random) => {
    const socket = await upgraded(target)
    await write(
      socket,
      frame(
        Buffer.concat([
          Buffer.from('{"i":"1","p":{"u":"/pairs/list","h":{"content-disposition":"x"}}}'),
          Buffer.from([255]),
          randomBytes(1000),
        ]),
        { opcode: 2 },
      ),
    )
    leave(socket, random)
  },
  'streams without number': async (target, random, held) => {
    const socket = await upgraded(target)
    socket.resume()
    await write(socket, Buffer.concat(Array.from({ length: 500 }, (_, i) => frame(call(i, '/events/subscribe')))))
    if (random.next() < 0.5) held.push(socket)
    else leave(socket, random)
  },
  'pings without number': async (target, random, held) => {
    const socket = await upgraded(target)
    socket.pause()
    held.push(socket)
    void write(socket, Buffer.concat(Array.from({ length: 10_000 }, () => frame('p'.repeat(random.int(125)), { opcode: 9 }))))
  },
  'windows without number': async (target, _random, held) => {
    const sockets = await Promise.all(Array.from({ length: 30 }, () => upgraded(target)))
    for (const socket of sockets) socket.resume()
    held.push(...sockets)
  },
}
