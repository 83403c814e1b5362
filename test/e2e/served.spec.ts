import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { socketBackend } from '../contract/backends.ts'

let home: string
let backend: Awaited<ReturnType<typeof socketBackend>>

test.beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-served-'))
  backend = await socketBackend(home)
})
test.afterAll(async () => {
  await backend.close()
  await rm(home, { recursive: true, force: true })
})

test('the interface runs under its policy and reaches the backend', async ({ page }) => {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy|Trusted/.test(message.text())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(backend.entry)
  await expect(page).toHaveURL(`${backend.url}/`)
  const { client } = await backend.connect()
  await client.projects.create({ path: join(home, 'seen') })
  await expect(page).toHaveTitle(/seen/)
  expect(problems).toEqual([])
})

test('a page without the key sees nothing', async ({ browser }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  expect((await page.goto(backend.url))!.status()).toBe(401)
  await context.close()
})

test('another page in the same browser cannot reach the backend', async ({ page, context }) => {
  await page.goto(backend.entry)
  // A page of another site in the same browser, which has the cookie: the same server under a foreign port's origin.
  const foreign = await context.newPage()
  await foreign.route('http://evil.example/', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
  await foreign.goto('http://evil.example/')
  const reached = await foreign.evaluate(async (origin) => {
    const socket = await new Promise<string>((resolve) => {
      const attempt = new WebSocket(`${origin.replace('http', 'ws')}/rpc`)
      attempt.onopen = () => resolve('open')
      attempt.onerror = () => resolve('refused')
    })
    const image = await new Promise<string>((resolve) => {
      const attempt = new Image()
      attempt.onload = () => resolve('shown')
      attempt.onerror = () => resolve('refused')
      attempt.src = `${origin}/icon.svg`
    })
    const read = await fetch(`${origin}/`, { credentials: 'include' }).then(
      () => 'read',
      () => 'refused',
    )
    return { socket, image, read }
  }, backend.url)
  expect(reached).toEqual({ socket: 'refused', image: 'refused', read: 'refused' })
})
