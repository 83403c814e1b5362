import { readFile } from 'node:fs/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { ModelHubServer } from '../model-hub-server.ts'
import { writeTextModel } from '../text-models.ts'
import { expect, test } from './app.ts'
import { typeFolder } from './choose.ts'

// Models by folder and from a hub on this machine, as a user adds, uses and removes them.

let folder: string
let hub: ModelHubServer

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'blindfold-models-'))
  writeTextModel(join(folder, 'encoder'), { output: 'embedding' })
  hub = new ModelHubServer({
    'onnx/model.onnx': await readFile(join(folder, 'encoder', 'model.onnx')),
    'tokenizer.json': await readFile(join(folder, 'encoder', 'tokenizer.json')),
    '1_Pooling/config.json': Buffer.from('{"pooling_mode_mean_tokens": true}'),
    'README.md': Buffer.alloc(12_000_000, 'words '),
  })
  process.env['HF_ENDPOINT'] = await hub.listen()
})
test.beforeEach(() => void Object.assign(hub, { slow: false, wrong: false, sent: 0, asked: [] }))
test.afterAll(async () => {
  delete process.env['HF_ENDPOINT']
  await hub.close()
  rmSync(folder, { recursive: true, force: true })
})

const models = (page: Page) =>
  page
    .getByRole('table', { name: 'Models' })
    .getByRole('row')
    .filter({ hasNot: page.getByRole('columnheader') })

test("a model's folder is added by hand, read by a blind test, found changed, and removed without its files", async ({ app, page }) => {
  await app.filled({ pairs: 60 })
  await app.open('/models')
  await expect(page.getByRole('heading', { name: 'No models yet' })).toBeVisible()
  await page.keyboard.press('f')
  const dialog = page.getByRole('dialog', { name: 'Add model folder' })
  await dialog.getByRole('textbox', { name: 'Model folder' }).fill(app.home)
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('alert')).toContainText(/model\.onnx|tokenizer\.json|ONNX/)
  await dialog.getByRole('button', { name: 'Choose…' }).click()
  const browser = page.getByRole('dialog').last()
  await typeFolder(browser, join(folder, 'encoder'))
  await browser.getByRole('textbox', { name: 'Folder' }).press('Enter')
  await browser.getByRole('button', { name: 'Use this folder' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Model folder' })).toHaveValue(join(folder, 'encoder'))
  await dialog.getByRole('combobox', { name: 'Kind' }).selectOption('Sentence encoder')
  await dialog.getByRole('combobox', { name: 'Pooling' }).selectOption('Mean of the tokens')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(dialog).toHaveCount(0)
  await expect(models(page)).toHaveCount(1)
  await expect(models(page)).toContainText(/encoder.*Sentence encoder.*mean of the tokens.*Ready/)

  // A blind test reads with it.
  await page.keyboard.press('Control+Shift+B')
  const scan = page.getByRole('dialog', { name: 'Run blind test' })
  await scan.getByRole('radio', { name: /encoder/i }).check({ force: true })
  await expect(scan.getByRole('combobox', { name: 'Model' })).toContainText('encoder (fp32)')
  await scan.getByRole('button', { name: 'Run blind test' }).click()
  await expect(scan).toHaveCount(0)
  await expect.poll(async () => (await app.client.scan.report())?.pairs ?? 0, { timeout: 60_000 }).toBe(60)

  await page.getByRole('button', { name: /^Remove encoder/ }).click()
  const remove = page.getByRole('dialog', { name: /^Remove model “encoder/ })
  await expect(remove).toContainText('Its folder is not changed')
  await remove.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'No models yet' })).toBeVisible()
  expect((await readFile(join(folder, 'encoder', 'model.onnx'))).length).toBeGreaterThan(0)
})

