import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'

const lines = async (file: string) => (await readFile(file, 'utf8')).trim().split('\n').length
const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Export' })

test('pairs are exported from anywhere, without the discarded ones unless asked', async ({ app, page }) => {
  await app.filled({ pairs: 30 })
  const { rows } = await app.client.pairs.list({ limit: 1 })
  await app.client.review.annotate({ action: 'discard', pairId: rows[0]!.pairId })
  const { count } = await app.client.pairs.count({})
  await app.open('/data')

  const exportAs = async (name: string, everything: boolean) => {
    await page.keyboard.press('Control+e')
    const dialog = dialogOf(page)
    await dialog.getByLabel('Folder').fill(join(app.home, name))
    if (everything) await dialog.getByLabel(/Include tied and discarded/).check()
    const wanted = everything ? count : count - 1
    // The plan is there before anything is written.
    await expect(dialog.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(`${wanted} pairs as TRL JSONL`)
    await expect(dialog.getByRole('region', { name: 'Preview' })).toContainText('train.jsonl')
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    await expect(dialog.getByRole('status').filter({ hasText: 'pairs' })).toContainText(`${wanted} pairs and`)
    await expect(dialog).toContainText(join(app.home, name))
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(dialog).toHaveCount(0)
    expect(await lines(join(app.home, name, 'train.jsonl'))).toBe(wanted)
  }
  await exportAs('usable', false)
  await exportAs('all', true)
  expect((await readdir(join(app.home, 'usable'))).sort()).toEqual(['README.md', 'images', 'manifest.json', 'train.jsonl'])
})

test('what a format cannot hold, and a folder that is taken, are told before anything is written', async ({ app, page }) => {
  await app.filled({ pairs: 30 })
  const { rows } = await app.client.pairs.list({ limit: 3 })
  for (const row of rows) await app.client.pairs.tag({ pairId: row.pairId, add: ['odd'] })
  await writeFile(join(app.home, 'notes.txt'), 'mine')
  await app.open('/pairs')
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await page.keyboard.press('Control+e')
  const dialog = dialogOf(page)
  const write = dialog.getByRole('button', { name: 'Export', exact: true })

  await dialog.getByLabel('Folder').fill(app.home)
  await expect(dialog.getByRole('alert')).toContainText('contains other files')
  await expect(write).toBeDisabled()

  const out = join(app.home, 'written')
  await dialog.getByLabel('Folder').fill(out)
  await expect(write).toBeEnabled()
  await dialog.getByRole('radio', { name: /MM-RM/ }).check()
  await dialog.getByLabel(/Audit columns/).uncheck()
  const plan = await app.client.exports.plan({ format: 'mm-rm', out, columns: false, images: 'copy' })
  expect(plan.lost.length).toBeGreaterThan(0)
  const lost = dialog.getByRole('list', { name: 'Fields not preserved' })
  await expect(lost.getByRole('listitem')).toHaveCount(plan.lost.length)
  for (const each of plan.lost) await expect(lost).toContainText(each.why)

  // The full format loses nothing, and says so.
  await dialog.getByRole('radio', { name: /Blindfold JSONL/ }).check()
  await expect(dialog).toContainText('Lossless')
  await dialog.getByLabel(/new train\/test split/).check()
  await dialog.getByLabel('Test share in %').fill('0')
  await expect(write).toBeDisabled()
  await dialog.getByLabel('Test share in %').fill('30')
  await dialog.getByLabel('Seed').fill('5')
  await expect(write).toBeEnabled()
  const region = dialog.getByRole('region', { name: 'Preview' })
  await expect(region).toContainText('Split test')
  const split = await app.client.exports.plan({ format: 'blindfold', out, images: 'copy', resplit: { testShare: 0.3, seed: 5 } })
  await write.click()
  await expect(dialog.getByRole('status').filter({ hasText: 'pairs' })).toContainText(`${split.pairs} pairs and`)
  for (const each of split.splits) for (const file of each.files) expect(await lines(join(out, file))).toBe(each.pairs)
})
