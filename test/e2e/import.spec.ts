import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './app.ts'
import { chooseData, dropFiles, startImport, typeFolder, typePath } from './choose.ts'
import { writeDataset } from './dataset.ts'

test('a project is made, a file is previewed and imported, and what is refused is explained', async ({ app, page }) => {
  const dataset = await writeDataset(join(app.home, 'in'))
  // Where nobody would look for them by himself.
  const images = join(app.home, 'elsewhere', 'pictures')
  await mkdir(join(app.home, 'elsewhere'))
  await rename(dataset.images, images)
  await app.open()

  // Home: a new project, by keyboard alone.
  await expect(page.getByRole('heading', { name: 'Blindfold' })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await typeFolder(page, app.home)
  await page.getByLabel('Name').fill('colours')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'No pairs yet' })).toBeVisible()
  await expect(page).toHaveTitle('colours – Blindfold')

  // The preview says what the file is, how its records fare, and shows pairs with their images; it writes nothing.
  await page.keyboard.press('Control+i')
  await page.getByRole('button', { name: 'Choose files…' }).click()
  await typeFolder(page, join(app.home, 'in'))
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /colours\.jsonl/ }).dblclick()
  await expect(page.getByRole('heading', { name: 'Preview', exact: true })).toBeVisible()
  await expect(page.getByText(/\d+ missing images/)).toBeVisible()
  await expect(page.getByText('Automatic: MM-RM')).toBeAttached()
  await expect(page.getByRole('meter', { name: 'Confidence' })).toHaveAttribute('aria-valuenow', '100')
  await page.getByRole('button', { name: 'Choose…' }).click()
  await typePath(page, images, true)
  await expect(page.getByRole('row').filter({ has: page.getByRole('img') })).toHaveCount(10)
  await expect(page.getByText(/missing image/)).toHaveCount(0)
  await expect(
    page.getByRole('img', { name: `Result for the first records: ${dataset.pairs} can be read, 3 would be quarantined` }),
  ).toBeVisible()
  await page.getByText('Reasons for quarantine (3)').click()
  await expect(page.getByText(`Row ${dataset.bad['same-responses']}`)).toBeVisible()
  expect((await app.client.projects.current())!.pairs).toBe(0)

  // The import, and its account.
  await page.getByLabel('Split').fill('train')
  await page.getByLabel('Source').fill('painted')
  await startImport(page)
  await expect(page.getByText(`${dataset.pairs} pairs imported into “painted”`)).toBeVisible()
  await expect(page.getByRole('img', { name: `Import result: ${dataset.pairs} imported, 3 quarantined` })).toBeVisible()
  const project = await app.client.projects.current()
  expect(project).toMatchObject({ pairs: dataset.pairs, quarantined: 3, sources: [{ name: 'painted', splits: ['train'] }] })
  await expect(page.getByRole('button', { name: 'Run blind test…' })).toBeVisible()

  // The quarantine counts by reason, and names file, row, field and reason of each record.
  await page.getByRole('button', { name: 'Show quarantine' }).click()
  const grid = page.getByRole('grid', { name: 'Quarantined records' })
  await expect(grid.getByRole('row')).toHaveCount(4)
  await page.getByRole('button', { name: /Same responses/ }).click()
  await expect(grid.getByRole('row')).toHaveCount(2)
  await expect(page.getByText('1 of 3 records could not be imported')).toBeVisible()
  await expect(grid.getByRole('row').nth(1)).toContainText(String(dataset.bad['same-responses']))
  await expect(page.getByRole('region', { name: `Record of row ${dataset.bad['same-responses']}` })).toContainText('"chosen": "Same."')
  await page.getByRole('button', { name: 'Show all records' }).click()
  await grid.focus()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: `Record of row ${dataset.bad['invalid-json']}` })).toContainText('{"id": "cut", "prompt":')

  // Exported as a list.
  await page.getByRole('button', { name: 'Export list…' }).click()
  await typeFolder(page.getByRole('dialog'), app.home)
  await page.keyboard.press('Enter')
  await page.getByLabel('Name', { exact: true }).fill('refused.jsonl')
  await page.getByRole('button', { name: 'Save here' }).click()
  await expect(page.getByText('3 records exported')).toBeVisible()
  const written = (await readFile(join(app.home, 'refused.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code: string; row: number })
  expect(Object.fromEntries(written.map((row) => [row.code, row.row]))).toEqual(dataset.bad)
})

test('importing again adds nothing, says so, and shows which pairs were there', async ({ app, page }) => {
  const dataset = await app.filled()
  await app.open('/import')
  await chooseData(page, dataset.file)
  await page.getByRole('textbox', { name: 'Images folder' }).fill(dataset.images)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row').filter({ has: page.getByRole('img') })).toHaveCount(10)
  await page.getByLabel('Source').fill('colours')
  await expect(page.getByText('Adds to this source')).toBeVisible()
  await page.getByRole('button', { name: 'Start import' }).click()
  await expect(page.getByText('Nothing new')).toBeVisible()
  await expect(page.getByRole('img', { name: new RegExp(`${dataset.pairs} skipped`) })).toBeVisible()
  expect((await app.client.projects.current())!.pairs).toBe(dataset.pairs)
  await page.getByRole('button', { name: 'Show skipped pairs' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('row')).toHaveCount(dataset.pairs + 1)
  await dialog.getByRole('link').first().click()
  await expect(page).toHaveURL(/#\/pairs\/\d+/)
})

test('a folder that is typed is not mixed with the one that a look at the file finds meanwhile, and a wrong one can be mended', async ({
  app,
  page,
}) => {
  await app.project()
  const dataset = await writeDataset(app.home, 12)
  // The backend's answer to the look at the file waits until the field has the focus.
  const held: (() => void)[] = []
  let hold = true
  await page.routeWebSocket('**/rpc', (socket) => {
    const server = socket.connectToServer()
    server.onMessage((message) => {
      const pass = () => socket.send(message)
      if (hold && message.includes('suggestedSource')) held.push(pass)
      else pass()
    })
  })
  await app.open('/import')
  await chooseData(page, dataset.file)
  const field = page.getByRole('textbox', { name: 'Images folder' })
  await field.focus()
  await expect.poll(() => held.length).toBeGreaterThan(0)
  hold = false
  for (const pass of held) pass()
  const rows = page.getByRole('row').filter({ has: page.getByRole('img') })
  await expect(rows).toHaveCount(10)
  await page.keyboard.type(join(app.home, 'nowhere'))
  await expect(field).toHaveValue(join(app.home, 'nowhere'))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText(`Folder ${join(app.home, 'nowhere')} not found`)
  await field.fill(dataset.images)
  await field.press('Enter')
  await expect(rows).toHaveCount(10)
})

test('a dropped file leads to the file browser where its place is not known, and waits for a project', async ({ app, page }) => {
  const dataset = await writeDataset(app.home)
  await app.open()
  await expect(page.getByRole('heading', { name: 'Blindfold' })).toBeVisible()
  await dropFiles(page, ['colours.jsonl'])
  await expect(page.getByText('Create or open a project for these files')).toBeVisible()
  await typeFolder(page.getByRole('dialog'), app.home)
  await page.getByLabel('Name').fill('dropped')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Where is “colours.jsonl”?' })).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: 'Browsers do not reveal' })).toBeVisible()
  await chooseData(page, dataset.file)
  await expect(page.getByRole('heading', { name: 'Import colours.jsonl' })).toBeVisible()
  // What is being imported outlives a look elsewhere.
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await expect(page.getByRole('heading', { name: 'Data', exact: true })).toBeVisible()
  await dropFiles(page, ['other.csv'])
  await expect(page.getByRole('heading', { name: 'Import colours.jsonl' })).toBeVisible()
})

test('a missing recent project is marked and can be forgotten', async ({ app, page }) => {
  await app.project('first')
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

test('a file in another encoding says which, is read when told, and all its records are surveyed before and after the import', async ({
  app,
  page,
}) => {
  const folder = join(app.home, 'in')
  await mkdir(folder)
  const record = (i: number) => ({
    id: i < 2 ? 'same' : `id ${i}`,
    prompt: `Où est le café n° ${i} ?`,
    chosen: `À côté, près de l’église ${i}.`,
    rejected: 'Là-bas, caché.',
    image_2: 'b.png',
    photo: 'c.png',
    note: `très bien ${i}`,
  })
  const text = Array.from({ length: 30 }, (_, i) => `${JSON.stringify(record(i))}\n`)
    .join('')
    .replaceAll('’', "'")
  await writeFile(join(folder, 'french.jsonl'), Buffer.from(text, 'latin1'))
  await app.open()
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await typeFolder(page, app.home)
  await page.getByLabel('Name').fill('french')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'No pairs yet' })).toBeVisible()
  await page.keyboard.press('Control+i')
  await page.getByRole('button', { name: 'Choose files…' }).click()
  await typeFolder(page, folder)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /french\.jsonl/ }).dblclick()
  await expect(page.getByText(/is not UTF-8: byte \d+ of the file, in line 1, is 0xf9\. It seems to be Windows-1252/).first()).toBeVisible()
  await page.getByLabel('Text encoding').selectOption('windows-1252')
  const fields = page.getByRole('table', { name: 'Fields' }).getByRole('row')
  await expect(page.getByRole('heading', { name: 'All 30 records' })).toBeVisible()
  await expect(fields).toHaveText([
    /Field/,
    /image_2.*30 records.*Looks like images/,
    /photo.*30 records.*Looks like images/,
    /id.*2 records.*Not unique/,
    /note.*30 records.*Kept as metadata/,
  ])
  await page.getByLabel('Source').fill('f')
  await startImport(page)
  await expect(page.getByText('30 pairs imported into “f”')).toBeVisible()
  await expect(fields).toHaveText([/Field/, /image_2/, /photo/, /id.*2 records/, /note/])
})
