import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ImageFetcher, type FetchLimits } from './fetch.ts'

const quick: Partial<FetchLimits> = { timeoutMs: 400, backOffMs: 5, pauseMs: 0, longestWaitMs: 1500 }

let server: Server
let other: Server
let host = ''
let elsewhere = ''
let asked: { path: string; at: number; cookie: string | undefined }[] = []
let running = 0
let most = 0
let image: Buffer
const answers: Record<string, (request: IncomingMessage, response: ServerResponse, nth: number) => void> = {}

const listening = (handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> =>
  new Promise((resolve) => {
    const made = createServer(handler).listen(0, '127.0.0.1', () => resolve(made))
  })
const hostOf = (made: Server) => `127.0.0.1:${(made.address() as AddressInfo).port}`

beforeAll(async () => {
  image = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  server = await listening((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, at: Date.now(), cookie: request.headers.cookie })
    running++
    most = Math.max(most, running)
    response.on('close', () => running--)
    const answer = answers[path.split('?')[0] ?? '']
    if (answer) answer(request, response, asked.filter((each) => each.path === path).length)
    else response.writeHead(404).end()
  })
  other = await listening((_, response) => response.end(image))
  host = hostOf(server)
  elsewhere = hostOf(other)
  answers['/good.png'] = (_, response) => setTimeout(() => response.writeHead(200, { 'set-cookie': 'a=b' }).end(image), 20)
})
afterAll(() => {
  for (const each of [server, other]) {
    each.closeAllConnections()
    each.close()
  }
})
beforeEach(() => {
  asked = []
  most = 0
})

const fetcher = (hosts = [host], limits: Partial<FetchLimits> = {}, signal = new AbortController().signal) =>
  new ImageFetcher(hosts, signal, { ...quick, ...limits })
const url = (path: string, at = host) => `http://${at}${path}`

