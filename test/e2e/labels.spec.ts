import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './app.ts'
import { chooseData, startImport } from './choose.ts'

const lines = (records: readonly object[]): string => records.map((record) => JSON.stringify(record)).join('\n')

test('labels that may mean one thing or another are asked about, and nothing is imported before', async ({ app, page }) => {
  await app.project()
  const rows = Array.from({ length: 60 }, (_, i) => ({
    prompt: `Question ${i}?`,
    'response 1': `One ${i}.`,
    'response 2': `Two ${i}.`,
    label: i % 3,
  }))
  await writeFile(join(app.home, 'votes.jsonl'), lines(rows))
  await app.open('/import')
  await chooseData(page, join(app.home, 'votes.jsonl'))

  const panel = page.getByRole('group', { name: 'Label values' })
  await expect(page.getByText('What do the labels mean?')).toBeVisible()
  await expect(panel.getByRole('row', { name: /^2 20/ })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start import' })).toBeDisabled()
  // No pair is shown in a way that would be a guess.
  await expect(page.getByText('One 0.')).toHaveCount(0)

  // One value answered: what that leaves to the quarantine is said with the start, and the label counts as used.
  await page.getByLabel('Meaning of 0').selectOption('first')
  const unread = page.getByText('40 records would be quarantined. No meaning is set for the labels 1, 2.')
  await expect(unread).toBeVisible()
  await expect(page.getByText('20 pairs. No pair names an image.')).toBeVisible()
  await expect(page.getByText('Not part of a pair. Kept as metadata.')).toHaveCount(0)

  await page.getByLabel('0: response 1 is better · 1: response 2 is better · 2: tie').check()
  await expect(page.getByText('One 0.')).toBeVisible()
  await expect(page.getByLabel('Meaning of 2')).toHaveValue('tie')
  await expect(unread).toHaveCount(0)
  await expect(page.getByText('20 tied pairs')).toBeVisible()
  // Another meaning for one value.
  await page.getByLabel('Meaning of 2').selectOption('none')
  await expect(page.getByText(/would be quarantined/).first()).toBeVisible()
  await page.getByLabel('Meaning of 2').selectOption('tie')
  await startImport(page)
  await expect(page.getByText('60 pairs imported into “votes”')).toBeVisible()
  const { rows: pairs } = await app.client.pairs.list({ sort: 'id' })
  expect(pairs.slice(0, 2)).toMatchObject([
    { chosen: 'One 0.', rejected: 'Two 0.' },
    { chosen: 'Two 1.', rejected: 'One 1.' },
  ])
  expect(pairs.filter(({ status }) => status === 'tied')).toHaveLength(20)
})

test('a suggested map says what it would lose, needs no prompt, and is saved with what the labels mean', async ({ app, page }) => {
  await app.project()
  const rows = (from: number) =>
    Array.from({ length: 20 }, (_, i) => ({
      photo: `${i}.jpg`,
      caption_a: `A dog ${from + i}.`,
      caption_b: `A road ${from + i}.`,
      better: i % 2,
    }))
  await writeFile(join(app.home, 'captions.jsonl'), lines(rows(0)))
  await writeFile(join(app.home, 'more.jsonl'), lines(rows(100)))
  await app.open('/import')
  await chooseData(page, join(app.home, 'captions.jsonl'))
  await expect(page.getByText('This suggestion reads all of the first 20 records.')).toBeVisible()
  await page.getByLabel('0: caption_b is better · 1: caption_a is better').check()
  await page.getByRole('button', { name: 'Save map…' }).click()
  await page.getByLabel('Map name').fill('captions')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Column map “captions” saved')).toBeVisible()
  await startImport(page)
  await expect(page.getByText('20 pairs imported into “captions”')).toBeVisible()
  const { rows: pairs } = await app.client.pairs.list({ sort: 'id' })
  expect(pairs[0]).toMatchObject({ prompt: '', chosen: 'A road 0.', rejected: 'A dog 0.' })

  await page.getByRole('button', { name: 'Import more files' }).click()
  await chooseData(page, join(app.home, 'more.jsonl'))
  await page.getByRole('button', { name: 'Saved maps' }).click()
  await page.getByRole('button', { name: /^captions/ }).click()
  await expect(page.getByRole('button', { name: 'Start import' })).toBeEnabled()
  await expect(page.getByLabel('Meaning of 1')).toHaveValue('first')
})

test('judgements that will not be taken are counted before the import, for the split that was typed, and after it', async ({
  app,
  page,
}) => {
  await app.project()
  const pair = (i: number, action: 'keep' | 'discard') => ({
    ...{
      blindfold: 1,
      id: null,
      source: 'own',
      split: 'train',
      prompt: `Question ${i}?`,
      chosen: 'One.',
      rejected: 'Two.',
      messages: null,
      images: [],
      tied: false,
      metadata: {},
      tags: [],
    },
    history: [
      {
        action,
        reverts: null,
        status: action === 'keep' ? 'kept' : 'discarded',
        prompt: null,
        chosen: null,
        rejected: null,
        blind: false,
        annotator: 'a',
        at: '2026-01-01T00:00:00.000Z',
      },
    ],
  })
  await writeFile(join(app.home, 'mine.jsonl'), lines([0, 1, 2, 3].map((i) => pair(i, 'keep'))))
  await writeFile(join(app.home, 'theirs.jsonl'), lines([0, 1, 2, 3].map((i) => pair(i, i % 2 ? 'keep' : 'discard'))))
  await app.open('/import')
  await chooseData(page, join(app.home, 'mine.jsonl'))
  await expect(page.getByRole('heading', { name: 'All 4 records' })).toBeVisible()
  await expect(page.getByRole('table', { name: 'Fields' })).toHaveCount(0)
  await startImport(page)
  await expect(page.getByText(/4 pairs imported/)).toBeVisible()

  await page.getByRole('button', { name: 'Import more files' }).click()
  await chooseData(page, join(app.home, 'theirs.jsonl'))
  const label = page.getByRole('table', { name: 'Fields' }).getByRole('row', { name: /^label/ })
  await expect(label).toHaveText(/2 records.*will be ignored/)
  await page.getByLabel('Split').fill('test')
  await expect(label).toHaveCount(0)
  await page.getByLabel('Split').fill('train')
  await expect(label).toBeVisible()
  await startImport(page)
  await expect(label).toHaveText(/2 records.*was ignored/)
})
