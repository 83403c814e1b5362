import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { socketBackend } from './backends.ts'

type Backend = Awaited<ReturnType<typeof socketBackend>>
type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }

let home: string
let backend: Backend
let project: string
let hash: string

/** A request just as written: `fetch` would tidy the path up and set its own Host. */
function raw(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port, host } = new URL(backend.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: { host, cookie: backend.cookie, ...headers } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The HTTP status with which the server turns a WebSocket away, or 101. */
function upgrade(headers: Record<string, string>, path = '/rpc'): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${backend.url.replace('http', 'ws')}${path}`, { headers })
    socket.on('unexpected-response', (_request, answer) => resolve(answer.statusCode!))
    socket.on('error', () => undefined)
    socket.on('open', () => {
      socket.close()
      resolve(101)
    })
  })
}

/** Puts bytes into the project's media folder under their content hash. */
async function addMedia(bytes: Buffer): Promise<string> {
  const name = createHash('sha256').update(bytes).digest('hex')
  await mkdir(join(project, 'media', name.slice(0, 2)), { recursive: true })
  await writeFile(join(project, 'media', name.slice(0, 2), name), bytes)
  return name
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-serve-'))
  backend = await socketBackend(home)
  const { client } = await backend.connect()
  project = (await client.projects.create({ path: join(home, 'p') })).path
  hash = await addMedia(
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  )
})
afterAll(async () => {
  await backend.close()
  await rm(home, { recursive: true, force: true })
})

describe('who may enter', () => {
  it('turns away who has no token, wherever they go', async () => {
    for (const path of ['/', '/index.html', `/media/${hash}`, '/nothing', '/?token=', '/?token=wrong']) {
      expect((await raw(path, { cookie: '' })).status, path).toBe(401)
    }
  })

  it('sets a cookie that scripts and other sites cannot use, and takes the token out of the address', async () => {
    const { searchParams, pathname, search } = new URL(backend.entry)
    const entry = await raw(pathname + search, { cookie: '' })
    expect(entry.status).toBe(303)
    expect(entry.headers['location']).toBe('/')
    expect(entry.headers['cache-control']).toBe('no-store')
    expect(String(entry.headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(searchParams.get('token')!.length).toBeGreaterThanOrEqual(43)
    expect(String(entry.headers['set-cookie'])).not.toContain(searchParams.get('token'))
  })

  it('refuses a foreign host name, as DNS rebinding brings one', async () => {
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example']) {
      expect((await raw('/', { host })).status, host).toBe(403)
    }
    const { port } = new URL(backend.url)
    expect((await raw('/', { host: `localhost:${port}` })).status).toBe(200)
  })

  it('refuses pages of another origin', async () => {
    expect((await raw('/', { origin: 'http://evil.example' })).status).toBe(403)
    expect((await raw('/', { origin: 'null' })).status).toBe(403)
    expect((await raw('/', { origin: 'http://127.0.0.1:1' })).status).toBe(403)
  })

  it('guards the WebSocket with all three locks', async () => {
    const { cookie, url } = backend
    expect(await upgrade({ cookie, origin: url })).toBe(101)
    expect(await upgrade({ origin: url })).toBe(401)
    expect(await upgrade({ cookie: `${cookie}x`, origin: url })).toBe(401)
    expect(await upgrade({ cookie })).toBe(403)
    expect(await upgrade({ cookie, origin: 'http://evil.example' })).toBe(403)
    expect(await upgrade({ cookie, origin: url, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await upgrade({ cookie, origin: 'http://evil.example', host: 'evil.example' })).toBe(403)
    expect(await upgrade({ cookie, origin: url }, '/other')).toBe(400)
  })

  it('answers to GET and HEAD only', async () => {
    expect((await raw('/', {}, 'POST')).status).toBe(405)
    expect((await raw('/', {}, 'HEAD')).status).toBe(200)
  })
})

describe('what is served', () => {
  it('sends every answer with a policy that allows nothing unsafe', async () => {
    for (const path of ['/', '/nothing', `/media/${hash}`]) {
      const { headers } = await raw(path)
      const policy = String(headers['content-security-policy'])
      expect(policy, path).toMatch(/default-src 'none'/)
      expect(policy, path).not.toMatch(/unsafe|\*/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cross-origin-resource-policy']).toBe('same-origin')
    }
    expect(String((await raw('/')).headers['content-security-policy'])).toMatch(/require-trusted-types-for 'script'/)
  })

  it('keeps to its folder', async () => {
    const outside = [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/assets/../../../package.json',
      '/%2e%2e%5cpackage.json',
      '//etc/passwd',
      '/.env',
      '/%00',
      '/index.html%00.js',
      '/%',
    ]
    for (const path of outside) expect([400, 404], path).toContain((await raw(path)).status)
  })

  it('shows images of the open project by their hash and by nothing else', async () => {
    const image = await raw(`/media/${hash}`)
    expect(image.status).toBe(200)
    expect(image.headers['content-type']).toBe('image/png')
    expect(createHash('sha256').update(image.body).digest('hex')).toBe(hash)
    for (const name of ['', hash.slice(1), hash.toUpperCase(), `${hash}0`, `..%2f${hash}`, '..%2f..%2fproject.db', '0'.repeat(64)]) {
      expect((await raw(`/media/${name}`)).status, name).toBe(404)
    }
  })

  it('shows thumbnails by the same hash, and the image itself where there is none', async () => {
    const before = await raw(`/media/thumbnail/${hash}`)
    expect([before.status, before.headers['content-type'], before.headers['cache-control']]).toEqual([
      200,
      'image/png',
      'private, max-age=60',
    ])
    const folder = join(project, 'media', 'thumbnails', hash.slice(0, 2))
    await mkdir(folder, { recursive: true })
    const small = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
      .webp()
      .toBuffer()
    await writeFile(join(folder, `${hash}.webp`), small)
    const after = await raw(`/media/thumbnail/${hash}`)
    expect([after.status, after.headers['content-type'], after.headers['cache-control']]).toEqual([
      200,
      'image/webp',
      expect.stringContaining('immutable'),
    ])
    expect(after.body).toEqual(small)
    expect((await raw(`/media/${hash}`)).headers['content-type']).toBe('image/png')
    for (const name of ['', `${hash}.webp`, hash.toUpperCase(), `..%2f${hash}`, `x/${hash}`, '0'.repeat(64)]) {
      expect((await raw(`/media/thumbnail/${name}`)).status, name).toBe(404)
    }
    expect((await raw(`/media/thumbnail/${hash}`, { cookie: '' })).status).toBe(401)
    // A link in its place leads nowhere: the image itself is shown.
    const secret = join(home, 'other.webp')
    await writeFile(
      secret,
      await sharp({ create: { width: 4, height: 4, channels: 3, background: 'blue' } })
        .webp()
        .toBuffer(),
    )
    const linked = await addMedia(
      await sharp({ create: { width: 5, height: 5, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    )
    await mkdir(join(project, 'media', 'thumbnails', linked.slice(0, 2)), { recursive: true })
    await symlink(secret, join(project, 'media', 'thumbnails', linked.slice(0, 2), `${linked}.webp`))
    expect((await raw(`/media/thumbnail/${linked}`)).headers['content-type']).toBe('image/png')
  })

  it('never sends what is no raster image, whatever the dataset holds', async () => {
    const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for (const bytes of [script, '<!doctype html><script>alert(1)</script>', 'GIF87', '']) {
      expect((await raw(`/media/${await addMedia(Buffer.from(bytes))}`)).status, bytes).toBe(404)
    }
    const image = await raw(`/media/${hash}`)
    expect(image.headers['content-security-policy']).toBe("default-src 'none'; sandbox")
  })

  it('follows no link out of the project', async () => {
    const secret = join(home, 'secret.png')
    await writeFile(
      secret,
      await sharp({ create: { width: 4, height: 4, channels: 3, background: 'blue' } })
        .png()
        .toBuffer(),
    )
    const name = 'ab'.repeat(32)
    await mkdir(join(project, 'media', 'ab'), { recursive: true })
    await symlink(secret, join(project, 'media', 'ab', name))
    expect((await raw(`/media/${name}`)).status).toBe(404)
  })

  it('waits for no pipe in the place of an image', async () => {
    const name = 'cd'.repeat(32)
    await mkdir(join(project, 'media', 'cd'), { recursive: true })
    execFileSync('mkfifo', [join(project, 'media', 'cd', name)])
    // More than there are threads for files: each would be lost if one waited.
    for (let i = 0; i < 8; i++) expect((await raw(`/media/${name}`)).status).toBe(404)
    expect((await raw(`/media/${hash}`)).status).toBe(200)
  })

  it('refuses bodies and addresses without end', async () => {
    expect((await raw('/', { 'content-length': '5' })).status).toBe(413)
    expect((await raw('/', { 'transfer-encoding': 'chunked' })).status).toBe(413)
    expect((await raw(`/${'a'.repeat(3000)}`)).status).toBe(414)
    expect((await raw('/', { x: 'a'.repeat(20_000) })).status).toBe(431)
  })

  it('forgets the images when the project closes', async () => {
    const { client } = await backend.connect()
    await client.projects.close()
    expect((await raw(`/media/${hash}`)).status).toBe(404)
    await client.projects.open({ path: project })
    expect((await raw(`/media/${hash}`)).status).toBe(200)
  })

  it('listens on this machine only', async () => {
    const { port } = new URL(backend.url)
    const outward = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    for (const { address, family } of outward.filter((each) => !each.internal && each.family === 'IPv4')) {
      const connected = await new Promise<boolean>((resolve) => {
        const socket = connect({ host: address, port: Number(port), timeout: 2000 })
        const answer = (open: boolean): void => {
          socket.destroy()
          resolve(open)
        }
        socket.on('connect', () => answer(true))
        socket.on('error', () => answer(false))
        socket.on('timeout', () => answer(false))
      })
      expect(connected, `${address} (${family})`).toBe(false)
    }
  })
})
