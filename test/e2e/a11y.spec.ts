import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'
import { chooseData } from './choose.ts'
import { writeDataset } from './dataset.ts'
import { writeConversations } from './dataset.ts'

/** What WCAG 2.2 A and AA ask for, as far as it can be told from the page; contrast first. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  return found.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  )
}

const THEMES = ['light', 'dark'] as const

for (const theme of THEMES) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme })

    test(`pages without data, ${theme}`, async ({ app, page }) => {
      await app.open()
      await expect(page.getByRole('heading', { name: 'Blindfold' })).toBeVisible()
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
      expect(await violations(page)).toEqual([])
      await app.project('empty')
      for (const route of [
        '/overview',
        '/import',
        '/data',
        '/data?tab=quarantine',
        '/data?tab=images',
        '/data?tab=duplicates',
        '/jobs',
        '/pairs',
        '/training',
        '/evaluation',
      ]) {
        await app.open(route)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(page.getByRole('status', { name: /Loading/ })).toHaveCount(0)
        expect(await violations(page), route).toEqual([])
      }
    })

    test(`the import from files to what next, ${theme}`, async ({ app, page }) => {
      await app.project('wizard')
      const dataset = await writeDataset(app.home, 12)
      const odd = Array.from({ length: 6 }, (_, i) =>
        JSON.stringify({ ask: `What, ${i}?`, fine: `This ${i}.`, poor: 'That.', picture: `https://images.example/${i}.png` }),
      )
      await writeFile(join(app.home, 'odd.jsonl'), odd.join('\n'))
      await app.open('/import')
      await chooseData(page, dataset.file)
      await expect(page.getByRole('heading', { name: 'Preview', exact: true })).toBeVisible()
      await page.getByText('Reasons for quarantine (3)').click()
      expect(await violations(page), 'preview').toEqual([])
      await chooseData(page, join(app.home, 'odd.jsonl'))
      await page.getByLabel('Chosen', { exact: true }).selectOption('fine')
      await expect(page.getByText('Not mapped yet')).toBeVisible()
      expect(await violations(page), 'columns').toEqual([])
      await page.getByLabel('Prompt').selectOption('ask')
      await page.getByLabel('Rejected', { exact: true }).selectOption('poor')
      await page.getByLabel('Images (optional)').selectOption('picture')
      await expect(page.getByRole('checkbox')).toBeVisible()
      expect(await violations(page), 'hosts').toEqual([])
      await page.getByRole('button', { name: 'Import 2 files' }).click()
      await expect(page.getByRole('heading', { name: 'Next steps' })).toBeVisible()
      expect(await violations(page), 'outcome').toEqual([])
      await app.open('/data?tab=images')
      await expect(page.getByRole('table', { name: 'Missing images' })).toBeVisible()
      expect(await violations(page), 'missing images').toEqual([])
    })

    test(`pages with data, ${theme}`, async ({ app, page }) => {
      test.slow()
      await app.filled({ scan: true })
      const { rows } = await app.client.pairs.list({ limit: 1 })
      for (const route of [
        '/overview',
        '/data',
        '/data?tab=imports',
        '/data?tab=quarantine',
        '/data?tab=images',
        '/data?tab=duplicates',
        '/jobs',
        '/pairs',
        `/pairs/${rows[0]!.pairId}`,
        '/training',
      ]) {
        await app.open(route)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(page.getByRole('status', { name: /Loading/ })).toHaveCount(0)
        expect(await violations(page), route).toEqual([])
      }
      for (const key of ['?', 'Control+k', 'Control+e', 'Control+Shift+B', 'Control+,', 'Control+n']) {
        await page.keyboard.press(key)
        await expect(page.getByRole('dialog')).toBeVisible()
        expect(await violations(page), key).toEqual([])
        await page.keyboard.press('Escape')
        await expect(page.getByRole('dialog')).toHaveCount(0)
      }
    })

    test(`curation, ${theme}`, async ({ app, page }) => {
      test.slow()
      const { images } = await app.filled({ scan: true })
      await app.done(
        (await app.client.imports.start({ file: await writeConversations(app.home), source: 'chat', imagesDir: images })).jobId,
      )
      const { rows } = await app.client.pairs.list({ sort: 'id', limit: 3 })
      const [first] = rows
      for (const row of rows) await app.client.pairs.tag({ pairId: row.pairId, add: ['blurry', 'odd', 'late', 'again'] })
      await app.client.slices.save({ name: 'Blurry ones', filter: { tags: ['blurry'] } })
      const lacking = (await app.client.pairs.list({ filter: { missingImages: true }, limit: 1 })).rows[0]!
      const check = async (what: string) => expect(await violations(page), what).toEqual([])

      await app.open('/pairs?sort=id')
      await expect(page.getByRole('row').nth(3)).toBeVisible()
      await page.keyboard.press('j')
      await page.keyboard.press('Space')
      await page.keyboard.press('Shift+ArrowDown')
      await expect(page.getByRole('region', { name: 'Selected pairs' })).toBeVisible()
      await check('chosen rows')
      for (const key of ['s', 'd', 'Control+e']) {
        await page.keyboard.press(key)
        await expect(page.getByRole('dialog')).toBeVisible()
        if (key === 'Control+e') await expect(page.getByRole('button', { name: 'Export', exact: true })).toBeEnabled()
        await check(`dialog of ${key}`)
        await page.keyboard.press('Escape')
        await expect(page.getByRole('dialog')).toHaveCount(0)
      }
      await page.keyboard.press('t')
      await page.keyboard.type('kept for later')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('list', { name: 'Messages' })).toContainText('done')
      await check('message with undo')
      await page.getByRole('button', { name: 'Bulk actions' }).click()
      await check('menu of many pairs')
      await page.getByRole('menuitem', { name: /History/ }).click()
      await expect(page.getByRole('list', { name: 'Bulk actions' })).toBeVisible()
      await check('history of bulk actions')
      await page.keyboard.press('Escape')

      await app.open('/pairs?tag=odd&missing=false')
      await page.getByRole('button', { name: /^Slices/ }).click()
      await expect(page.getByRole('dialog', { name: 'Slices' }).getByRole('listitem')).toHaveCount(1)
      await check('slices')
      await page.getByRole('button', { name: 'Save filter as slice…' }).click()
      await check('new slice')
      await page.keyboard.press('Escape')

      await app.open(`/pairs/${first!.pairId}`)
      await expect(page.getByRole('region', { name: 'Prompt' })).toBeVisible()
      await page.keyboard.press('1')
      await page.keyboard.press('#')
      await expect(page.getByLabel('New tag')).toBeVisible()
      await check('tags of a pair')
      await page.keyboard.press('Escape')
      await page.getByRole('tab', { name: /Duplicates/ }).click()
      await check('repeats')
      await app.open(`/pairs/${lacking.pairId}`)
      await page.getByRole('button', { name: 'Image 2 (missing)' }).click()
      await expect(page.getByRole('note', { name: 'Missing image' })).toBeVisible()
      await check('missing image')
    })
  })
}
