import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './app.ts'
import { chooseData, startImport, typeFolder } from './choose.ts'
import { writeDataset } from './dataset.ts'

const lines = (records: readonly object[]): string => records.map((record) => JSON.stringify(record)).join('\n')

test('columns of no known format are named once, saved, and used for the next file', async ({ app, page }) => {
  await app.project()
  const records = (from: number) =>
    lines(
      Array.from({ length: 30 }, (_, i) => ({ ask: `Question ${from + i}?`, fine: `Yes, ${i}.`, poor: `No, ${i}.`, depth: { score: i } })),
    )
  await writeFile(join(app.home, 'one.jsonl'), records(0))
  await writeFile(join(app.home, 'two.jsonl'), records(100))
  await app.open('/import')
  await chooseData(page, join(app.home, 'one.jsonl'))

  // Nothing fits: the columns are shown with examples, and nothing can be started while one is open.
  await expect(page.getByText('No known format fits')).toBeVisible()
  await expect(page.getByRole('row', { name: /depth\.score/ })).toBeVisible()
  await expect(page.getByRole('row', { name: /fine/ })).toContainText('Yes, 0.')
  await expect(page.getByRole('button', { name: 'Start import' })).toBeDisabled()
  await page.getByLabel('Prompt').selectOption('ask')
  await page.getByLabel('Chosen', { exact: true }).selectOption('poor')
  await expect(page.getByText('Not mapped yet: rejected')).toBeVisible()
  // A column has one role: it leaves the one it had.
  await page.getByLabel('Rejected', { exact: true }).selectOption('poor')
  await expect(page.getByText('Not mapped yet: chosen')).toBeVisible()
  await page.getByLabel('Chosen', { exact: true }).selectOption('fine')
  const preview = page.getByRole('table').filter({ hasText: 'Question 0?' }).last()
  await expect(preview.getByRole('row').nth(1)).toContainText('Yes, 0.')

  await page.getByRole('button', { name: 'Save map…' }).click()
  await page.getByLabel('Map name').fill('ask, fine, poor')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Column map “ask, fine, poor” saved')).toBeVisible()
  await startImport(page)
  await expect(page.getByText('30 pairs imported into “one”')).toBeVisible()
  const { rows } = await app.client.pairs.list({ sort: 'id' })
  expect(rows[0]).toMatchObject({ prompt: 'Question 0?', chosen: 'Yes, 0.', rejected: 'No, 0.' })

  // The next file of that kind offers the map.
  await page.getByRole('button', { name: 'Import more files' }).click()
  await chooseData(page, join(app.home, 'two.jsonl'))
  await page.getByRole('button', { name: 'Use “ask, fine, poor”' }).click()
  // Read with the map, the file can be imported.
  await expect(page.getByRole('button', { name: 'Start import' })).toBeEnabled()
  await startImport(page)
  await expect(page.getByText('30 pairs imported into “two”')).toBeVisible()
  expect((await app.client.projects.current())!.pairs).toBe(60)
})

test('judged responses: the label says which is better, and ties are set aside', async ({ app, page }) => {
  await app.project()
  const judged = Array.from({ length: 12 }, (_, i) => ({
    q: `Which, ${i}?`,
    one: `First answer ${i}.`,
    two: `Second answer ${i}.`,
    verdict: ['one', 'two', 'tie'][i % 3],
  }))
  await writeFile(join(app.home, 'votes.jsonl'), lines(judged))
  await app.open('/import')
  await chooseData(page, join(app.home, 'votes.jsonl'))
  await page.getByLabel('Format').selectOption('Custom columns')
  await page.getByText('Two responses and a label', { exact: true }).click()
  await page.getByLabel('Prompt').selectOption('q')
  await page.getByLabel('First response').selectOption('one')
  await page.getByLabel('Second response').selectOption('two')
  await page.getByLabel('Label', { exact: true }).selectOption('verdict')
  await expect(page.getByText('4 tied pairs')).toBeVisible()
  await startImport(page)
  await expect(page.getByText('12 pairs imported into “votes”')).toBeVisible()
  await page.getByRole('button', { name: 'Show tied pairs' }).click()
  await expect(page).toHaveURL(/status=tied/)
  expect((await app.client.pairs.count({ filter: { statuses: ['tied'] } })).count).toBe(4)
})

