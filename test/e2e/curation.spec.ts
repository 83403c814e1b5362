import type { Page } from '@playwright/test'
import { type App, expect, test } from './app.ts'
import { writeConversations } from './dataset.ts'

const tagsOf = async (app: App, pairId: number) => (await app.client.pairs.get({ pairId })).tags
const activeRow = (page: Page) => page.locator('[role=row][data-active]')
const chosenRows = (page: Page) => page.locator('[role=row][aria-selected=true]')
const message = (page: Page, text: string | RegExp) =>
  page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: text })

/** Opens the list by number, and gives its first pairs. */
async function list(app: App, page: Page, route = '/pairs?sort=id') {
  await app.open(route)
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  return (await app.client.pairs.list({ sort: 'id', limit: 100 })).rows
}

test('rows are chosen by keyboard and mouse, tagged together, and the tags are taken back', async ({ app, page }) => {
  await app.filled({ pairs: 40 })
  const rows = await list(app, page)
  await page.keyboard.press('j')
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowUp')
  await expect(chosenRows(page)).toHaveCount(3)
  await expect(activeRow(page).locator('[data-column=pairId]')).toHaveText(String(rows[2]!.pairId))
  await page
    .getByRole('row')
    .nth(6)
    .click({ modifiers: ['Control'], position: { x: 300, y: 10 } })
  await expect(chosenRows(page)).toHaveCount(4)
  await page.getByRole('checkbox', { name: `Select pair ${rows[1]!.pairId}`, exact: true }).click()
  await expect(chosenRows(page)).toHaveCount(3)
  const bar = page.getByRole('region', { name: 'Selected pairs' })
  await expect(bar.getByRole('status')).toHaveText('3 pairs selected')
  const wanted = [0, 2, 5].map((i) => rows[i]!.pairId)

  await page.keyboard.press('t')
  const dialog = page.getByRole('dialog', { name: 'Tag pairs' })
  await expect(dialog).toContainText('3 selected pairs')
  await page.keyboard.type('blurry')
  await expect(dialog.getByRole('button', { name: 'Tag 3 pairs “blurry”' })).toBeEnabled()
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  await expect(message(page, 'Tag 3 pairs “blurry”: done')).toBeVisible()
  await expect(page.getByRole('row').nth(1)).toContainText('blurry')
  expect((await app.client.pairs.list({ filter: { tags: ['blurry'] }, sort: 'id' })).rows.map((row) => row.pairId)).toEqual(wanted)
  await expect(bar).toHaveCount(0)

  // The tag is a facet now, and stands in the address.
  await page.getByRole('button', { name: 'Tags', exact: true }).click()
  await page
    .getByRole('dialog', { name: 'Tags' })
    .getByRole('checkbox', { name: /^blurry\s*3$/ })
    .check()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/#\/pairs\?tag=blurry&sort=id$/)
  await expect(page.getByRole('status').filter({ hasText: 'tagged “blurry”' })).toHaveText('3 pairs · tagged “blurry”')

  await message(page, 'done').getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('heading', { name: 'No matching pairs' })).toBeVisible()
  for (const pairId of wanted) expect(await tagsOf(app, pairId)).toEqual([])
})

test('everything that a filter has is discarded at once, with its count, and taken back from the history', async ({ app, page }) => {
  await app.filled({ pairs: 60 })
  const filter = { text: 'red' }
  const { count } = await app.client.pairs.count({ filter })
  expect(count).toBeGreaterThan(3)
  await list(app, page, '/pairs?q=red')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find a command' }).fill('discard')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Discard pairs' })
  await expect(dialog).toContainText(`This changes all ${count} pairs that match the filter: “red”.`)
  await dialog.getByRole('button', { name: `Discard ${count} pairs` }).click()
  await expect(message(page, `Discard ${count} pairs: done`)).toBeVisible()
  expect(await app.client.pairs.count({ filter: { statuses: ['discarded'] } })).toEqual({ count })

  await page.getByRole('button', { name: 'Bulk actions' }).click()
  await page.getByRole('menuitem', { name: /History of bulk actions/ }).click()
  const history = page.getByRole('dialog', { name: 'Bulk actions' })
  await history.getByRole('button', { name: `Undo: Discarded ${count} pairs` }).click()
  await expect(history.getByRole('listitem')).toContainText('Undone')
  await expect(history.getByRole('button', { name: /^Undo/ })).toHaveCount(0)
  expect(await app.client.pairs.count({ filter: { statuses: ['discarded'] } })).toEqual({ count: 0 })
})

test('the count that was agreed to is the one that holds: pairs that change meanwhile stop the action', async ({ app, page }) => {
  await app.filled({ pairs: 30 })
  const rows = await list(app, page, '/pairs?status=unreviewed')
  await page.keyboard.press('Control+a')
  await expect(page.getByRole('region', { name: 'Selected pairs' })).toContainText(`All ${rows.length} pairs in the list selected`)
  await page.keyboard.press('s')
  const dialog = page.getByRole('dialog', { name: 'Set split' })
  await dialog.getByLabel('Split').fill('held out')
  await expect(dialog.getByRole('button', { name: `Move ${rows.length} pairs to the split “held out”` })).toBeEnabled()
  // Somebody else labels one: the dialog follows.
  await app.client.review.annotate({ action: 'keep', pairId: rows[0]!.pairId })
  const move = dialog.getByRole('button', { name: `Move ${rows.length - 1} pairs to the split “held out”` })
  await expect(move).toBeEnabled()
  await move.click()
  await expect(message(page, 'done')).toBeVisible()
  expect(await app.client.pairs.count({ filter: { splits: ['held out'] } })).toEqual({ count: rows.length - 1 })
})

