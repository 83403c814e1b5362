import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'
import { WebSocket } from 'ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLI } from './backends.ts'

type Running = { child: ChildProcess; lines: Interface; url: string; origin: string }

let home: string
let running: Running[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-sessions-'))
  running = []
})
afterEach(async () => {
  for (const { child } of running) await end(child)
  await rm(home, { recursive: true, force: true })
})

async function start(options: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BLINDFOLD_HOME: home, ...env },
  })
  const lines = createInterface(child.stdout!)
  const [line] = (await once(lines, 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  running.push({ child, lines, url, origin: new URL(url).origin })
  return running.at(-1)!
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function enter(url: string, headers: Record<string, string> = {}): Promise<{ status: number; cookie: string; body: string }> {
  const entry = await fetch(url, { redirect: 'manual', headers })
  return { status: entry.status, cookie: entry.headers.get('set-cookie')?.split(';')[0] ?? '', body: await entry.text() }
}

const status = async (origin: string, cookie: string): Promise<number> => (await fetch(`${origin}/`, { headers: { cookie } })).status

const signOut = () =>
  promisify(execFile)(process.execPath, [CLI, 'serve', '--sign-out', '--json'], { env: { ...process.env, BLINDFOLD_HOME: home } })

const key = () => join(home, 'serve.key')

describe('sessions', () => {
  it('outlive the server on the same port, and are worth nothing elsewhere', async () => {
    const first = await start()
    const { cookie } = await enter(first.url)
    expect(await status(first.origin, cookie)).toBe(200)
    await end(first.child)
    const { port } = new URL(first.origin)
    const second = await start(['--port', port])
    expect(await status(second.origin, cookie)).toBe(200)
    // The token is good for one server only.
    expect((await enter(first.url)).status).toBe(401)
    const other = await start()
    expect(await status(other.origin, cookie)).toBe(401)
    expect(await status(other.origin, cookie.replace(/^[^=]*/, (await enter(other.url)).cookie.replace(/=.*/, '')))).toBe(401)
  })

  it('are refused if anything in them was changed, or they are over', async () => {
    const { url, origin } = await start()
    const { cookie } = await enter(url)
    const [name = '', value = ''] = cookie.split('=')
    const [until = '', signature = ''] = value.split('.')
    const changed = [
      `${Number(until) + 1}.${signature}`,
      `${until}.${signature.slice(1)}`,
      `0${until}.${signature}`,
      `${until}.`,
      until,
      '',
      `${until}.${signature}x`,
      `1.${signature}`,
    ]
    // A number is a number: a zero in front of it changes nothing that is signed.
    for (const each of changed) expect(await status(origin, `${name}=${each}`), each).toBe(each.startsWith('0') ? 200 : 401)
    expect(await status(origin, `other=1; ${name}=nonsense; ${cookie}`)).toBe(200)
  })

  it('end everywhere when they are revoked, open connections too, and the address is another one', async () => {
    const server = await start()
    const { cookie } = await enter(server.url)
    const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin: server.origin } })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    const line = once(server.lines, 'line') as Promise<[string]>
    await signOut()
    await closed
    const { url } = JSON.parse((await line)[0]) as { url: string }
    expect(url).not.toBe(server.url)
    expect(await status(server.origin, cookie)).toBe(401)
    expect((await enter(server.url)).status).toBe(401)
    const again = await enter(url)
    expect(again.status).toBe(303)
    expect(await status(server.origin, again.cookie)).toBe(200)
  })

  it('are signed with a key that only the user can read, and with no other', async () => {
    await end((await start()).child)
    expect((await stat(key())).mode & 0o777).toBe(0o600)
    const secret = await readFile(key(), 'utf8')
    await end((await start()).child)
    expect(await readFile(key(), 'utf8')).toBe(secret)
    // Others could have read it: it is replaced, and that is told.
    await chmod(key(), 0o644)
    const server = await start()
    const told = await new Promise<string>((resolve) => server.child.stderr!.once('data', (data: Buffer) => resolve(data.toString())))
    expect(told).toContain('could be read by other users')
    await end(server.child)
    expect(await readFile(key(), 'utf8')).not.toBe(secret)
    expect((await stat(key())).mode & 0o777).toBe(0o600)
    // A link is not followed, and what it leads to stays as it is.
    const elsewhere = join(home, 'elsewhere')
    await writeFile(elsewhere, secret, { mode: 0o600 })
    await rm(key())
    await symlink(elsewhere, key())
    await end((await start()).child)
    expect(await readFile(elsewhere, 'utf8')).toBe(secret)
    expect(await readFile(key(), 'utf8')).not.toBe(secret)
    expect((await readdir(home)).filter((name) => name.startsWith('serve.key'))).toEqual(['serve.key'])
  })
})

describe('the way in', () => {
  it('puts no secret on a command line when it opens the browser', async () => {
    const bin = join(home, 'bin')
    await mkdir(bin)
    await writeFile(
      join(bin, 'xdg-open'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${join(home, 'opened')}.part'\nmv '${join(home, 'opened')}.part' '${join(home, 'opened')}'\n`,
      { mode: 0o755 },
    )
    const server = await start(['--open'], { PATH: `${bin}:${process.env['PATH']}` })
    const opened = await untilThere(join(home, 'opened'))
    const token = new URL(server.url).searchParams.get('token')!
    const file = opened.trim()
    expect(opened).not.toContain(token)
    expect(file.startsWith(home)).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toContain(`content="0;url=${server.url}"`)
    await end(server.child)
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
  }, 60_000)

  it('leads a browser that another page sent by a page of its own, which strict cookies follow', async () => {
    const { url } = await start()
    const { status: direct } = await enter(url, { 'sec-fetch-site': 'none' })
    expect(direct).toBe(303)
    const sent = await enter(url, { 'sec-fetch-site': 'cross-site' })
    expect(sent).toMatchObject({ status: 200, body: expect.stringContaining('http-equiv="refresh" content="0;url=/"') as string })
    expect(sent.cookie).not.toBe('')
    expect(sent.body).not.toContain(new URL(url).searchParams.get('token'))
  })
})

/** The content of a file, as soon as it is there. */
async function untilThere(file: string): Promise<string> {
  for (;;) {
    const found = await readFile(file, 'utf8').catch(() => null)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