test('a folder of shards shows its files and splits, and keeps the splits', async ({ app, page }) => {
  await app.project()
  const folder = join(app.home, 'questions')
  await mkdir(join(folder, 'data'), { recursive: true })
  const shard = (from: number) =>
    lines(Array.from({ length: 10 }, (_, i) => ({ prompt: `Number ${from + i}?`, chosen: `It is ${from + i}.`, rejected: 'Unknown.' })))
  await writeFile(join(folder, 'data', 'train-00000-of-00002.jsonl'), shard(0))
  await writeFile(join(folder, 'data', 'train-00001-of-00002.jsonl'), shard(10))
  await writeFile(join(folder, 'data', 'test-00000-of-00001.jsonl'), shard(20))
  await app.open('/import')
  await chooseData(page, folder, true)
  await expect(page.getByText('JSONL · 3 files')).toBeVisible()
  await expect(page.getByRole('img', { name: /Split sizes:.*train.*test|Split sizes:.*test.*train/ })).toBeVisible()
  await page.getByText('All 3 files').click()
  await expect(page.getByText('train-00001-of-00002.jsonl')).toBeVisible()
  await startImport(page)
  await expect(page.getByText('30 pairs imported into “questions”')).toBeVisible()
  const [source] = (await app.client.projects.current())!.sources
  expect(source!.parts).toEqual([
    { split: 'test', pairs: 10 },
    { split: 'train', pairs: 20 },
  ])
  // The same on the data page, each split leading to its pairs.
  await app.open('/data')
  await page.getByRole('table', { name: 'Sources' }).getByRole('link', { name: 'test' }).click()
  await expect(page).toHaveURL(/#\/pairs\?source=questions&split=test/)
})

test('several files are imported together; what cannot be read yet stays', async ({ app, page }) => {
  await app.project()
  const dataset = await writeDataset(app.home, 20)
  await writeFile(join(app.home, 'plain.jsonl'), lines([{ prompt: 'How many?', chosen: 'Two.', rejected: 'Three.' }]))
  await writeFile(join(app.home, 'notes.json'), '[{"hello": "world"}]')
  await app.open('/import')
  await page.keyboard.press('o')
  await typeFolder(page.getByRole('dialog'), app.home)
  await page.keyboard.press('Enter')
  for (const name of [/colours\.jsonl/, /plain\.jsonl/, /notes\.json/]) await page.getByRole('dialog').getByRole('button', { name }).click()
  await page.getByRole('button', { name: 'Open 3 files' }).click()
  const files = page.getByRole('list', { name: 'Chosen files' })
  await expect(files.getByRole('listitem').filter({ hasText: 'colours.jsonl' })).toContainText('MM-RM')
  await expect(files.getByRole('listitem').filter({ hasText: 'plain.jsonl' })).toContainText('TRL')
  await expect(files.getByRole('listitem').filter({ hasText: 'notes.json' })).toContainText('Map the columns')
  await expect(page.getByText('1 file cannot be imported yet')).toBeVisible()
  // Each file has its own settings; arrow keys move between them.
  await files.getByRole('button', { name: /^colours\.jsonl/ }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(files.getByRole('button', { name: /^plain\.jsonl/ })).toHaveAttribute('aria-current', 'true')
  await page.keyboard.press('ArrowLeft')
  await expect(files.getByRole('button', { name: /^colours\.jsonl/ })).toHaveAttribute('aria-current', 'true')
  await page.getByLabel('Images folder').fill(dataset.images)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row').filter({ has: page.getByRole('img') })).toHaveCount(10)
  await page.getByRole('button', { name: 'Import 2 files' }).click()
  await expect(page.getByText('20 pairs imported into “colours” from colours.jsonl')).toBeVisible()
  await expect(page.getByText('1 pair imported into “plain” from plain.jsonl')).toBeVisible()
  await expect(page.getByText('1 file is not imported yet')).toBeVisible()
  await page.getByRole('button', { name: 'Continue import' }).click()
  await expect(page.getByRole('heading', { name: 'Import notes.json' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start import' })).toBeDisabled()
})

test('where several formats fit, each can be tried before the import, and the suggested source gives way to a typed one', async ({
  app,
  page,
}) => {
  await app.project()
  const turns = (value: string) => [
    { from: 'human', value: 'Which colour?' },
    { from: 'gpt', value },
  ]
  const both = {
    conversations: turns('Talk red'),
    rejected_conversations: turns('Talk blue'),
    prompt: 'Which colour?',
    chosen: 'Plain red',
    rejected: 'Plain blue',
  }
  await writeFile(join(app.home, 'both.jsonl'), `${JSON.stringify(both)}\n`)
  await app.open('/import')
  await chooseData(page, join(app.home, 'both.jsonl'))
  const formats = page.getByRole('group', { name: /Several formats fit/ })
  await expect(formats.getByRole('radio')).toHaveCount(2)
  await formats.getByRole('radio', { name: /TRL/ }).check()
  await expect(page.getByText('Plain red')).toBeVisible()
  await formats.getByRole('radio', { name: /POVID/ }).check()
  await expect(page.getByText('Talk red')).toBeVisible()
  const source = page.getByLabel('Source')
  await expect(source).toHaveAttribute('placeholder', 'both')
  await source.click()
  await page.keyboard.type('talks')
  await expect(source).toHaveValue('talks')
  await source.clear()
  await expect(page.getByText('Default: “both”, from the file name')).toBeVisible()
  await page.keyboard.type('talks')
  await startImport(page)
  await expect(page.getByText('1 pair imported into “talks”')).toBeVisible()
  expect(await app.client.projects.current()).toMatchObject({ sources: [{ name: 'talks' }] })
})
