import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { socketBackend } from '../contract/backends.ts'
import { expect, test } from './app.ts'
import { writeDataset } from './dataset.ts'

test('a project of somebody else is asked about once, opens read-only, and can be trusted', async ({ app, page }) => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'blindfold-other-'))
  const other = await socketBackend(elsewhere, tmpdir())
  try {
    const { client } = await other.connect()
    await client.projects.create({ path: join(app.home, 'gift') })
    const dataset = await writeDataset(app.home, 20)
    const { jobId } = await client.imports.start({ file: dataset.file, source: 'colours', imagesDir: dataset.images })
    await expect.poll(async () => (await client.jobs.get({ jobId })).state.status).toBe('succeeded')
    await client.projects.close()

    const choose = async () => {
      await page.keyboard.press('Control+o')
      await page.getByRole('textbox', { name: 'Folder' }).fill(app.home)
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').getByRole('button', { name: /gift\.blindfold/ }).dblclick()
    }
    await app.open()
    await choose()
    const question = page.getByRole('dialog', { name: 'Do you trust this project?' })
    await expect(question).toContainText('gift.blindfold')
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.getByRole('heading', { name: 'Blindfold' })).toBeVisible()

    await choose()
    await question.getByRole('button', { name: 'Open read-only' }).click()
    const notice = page.getByRole('status').filter({ hasText: 'read-only' })
    await expect(notice).toContainText('not trusted')
    await page.goto(`${page.url().split('#')[0]}#/pairs`)
    await expect(page.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(/^20 pairs/)
    await page.getByRole('row').nth(1).dblclick()
    await page.getByRole('article').first().waitFor()
    await page.keyboard.press('1')
    await expect(page.getByText('The project is open read-only.').first()).toBeVisible()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])

    await notice.getByRole('button', { name: 'Trust and edit' }).click()
    await expect(notice).toHaveCount(0)
    await app.client.projects.close()
    await app.open()
    await choose()
    await expect(question).toHaveCount(0)
    await expect(page.getByRole('navigation')).toBeVisible()
  } finally {
    await other.close()
    await rm(elsewhere, { recursive: true, force: true })
  }
})