test('a model of the hub is fetched after consent alone, can be stopped and gone on with, and goes with its files', async ({
  app,
  page,
}) => {
  await app.project()
  await app.open('/models')
  await expect(page.getByRole('heading', { name: 'No models yet' })).toBeVisible()
  await page.keyboard.press('h')
  const dialog = page.getByRole('dialog', { name: 'Add model from the Hub' })
  await dialog.getByRole('textbox', { name: 'Name' }).fill('owner/absent')
  await dialog.getByRole('button', { name: 'List files' }).click()
  await expect(dialog.getByRole('alert')).toContainText('404')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('owner/name')
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('status')).toContainText(/4 files, 12(\.\d)? MB/)
  await expect(dialog.getByRole('list', { name: 'Files' }).getByRole('listitem')).toHaveCount(4)
  expect(hub.asked.some((url) => url.includes('/resolve/'))).toBe(false)

  // The checksum is the hub's own word: what does not match is refused, and said so here.
  hub.wrong = true
  await dialog.getByRole('button', { name: /^Download 12/ }).click()
  await expect(dialog).toHaveCount(0)
  const refused = page.getByRole('main').getByRole('alert')
  await expect(refused).toContainText('checksum')
  await expect(page.getByRole('heading', { name: 'No models yet' })).toBeVisible()

  Object.assign(hub, { wrong: false, slow: true })
  await refused.getByRole('button', { name: 'Resume' }).click()
  const bar = page.getByRole('main').getByRole('progressbar')
  await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(0)
  await page.getByRole('main').getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('main').getByText(/: cancelled$/)).toBeVisible()
  hub.slow = false
  await page.getByRole('main').getByRole('button', { name: 'Resume' }).click()
  await expect(models(page)).toContainText(/owner\/name.*Sentence encoder.*Hub: owner\/name at aaaaaaaa.*12(\.\d)? MB|owner\/name.*Ready/)
  await expect(page.getByRole('main').getByRole('button', { name: 'Resume' })).toHaveCount(0)

  const [model] = await app.client.models.list()
  await page.getByRole('button', { name: 'Remove owner/name…' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Delete/ })
    .click()
  await expect(page.getByRole('heading', { name: 'No models yet' })).toBeVisible()
  await expect(readFile(join(model!.dir, 'tokenizer.json'))).rejects.toThrow('ENOENT')
})

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme })

    test(`models and their dialogs can be read by everyone, ${theme}`, async ({ app, page }) => {
      const check = async (what: string) => {
        const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
        expect(
          violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`)),
          what,
        ).toEqual([])
      }
      await app.project()
      await app.open('/models')
      await expect(page.getByRole('heading', { name: 'No models yet' })).toBeVisible()
      await check('none')
      const gone = writeTextModel(join(app.home, 'gone'), { output: 'token-rewards' })
      await app.client.models.add({ path: join(folder, 'encoder'), card: { kind: 'encoder', pooling: 'mean' } })
      await app.client.models.add({ path: gone, card: { kind: 'reward-model', name: 'Rewards that went away' } })
      rmSync(join(gone, 'model.onnx'))
      await page.reload()
      await expect(page.getByText('Cannot be used')).toBeVisible()
      await check('two, one of them gone')
      for (const key of ['f', 'h']) {
        await page.keyboard.press(key)
        await expect(page.getByRole('dialog')).toBeVisible()
        await check(`dialog of ${key}`)
        if (key === 'f') await page.keyboard.press('Escape')
      }
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox', { name: 'Name' }).fill('owner/name')
      await page.keyboard.press('Enter')
      await expect(dialog.getByRole('list', { name: 'Files' })).toBeVisible()
      await check('what would be fetched')
      hub.slow = true
      await dialog.getByRole('button', { name: /^Download/ }).click()
      await expect(page.getByRole('main').getByRole('progressbar')).toBeVisible()
      await check('progress')
      await page.getByRole('main').getByRole('button', { name: 'Cancel' }).click()
      await expect(page.getByRole('main').getByRole('button', { name: 'Resume' })).toBeVisible()
      await check('stopped')
      await page.getByRole('button', { name: /^Remove encoder/ }).click()
      await check('removal')
    })
  })
}
