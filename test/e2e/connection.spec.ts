import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WebSocketRoute } from '@playwright/test'
import { socketBackend } from '../contract/backends.ts'
import { expect, test } from './app.ts'
import { typeFolder } from './choose.ts'
import { writeDataset } from './dataset.ts'

test('a lost connection is restored, and what changed meanwhile is shown', async ({ app, page }) => {
  const sockets: WebSocketRoute[] = []
  let refuse = false
  await page.routeWebSocket('**/rpc', (socket) => {
    sockets.push(socket)
    if (refuse) void socket.close()
    else socket.connectToServer()
  })
  await app.project()
  await app.open('/data')
  await expect(page.getByRole('heading', { name: 'No data yet' })).toBeVisible()

  refuse = true
  await sockets.at(-1)!.close()
  await expect(page.getByText('Connection lost')).toBeVisible()
  const dataset = await writeDataset(app.home, 20)
  await app.done((await app.client.imports.start({ file: dataset.file, source: 'colours', imagesDir: dataset.images })).jobId)
  await expect(page.getByRole('heading', { name: 'No data yet' })).toBeVisible()

  refuse = false
  await expect(page.getByText('Connection lost')).toHaveCount(0, { timeout: 15_000 })
  await expect(page.getByRole('table', { name: 'Sources' })).toContainText('colours')
})

test('a project that another Blindfold has open is refused with its reason and remedy', async ({ app, page }) => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'blindfold-other-'))
  const other = await socketBackend(elsewhere, tmpdir())
  try {
    const window = await other.connect()
    await window.client.projects.create({ path: join(app.home, 'held') })

    await app.open()
    await page.keyboard.press('Control+o')
    await typeFolder(page, app.home)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /held\.blindfold/ }).dblclick()
    await page.getByRole('button', { name: 'Trust and open' }).click()
    const refusal = page.getByRole('alert').filter({ hasText: 'held.blindfold' })
    await expect(refusal).toBeVisible()
    await expect(refusal).not.toContainText('database is locked')

    await window.client.projects.close()
    await page.keyboard.press('Control+o')
    await typeFolder(page, app.home)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /held\.blindfold/ }).dblclick()
    await page.getByRole('button', { name: 'Trust and open' }).click()
    await expect(page).toHaveTitle('held – Blindfold')
    window.close()
  } finally {
    await other.close()
    await rm(elsewhere, { recursive: true, force: true })
  }
})

test('two windows show the same project, and a job can be cancelled in either', async ({ app, page }) => {
  await app.project()
  await app.open('/jobs')
  await expect(page.getByRole('heading', { name: 'No jobs yet' })).toBeVisible()
  const { jobId } = await app.client.demo.start({ pairs: 3000, seed: 5 })
  const footer = page.getByRole('contentinfo', { name: 'Jobs' })
  await expect(footer.getByText(/of [\d,]+ pairs/)).toBeVisible({ timeout: 30_000 })
  await page.keyboard.press('x')
  await expect.poll(async () => (await app.client.jobs.get({ jobId })).state.status, { timeout: 20_000 }).toBe('cancelled')
  await expect(footer).toContainText('No job is running')
  await expect(page.getByRole('button', { name: 'Resume job' })).toBeVisible()
})
