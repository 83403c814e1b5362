import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { connectSocket } from '../contract/backends.ts'
import { Workshop } from '../workshop.ts'

let workshop: Workshop

test.beforeAll(async () => {
  workshop = await Workshop.start()
})
test.afterAll(() => workshop.close())

test('what is saved is shown, in the page and by the backend, and the page keeps its place', async ({ page, context }) => {
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(workshop.entry)
  const { origin } = new URL(workshop.entry)
  await expect(page).toHaveURL(`${origin}/`)
  const [cookie] = await context.cookies()
  const { client } = await connectSocket(origin, `${cookie!.name}=${cookie!.value}`)
  await client.projects.create({ path: join(workshop.home, 'colours') })
  await page.goto(`${origin}/#/data`)
  await expect(page.getByRole('heading', { name: 'No data yet' })).toBeVisible()

  // What everything uses loads the page again, at the same place.
  await workshop.edit('renderer/words/en/data.ts', 'No data yet', 'Nothing here so far')
  await expect(page.getByRole('heading', { name: 'Nothing here so far' })).toBeVisible()
  await expect(page).toHaveTitle('colours – Blindfold')
  await page.evaluate(() => document.body.setAttribute('data-kept', ''))

  await workshop.edit('renderer/features/data/Sources.tsx', "title={t('sources.empty')}", 'title="Nor here"')
  await expect(page.getByRole('heading', { name: 'Nor here' })).toBeVisible()

  // The project that was open is open again, and the page shows what the new code answers.
  await workshop.edit('src/services/projects.ts', 'name: projectName(path),', 'name: `${projectName(path)} again`,')
  await expect(page).toHaveTitle('colours again – Blindfold')
  expect(problems.filter((text) => !text.includes('WebSocket'))).toEqual([])

  // Code that does not run is no end: the page waits for the next save.
  await workshop.edit('src/services/projects.ts', 'again`,', 'again`,,')
  await expect(page.getByText('Connection lost')).toBeVisible()
  await workshop.edit('src/services/projects.ts', ' again`,,', ' mended`,')
  await expect(page).toHaveTitle('colours mended – Blindfold')
  await expect(page.getByText('Connection lost')).toHaveCount(0)

  // Since the component was saved, the page was not loaded again.
  await expect(page).toHaveURL(`${origin}/#/data`)
  await expect(page.locator('body[data-kept]')).toHaveCount(1)
})

test('sources and data are for those with a session, from this page alone, and for nobody outside the sources', async ({
  request,
  page,
}) => {
  const { origin } = new URL(workshop.entry)
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await request.get(`${origin}${path}`, { headers, maxRedirects: 0 })).status()
  for (const path of ['/', '/main.tsx', '/@vite/client', '/media/00']) expect([path, await status(path)]).toEqual([path, 401])
  expect(await status('/?token=wrong')).toBe(401)
  expect(await status('/', { host: 'evil.example' })).toBe(403)

  await page.goto(workshop.entry)
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  expect(await status('/main.tsx', { cookie })).toBe(200)
  expect(await status('/main.tsx', { cookie, origin: 'http://127.0.0.1:1' })).toBe(403)
  expect(await status('/media/00', { cookie })).toBe(404)
  expect(await status(`/@fs${join(workshop.home, 'serve.key')}`, { cookie })).toBe(403)
  expect(await status(`/@fs${join(workshop.home, 'sources/package.json')}`, { cookie })).toBe(403)
  await expect(connectSocket(origin, 'none=none')).rejects.toThrow()
})