describe('fetching images', () => {
  test('takes what is there, without cookies', async () => {
    const from = fetcher()
    expect(await from.fetch(url('/good.png'))).toEqual(image)
    expect(await from.fetch(url('/good.png?again'))).toEqual(image)
    expect(asked.map(({ cookie }) => cookie)).toEqual([undefined, undefined])
  })

  test('asks nobody that the user did not agree to: another host, another port, a redirection there, another scheme', async () => {
    answers['/away.png'] = (_, response) => response.writeHead(302, { location: url('/x.png', elsewhere) }).end()
    answers['/file.png'] = (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    await expect(fetcher([]).fetch(url('/good.png'))).rejects.toMatchObject({ reason: expect.stringMatching(/are not allowed/) })
    await expect(fetcher(['127.0.0.1']).fetch(url('/good.png'))).rejects.toMatchObject({
      reason: expect.stringMatching(/are not allowed/),
    })
    expect(asked).toEqual([])
    await expect(fetcher().fetch(url('/away.png'))).rejects.toMatchObject({ reason: expect.stringContaining(`redirects to ${elsewhere}`) })
    await expect(fetcher().fetch(url('/file.png'))).rejects.toMatchObject({ reason: expect.stringMatching(/not a web address/) })
    await expect(fetcher().fetch(`http://user:word@${host}/good.png`)).rejects.toMatchObject({ reason: expect.stringMatching(/password/) })
    expect(await fetcher([host, elsewhere]).fetch(url('/away.png'))).toEqual(image)
  })

  test('follows a few redirections and no circle', async () => {
    answers['/one'] = (_, response) => response.writeHead(301, { location: '/two' }).end()
    answers['/two'] = (_, response) => response.writeHead(307, { location: 'good.png' }).end()
    answers['/nowhere'] = (_, response) => response.writeHead(302, { location: 'http://[' }).end()
    answers['/round'] = (_, response) => response.writeHead(302, { location: '/round' }).end()
    expect(await fetcher().fetch(url('/one'))).toEqual(image)
    await expect(fetcher().fetch(url('/round'))).rejects.toMatchObject({ reason: expect.stringMatching(/more than 5 times/) })
    await expect(fetcher().fetch(url('/nowhere'))).rejects.toMatchObject({ reason: expect.stringMatching(/not a web address/) })
  })

  test('tries again where the server is busy, waits as long as it says, and gives up after three times', async () => {
    answers['/busy.png'] = (_, response, nth) => (nth < 3 ? response.writeHead(503).end() : response.end(image))
    answers['/later.png'] = (_, response, nth) => (nth < 2 ? response.writeHead(429, { 'retry-after': '1' }).end() : response.end(image))
    answers['/never.png'] = (_, response) => response.writeHead(500).end()
    answers['/tomorrow.png'] = (_, response) => response.writeHead(429, { 'retry-after': '86400' }).end()
    expect(await fetcher().fetch(url('/busy.png'))).toEqual(image)
    expect(await fetcher().fetch(url('/later.png'))).toEqual(image)
    const [first, second] = asked.filter(({ path }) => path === '/later.png')
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
    await expect(fetcher().fetch(url('/never.png'))).rejects.toMatchObject({
      reason: expect.stringMatching(/3 attempts: the server answered 500/),
    })
    expect(asked.filter(({ path }) => path === '/never.png')).toHaveLength(3)
    await expect(fetcher().fetch(url('/tomorrow.png'))).rejects.toMatchObject({ reason: expect.stringMatching(/wait 86400 s/) })
    await expect(fetcher().fetch(url('/gone.png'))).rejects.toMatchObject({ reason: 'The server answered 404.' })
    expect(asked.filter(({ path }) => path === '/gone.png')).toHaveLength(1)
  })

  test('does not wait for an answer that never ends, nor take one without end or one that unpacks to too much', async () => {
    answers['/slow.png'] = (_, response) => void response.write('x')
    answers['/endless.png'] = (_, response) => {
      const block = Buffer.alloc(1 << 20)
      const more = (): void => {
        while (!response.destroyed && response.write(block));
      }
      response.on('drain', more)
      more()
    }
    answers['/huge.png'] = (_, response) => response.writeHead(200, { 'content-length': String(2 ** 31) }).end()
    answers['/bomb.png'] = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(70 * 2 ** 20)))
    await expect(fetcher([host], { tries: 1 }).fetch(url('/slow.png'))).rejects.toMatchObject({
      reason: expect.stringMatching(/within 0.4 s/),
    })
    const patient = fetcher([host], { timeoutMs: 20_000 })
    for (const path of ['/endless.png', '/huge.png', '/bomb.png']) {
      await expect(patient.fetch(url(path)), path).rejects.toMatchObject({ reason: expect.stringMatching(/At most \d+ bytes/) })
    }
  })

  test('asks one host for two things at once at most, with a pause in between', async () => {
    const from = fetcher([host], { pauseMs: 30 })
    await Promise.all(Array.from({ length: 8 }, (_, i) => from.fetch(url(`/good.png?${i}`))))
    expect(most).toBeLessThanOrEqual(2)
    const times = asked.map(({ at }) => at).sort((a, b) => a - b)
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(7 * 30 - 20)
  })

  test('stops asking a host that does not respond', async () => {
    const dead = await listening(() => undefined)
    const name = hostOf(dead)
    await new Promise((resolve) => dead.close(resolve))
    const from = fetcher([name], { tries: 1, silence: 3 })
    const reasons: string[] = []
    for (let i = 0; i < 5; i++) await from.fetch(url(`/${i}.png`, name)).catch((error: { reason: string }) => reasons.push(error.reason))
    expect(reasons.slice(0, 3).every((reason) => reason.includes('ECONNREFUSED'))).toBe(true)
    expect(reasons.slice(3).every((reason) => reason.includes('stopped asking it'))).toBe(true)
  })

  test('ends at once when it is stopped', async () => {
    answers['/hang.png'] = () => undefined
    const control = new AbortController()
    const work = fetcher([host], { timeoutMs: 60_000 }, control.signal).fetch(url('/hang.png'))
    setTimeout(() => control.abort(new Error('stopped')), 50)
    await expect(work).rejects.toThrow('stopped')
  })
})
