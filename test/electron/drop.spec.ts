import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './desktop.ts'

test('a file dropped onto the window is previewed from where it lies', async ({ desktop }) => {
  const file = join(desktop.home, 'dropped.jsonl')
  await writeFile(file, JSON.stringify({ prompt: 'How many?', chosen: 'Two.', rejected: 'Three.' }))
  const { page } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  // A file of the disk in the page's hands, as a drop gives it: chosen here by the input that knows its place.
  await page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'given'
    document.body.append(input)
  })
  await page.setInputFiles('#given', file)
  const places = await page.evaluate(() => {
    const given = (document.querySelector('#given') as HTMLInputElement).files![0]!
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(given)
    for (const type of ['dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
    return Promise.all([window.blindfold!.pathFor(given), window.blindfold!.pathFor(new File(['{}'], 'made.jsonl'))])
  })
  expect(places).toEqual([file, ''])
  await expect(page.getByRole('heading', { name: 'Import dropped.jsonl' })).toBeVisible()
  await expect(page.getByRole('cell', { name: 'How many?' })).toBeVisible()
})
