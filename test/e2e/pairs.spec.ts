import type { PairFilter, PairSort } from '../../src/contract/pairs.ts'
import { type App, expect, test } from './app.ts'

/** Three environments with images, a train and a test split, scanned. */
async function demo(app: App): Promise<void> {
  await app.project()
  await app.done((await app.client.demo.start({ pairs: 90, testPairs: 20, seed: 3 })).jobId)
  await app.done((await app.client.scan.start({ seed: 1 })).jobId)
}

/** The pairs that the backend has for a filter, in the order of the list. */
async function expected(app: App, filter: PairFilter, sort: PairSort = '-textMargin'): Promise<number[]> {
  return (await app.client.pairs.list({ filter, sort, limit: 500 })).rows.map((row) => row.pairId)
}

test('filters of source, quadrant and shortcut-prone pairs narrow the list, stand in the address and come back with it', async ({
  app,
  page,
}) => {
  await demo(app)
  await app.open('/pairs')
  const status = page.getByRole('status').filter({ hasText: 'pairs' })
  await expect(status).toHaveText('330 pairs')
  // The ground of a square picture is square, too: no white bars beside it.
  const picture = page.getByRole('row').nth(1).locator('img')
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth / image.naturalHeight)).toBe(1)
  expect(await picture.evaluate((image) => image.clientWidth / image.clientHeight)).toBe(1)

  const source = (await app.client.pairs.facets()).sources[0]!
  const numbers = page.getByRole('row').locator('[data-column=pairId]')
  const shown = async () => (await numbers.allTextContents()).slice(1, 6).map(Number)
  const choose = async (facet: string, option: RegExp) => {
    await page.getByRole('button', { name: facet, exact: true }).click()
    const box = page.getByRole('dialog', { name: facet }).getByRole('checkbox', { name: option })
    await box.click()
    await expect(box).toBeChecked()
    await page.keyboard.press('Escape')
  }
  await choose('Source', new RegExp(`^${source.value}\\s*${source.count}$`))
  await expect(status).toHaveText(`${source.count} pairs · ${source.value}`)
  await choose('Quadrant', /^Text right/)
  await page.getByRole('search').getByRole('button', { name: 'Shortcut-prone' }).click()
  await expect(page).toHaveURL(new RegExp(`#/pairs\\?source=${source.value}&quadrant=text-right&textMarginMin=1\\.386\\d*$`))

  const filter: PairFilter = { sources: [source.value], quadrants: ['text-right'], textMarginMin: Math.log(0.8 / (1 - 0.8)) }
  const wanted = await expected(app, filter)
  expect(wanted.length).toBeGreaterThan(10)
  expect(wanted.length).toBeLessThan(source.count)
  await expect(status).toHaveText(new RegExp(`^${wanted.length} pairs · `))
  await expect.poll(shown).toEqual(wanted.slice(0, 5))

  // The order is in the address too; a click on the column turns it round.
  await page.getByRole('columnheader', { name: 'Text margin' }).getByRole('button').click()
  await expect(page).toHaveURL(/sort=textMargin$/)
  await expect.poll(shown).toEqual((await expected(app, filter, 'textMargin')).slice(0, 5))
  await page.getByRole('columnheader', { name: 'Text margin' }).getByRole('button').click()
  await expect(page.getByRole('columnheader', { name: 'Text margin' })).toHaveAttribute('aria-sort', 'descending')
  await expect.poll(shown).toEqual((await expected(app, filter, '-textMargin')).slice(0, 5))

  await page.goBack()
  await page.goBack()
  await expect.poll(shown).toEqual(wanted.slice(0, 5))
  await page.reload()
  await expect.poll(shown).toEqual(wanted.slice(0, 5))
  await page.getByRole('button', { name: 'Clear filter' }).click()
  await expect(status).toHaveText('330 pairs')
})

test('the list is worked by keyboard, and the place in it is kept', async ({ app, page }) => {
  await demo(app)
  await app.open('/pairs?sort=id')
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  const ids = await expected(app, {}, 'id')
  // Past the first page of 200, which the list must fetch meanwhile.
  await page.keyboard.press('j')
  for (let i = 0; i < 21; i++) await page.keyboard.press('PageDown')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  const active = page.locator('[role=row][data-active]')
  await expect(active.locator('[data-column=pairId]')).toHaveText(String(ids[210]))
  await expect(active).toBeInViewport()
  // Virtual: what is not in sight is not in the page.
  expect(await page.getByRole('row').count()).toBeLessThan(60)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`#/pairs/${ids[210]}\\?sort=id$`))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${ids[210]}`)
  await page.goBack()
  await expect(active.locator('[data-column=pairId]')).toHaveText(String(ids[210]))
  await expect(active).toBeInViewport()
})

test('search finds words, says when there is nothing, and never reads them as a command', async ({ app, page }) => {
  await demo(app)
  await app.open('/pairs')
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('triangle "OR', { delay: 5 })
  await expect(page).toHaveURL(/q=triangle\+%22OR/)
  await expect(page.getByRole('heading', { name: 'No matching pairs' })).toBeVisible()
  await page.getByRole('searchbox').fill('triangle')
  const found = await app.client.pairs.count({ filter: { text: 'triangle' } })
  expect(found.count).toBeGreaterThan(10)
  await expect(page.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(`${found.count} pairs · “triangle”`)
  await page.getByRole('searchbox').press('Enter')

  // What the list shows is what is exported.
  await page.keyboard.press('Control+e')
  const dialog = page.getByRole('dialog', { name: 'Export' })
  await expect(dialog.getByRole('combobox', { name: 'Pairs' })).toContainText('Pairs in the list: “triangle”')
  await expect(dialog.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(`${found.count} pairs as TRL JSONL`)
})

test('a long list is held page by page: its end is reached, and what was left is there again', async ({ app, page }) => {
  await app.filled({ pairs: 2600 })
  const first = (await expected(app, {}, 'id'))[0]
  const end = (await expected(app, {}, '-id'))[0]
  await app.open('/pairs?sort=id')
  const grid = page.getByRole('grid', { name: 'Pairs' })
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  const last = grid.locator('[role=row]', { has: page.locator('[data-column=pairId]', { hasText: new RegExp(`^${end}$`) }) })
  await expect(async () => {
    await grid.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
    await expect(last).toBeInViewport({ timeout: 300 })
  }).toPass({ timeout: 60_000 })
  expect(await page.getByRole('row').count()).toBeLessThan(60)
  await grid.focus()
  await page.keyboard.press('Home')
  await expect(page.locator('[role=row][data-active] [data-column=pairId]')).toHaveText(String(first))
  await expect(grid.locator('[aria-busy]')).toHaveCount(0)
  await page.keyboard.press('End')
  await expect(page.locator('[role=row][data-active] [data-column=pairId]')).toHaveText(String(end))
})