test('slices are saved, found by name from anywhere, renamed, deleted and brought back', async ({ app, page }) => {
  await app.filled({ pairs: 60 })
  const { count } = await app.client.pairs.count({ filter: { text: 'red' } })
  await list(app, page, '/pairs?q=red')
  const menu = page.getByRole('button', { name: /^Slices/ })
  await menu.click()
  await page.getByRole('button', { name: 'Save filter as slice…' }).click()
  await page.getByRole('dialog', { name: 'Save slice' }).getByLabel('Name').fill('Red ones')
  await page.keyboard.press('Enter')
  await expect(menu).toHaveText(/Red ones/)

  await app.open('/overview')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find a command' }).fill('slice red')
  await expect(page.getByRole('option', { selected: true })).toContainText('Red ones')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/pairs\?q=red$/)

  await menu.click()
  const slices = page.getByRole('dialog', { name: 'Slices' })
  await expect(slices.getByRole('listitem')).toContainText(`Red ones${count}“red”`)
  await slices.getByRole('button', { name: 'Rename Red ones' }).click()
  await page.getByRole('dialog', { name: 'Rename slice' }).getByLabel('Name').fill('Redder ones')
  await page.keyboard.press('Enter')
  await expect(menu).toHaveText(/Redder ones/)

  await menu.click()
  await slices.getByRole('button', { name: 'Delete Redder ones' }).click()
  await expect(slices.getByRole('listitem')).toHaveCount(0)
  expect(await app.client.slices.list()).toEqual([])
  await page.keyboard.press('Escape')
  await message(page, 'deleted').getByRole('button', { name: 'Undo' }).click()
  await expect(menu).toHaveText(/Redder ones/)
  expect(await app.client.slices.list()).toMatchObject([{ name: 'Redder ones', filter: { text: 'red' }, pairs: count }])
})

test('a pair is tagged on its page; tags that may hint at the label are shown after the choice', async ({ app, page }) => {
  await app.filled({ pairs: 10 })
  const [row] = await list(app, page)
  await app.client.pairs.tag({ pairId: row!.pairId, add: ['wrong label'] })
  await app.open(`/pairs/${row!.pairId}`)
  await expect(page.getByText('1 tag shown after the choice')).toBeVisible()
  await expect(page.getByText('wrong label')).toHaveCount(0)
  await page.keyboard.press('#')
  await page.keyboard.type('blurry')
  await page.keyboard.press('Enter')
  const tags = page.getByRole('list', { name: 'Tags' })
  await expect(tags.getByRole('listitem')).toHaveText(['blurry'])
  await page.keyboard.press('Escape')
  await page.keyboard.press('1')
  await expect(tags.getByRole('listitem')).toHaveText(['blurry', 'wrong label'])
  await page.getByRole('button', { name: 'Remove the tag wrong label' }).click()
  await expect(tags.getByRole('listitem')).toHaveText(['blurry'])
  expect(await tagsOf(app, row!.pairId)).toEqual(['blurry'])
})

test('a conversation is shown in turns, a missing image in its place, and repeats by their kinds', async ({ app, page }) => {
  const { images } = await app.filled({ pairs: 6 })
  const file = await writeConversations(app.home)
  await app.done((await app.client.imports.start({ file, source: 'chat', imagesDir: images })).jobId)
  const { rows } = await app.client.pairs.list({ filter: { sources: ['chat'] }, sort: 'id' })
  expect(rows.map((row) => row.missingImages)).toEqual([1, 1])

  await app.open('/pairs?source=chat&sort=id')
  await page.getByRole('button', { name: 'Missing images' }).click()
  await expect(page).toHaveURL(/source=chat&missing=true&sort=id$/)
  await expect(page.getByLabel('An image is missing')).toHaveCount(2)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')

  const prompt = page.getByRole('region', { name: 'Prompt' })
  await expect(prompt).toContainText(/System\s*Answer briefly\.\s*User\s*First\s*Image 1\s*then\s*Image 2 \(missing\)/)
  await expect(page.getByRole('img', { name: 'Image 1 of the pair' })).toBeVisible()
  await prompt.getByRole('button', { name: 'Image 2 (missing)' }).click()
  const note = page.getByRole('note', { name: 'Missing image' })
  await expect(note).toContainText('lost.png')
  await expect(note.getByRole('link')).toHaveAttribute('href', /#\/data/)
  await page.keyboard.press('[')
  await expect(note).toHaveCount(0)

  await page.keyboard.press('1')
  await page.getByRole('tab', { name: /Duplicates/ }).click()
  const panel = page.getByRole('tabpanel')
  await expect(panel).toContainText('Flipped twin')
  await panel
    .getByRole('link', { name: `Pair ${rows[1]!.pairId}` })
    .first()
    .click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${rows[1]!.pairId}`)
})
