import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'

/** What WCAG 2.2 A and AA ask for, as far as it can be told from the page; contrast first. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  return found.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
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
      for (const route of ['/overview', '/import', '/data', '/data?tab=quarantine', '/jobs', '/pairs', '/training', '/evaluation']) {
        await app.open(route)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(page.getByRole('status', { name: /Loading/ })).toHaveCount(0)
        expect(await violations(page), route).toEqual([])
      }
    })

    test(`pages with data, ${theme}`, async ({ app, page }) => {
      await app.filled({ scan: true })
      const { rows } = await app.client.pairs.list({ limit: 1 })
      for (const route of ['/overview', '/data', '/data?tab=imports', '/data?tab=quarantine', '/jobs', '/pairs', `/pairs/${rows[0]!.pairId}`, '/training']) {
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
  })
}
