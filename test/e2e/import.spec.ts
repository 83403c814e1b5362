import { appendFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './app.ts'
import { writeDataset } from './dataset.ts'

test('a project is made, a file is previewed and imported, and what is refused is explained', async ({ app, page }) => {
  const dataset = await writeDataset(app.home)
  await app.open()

  // Home: a new project, by keyboard alone.
  await expect(page.getByRole('heading', { name: 'Blindfold' })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await page.getByRole('textbox', { name: 'Folder' }).fill(app.home)
  await page.getByLabel('Name').fill('colours')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'This project has no pairs yet' })).toBeVisible()
  await expect(page).toHaveTitle('colours – Blindfold')

  // The preview shows pairs with their images and what would be refused, and writes nothing.
  await page.keyboard.press('Control+i')
  await page.getByRole('button', { name: 'Choose file…' }).click()
  await page.getByRole('textbox', { name: 'Folder' }).fill(app.home)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /colours\.jsonl/ }).dblclick()
  await expect(page.getByRole('heading', { name: 'Preview', exact: true })).toBeVisible()
  await expect(page.getByText(/^Missing image: \d+$/)).toBeVisible()
  await page.getByRole('button', { name: 'Choose…' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Folder' }).fill(dataset.images)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Use this folder' }).click()
  await expect(page.getByRole('row').filter({ has: page.getByRole('img') })).toHaveCount(10)
  await expect(page.getByText('Automatic: MM-RM')).toBeAttached()
  expect((await app.client.projects.current())!.pairs).toBe(0)

  // The import, and its account.
  await page.getByLabel('Split').fill('train')
  await page.getByLabel('Source').fill('painted')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByText('Imported into “painted”')).toBeVisible()
  await expect(page.getByText('Records read').locator('..')).toContainText(String(dataset.pairs + 3))
  await expect(page.getByText('Pairs imported').locator('..')).toContainText(String(dataset.pairs))
  const project = await app.client.projects.current()
  expect(project).toMatchObject({ pairs: dataset.pairs, quarantined: 3, sources: [{ name: 'painted', splits: ['train'] }] })

  // The quarantine names file, row, field and reason, and gives the record back.
  await page.getByRole('link', { name: 'See why' }).click()
  const rows = page.getByRole('table', { name: 'Quarantined records' }).getByRole('row')
  await expect(rows).toHaveCount(4)
  const same = rows.filter({ hasText: 'Same responses' })
  await expect(same).toContainText('colours.jsonl')
  await expect(same).toContainText(String(dataset.bad['same-responses']))
  await same.getByRole('button').click()
  await expect(page.getByText('"Same."').first()).toBeVisible()

  // Exported as a list.
  await page.getByRole('button', { name: 'Export list…' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Folder' }).fill(app.home)
  await page.keyboard.press('Enter')
  await page.getByLabel('Name', { exact: true }).fill('refused.jsonl')
  await page.getByRole('button', { name: 'Save here' }).click()
  await expect(page.getByText('3 rows written')).toBeVisible()
  const written = (await readFile(join(app.home, 'refused.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { code: string; row: number })
  expect(Object.fromEntries(written.map((row) => [row.code, row.row]))).toEqual(dataset.bad)
})

test('importing again adds nothing, and says so', async ({ app, page }) => {
  const dataset = await app.filled()
  await app.open('/import')
  await page.keyboard.press('o')
  // The very file, typed.
  await page.getByRole('textbox', { name: 'Folder' }).fill(dataset.file)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Choose…' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Folder' }).fill(dataset.images)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Use this folder' }).click()
  await page.getByLabel('Source').fill('colours')
  await page.getByRole('button', { name: 'Start import' }).click()
  await expect(page.getByText('Nothing new')).toBeVisible()
  expect((await app.client.projects.current())!.pairs).toBe(dataset.pairs)
})

test('a file that is no preference data is refused with a remedy, and a missing recent project is marked', async ({ app, page }) => {
  await app.project('first')
  await appendFile(join(app.home, 'notes.json'), '{"hello": "world"}')
  await app.open('/import')
  await page.keyboard.press('o')
  await page.getByRole('textbox', { name: 'Folder' }).fill(app.home)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /notes\.json/ }).dblclick()
  await expect(page.getByRole('alert')).toContainText('notes.json')
  await expect(page.getByRole('button', { name: 'Start import' })).toBeDisabled()

  await app.project('second')
  await app.client.projects.close()
  await rm(join(app.home, 'first.blindfold'), { recursive: true })
  await app.open()
  const first = page.getByRole('listitem').filter({ hasText: 'first' })
  await expect(first).toContainText('Missing')
  await first.getByRole('button', { name: 'Remove first from the list' }).click()
  await expect(first).toHaveCount(0)
  await page.getByRole('button', { name: /^second/ }).click()
  await expect(page).toHaveTitle('second – Blindfold')
})
