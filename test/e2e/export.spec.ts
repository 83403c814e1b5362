import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './app.ts'

test('pairs are exported from anywhere, without the discarded ones unless asked', async ({ app, page }) => {
  const { pairs } = await app.filled({ pairs: 30 })
  const { rows } = await app.client.pairs.list({ limit: 1 })
  await app.client.review.annotate({ action: 'discard', pairId: rows[0]!.pairId })
  await app.open('/data')

  const lines = async (name: string) => (await readFile(join(app.home, name), 'utf8')).trim().split('\n').length
  const exportAs = async (name: string, everything: boolean) => {
    await page.keyboard.press('Control+e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.getByLabel('File').fill(join(app.home, name))
    if (everything) await dialog.getByLabel(/Include tied and discarded/).check()
    await expect(dialog).toContainText(`${everything ? pairs : pairs - 1} pairs`)
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    await expect(dialog).toHaveCount(0)
    await expect.poll(async () => (await app.client.jobs.list()).every((job) => job.state.status === 'succeeded')).toBe(true)
  }
  await exportAs('usable.jsonl', false)
  expect(await lines('usable.jsonl')).toBe(pairs - 1)
  await exportAs('all.jsonl', true)
  expect(await lines('all.jsonl')).toBe(pairs)
})
