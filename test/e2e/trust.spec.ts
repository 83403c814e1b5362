import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { socketBackend } from '../contract/backends.ts'
import { expect, test } from './app.ts'
import { typeFolder } from './choose.ts'
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
      await typeFolder(page, app.home)
      await page.keyboard.press('Enter')
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /gift\.blindfold/ })
        .dblclick()
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
    const messages = page.getByRole('list', { name: 'Messages' }).getByRole('listitem')
    const show = (route: string) => page.goto(`${page.url().split('#')[0]}#${route}`)
    await expect(page.getByRole('button', { name: 'Run blind test' })).toBeDisabled()
    await show('/data')
    await expect(page.getByRole('button', { name: 'Import…' })).toBeDisabled()
    await expect(page.getByRole('button', { name: 'Export…' })).toBeEnabled()
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('option', { name: 'Export' })).toBeVisible()
    await expect(page.getByRole('option', { name: 'Import' })).toHaveCount(0)
    await page.keyboard.press('Escape')
    await show('/pairs')
    await expect(page.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(/^20 pairs/)
    await page.getByRole('row').nth(1).dblclick()
    await page.getByRole('article').first().waitFor()
    const better = page.getByRole('button', { name: 'Left is better' })
    await expect(better).toBeDisabled()
    await expect(better).toHaveAccessibleDescription(/open read-only/)
    for (const name of ['Right is better', 'Tie', /^Edit/, 'Discard', 'Undo label', 'Add a tag'])
      await expect(page.getByRole('button', { name }), String(name)).toBeDisabled()
    await better.hover({ force: true })
    await expect(page.getByRole('tooltip')).toHaveText('This project is open read-only. Trust it to change it.')
    // A label key does nothing, and says why once.
    for (const key of ['1', '2', 't', 'd', 'e', '#', 'u']) await page.keyboard.press(key)
    await expect(messages).toHaveText([/This project is open read-only\.Trust it to change it\./])
    await expect(page.getByRole('textbox')).toHaveCount(0)
    const labels = (await app.client.pairs.list({ filter: {}, sort: 'id', limit: 20 })).rows.map(({ status }) => status)
    expect(new Set(labels)).toEqual(new Set(['unreviewed']))
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])

    await notice.getByRole('button', { name: 'Trust and edit' }).click()
    await expect(notice).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Run blind test' })).toBeEnabled()
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
