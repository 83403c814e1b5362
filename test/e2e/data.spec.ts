import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from './app.ts'
import { chooseData, startImport, typePath } from './choose.ts'

const lines = (records: readonly object[]): string => records.map((record) => JSON.stringify(record)).join('\n')
const picture = (red: number) =>
  sharp({ create: { width: 24, height: 16, channels: 3, background: { r: red, g: 40, b: 90 } } })
    .png()
    .toBuffer()

test('pairs whose image is missing come in, and are completed from a folder', async ({ app, page }) => {
  await app.project()
  const file = join(app.home, 'in', 'looks.jsonl')
  await mkdir(join(app.home, 'in'))
  await mkdir(join(app.home, 'found'))
  for (let i = 0; i < 3; i++) await writeFile(join(app.home, 'found', `p${i}.png`), await picture(60 * i))
  await writeFile(
    file,
    lines(
      Array.from({ length: 9 }, (_, i) => ({
        prompt: `What is this, ${i}?`,
        img_path: i === 8 ? 'lost.png' : `p${i % 3}.png`,
        chosen: `A picture ${i}.`,
        rejected: 'Nothing.',
      })),
    ),
  )
  await app.open('/import')
  await chooseData(page, file)
  await expect(page.getByText('9 missing images')).toBeVisible()
  await startImport(page)
  await expect(page.getByText('9 pairs imported into “looks”')).toBeVisible()
  await expect(page.getByText('9 pairs have missing images')).toBeVisible()

  await page.getByRole('button', { name: 'Find images' }).click()
  await expect(page.getByText('9 pairs have missing images, 4 images in all')).toBeVisible()
  const missing = page.getByRole('table', { name: 'Missing images' })
  await expect(missing.getByRole('row')).toHaveCount(5)
  await expect(missing.getByRole('row', { name: /lost\.png/ })).toContainText('1')
  await expect(page.getByRole('button', { name: 'Find images' })).toBeDisabled()
  await page.getByRole('button', { name: 'Choose…' }).click()
  await typePath(page, join(app.home, 'found'), true)
  await page.keyboard.press('Control+Enter')
  await expect(page.getByText('1 pair has a missing image, 1 image in all')).toBeVisible()
  await expect(missing.getByRole('row')).toHaveCount(2)
  expect(await app.client.projects.current()).toMatchObject({ images: 3, incomplete: 1 })
  await page.getByRole('button', { name: 'Show pairs' }).click()
  await expect(page).toHaveURL(/#\/pairs\?missing=true/)

  // What was made good is no longer said to be missing.
  await writeFile(join(app.home, 'found', 'lost.png'), await picture(200))
  await app.open('/data?tab=images')
  await page.getByLabel('Images folder').fill(join(app.home, 'found'))
  await page.getByRole('button', { name: 'Find images' }).click()
  await expect(page.getByRole('heading', { name: 'No image is missing' })).toBeVisible()
})

test('the web is asked only where the user agreed, host by host', async ({ app, page }) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    void picture(Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0)).then((bytes) =>
      response.setHeader('content-type', 'image/png').end(bytes),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await app.project()
    const pairs = (from: number) =>
      lines(
        Array.from({ length: 4 }, (_, i) => ({
          prompt: `Which, ${from + i}?`,
          img_path: `http://${host}/${from + i}.png`,
          chosen: `One ${i}.`,
          rejected: 'None.',
        })),
      )
    await writeFile(join(app.home, 'web.jsonl'), pairs(0))
    await app.open('/import')
    await chooseData(page, join(app.home, 'web.jsonl'))
    const consent = page.getByRole('checkbox', { name: new RegExp(`Download from ${host.replaceAll('.', '\\.')}`) })
    await expect(consent).not.toBeChecked()
    await expect(page.getByText('4 images among the first records')).toBeVisible()
    await startImport(page)
    await expect(page.getByText('4 pairs have missing images')).toBeVisible()
    expect(asked).toEqual([])

    // Agreed to afterwards, on the data page.
    await page.getByRole('button', { name: 'Find images' }).click()
    await expect(consent).not.toBeChecked()
    await consent.check()
    await page.getByRole('button', { name: 'Find images' }).click()
    await expect(page.getByRole('heading', { name: 'No image is missing' })).toBeVisible()
    expect(asked.sort()).toEqual(['/0.png', '/1.png', '/2.png', '/3.png'])

    // Agreed to in the wizard.
    await writeFile(join(app.home, 'more.jsonl'), pairs(10))
    await app.open('/import')
    await chooseData(page, join(app.home, 'more.jsonl'))
    await consent.check()
    await startImport(page)
    await expect(page.getByText('4 pairs imported into “more”')).toBeVisible()
    expect(await app.client.projects.current()).toMatchObject({ images: 8, incomplete: 0 })
    expect(asked).toHaveLength(8)
  } finally {
    server.close()
  }
})

test('duplicates are counted by kind, lead to their pairs, and can be looked for again', async ({ app, page }) => {
  await app.project()
  const pair = (id: string, prompt: string, chosen: string, rejected: string) => ({ id, prompt, chosen, rejected })
  const first = [
    pair('a', 'How many birds?', 'There are two.', 'There are three.'),
    pair('b', 'How many birds?', 'There are three.', 'There are two.'),
    pair('c', 'What colour?', 'It is red.', 'It is RED!'),
    pair('d', 'Where is the dog?', 'On the left.', 'On the right.'),
  ]
  await writeFile(join(app.home, 'first.jsonl'), lines(first))
  await writeFile(join(app.home, 'second.jsonl'), lines([first[3]!, pair('e', 'Where is it now?', 'Far away.', 'Quite near.')]))
  await app.open('/data?tab=duplicates')
  await expect(page.getByRole('heading', { name: 'No pairs yet' })).toBeVisible()
  await app.done((await app.client.imports.start({ file: join(app.home, 'first.jsonl'), source: 'first' })).jobId)
  await app.done((await app.client.imports.start({ file: join(app.home, 'second.jsonl'), source: 'second' })).jobId)
  const kind = (name: string) =>
    page
      .getByRole('list', { name: 'Kinds of duplicates' })
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name, exact: true }) })
  await expect(kind('Same pair')).toContainText('2 pairs in 1 set')
  await expect(kind('Flipped twin')).toContainText('2 pairs in 1 set')
  await expect(kind('Near-identical responses')).toContainText('1 pair')
  await kind('Flipped twin').getByRole('link', { name: 'Show pairs' }).click()
  await expect(page).toHaveURL(/#\/pairs\?repeats=flipped-twin/)
  await expect(page.getByRole('grid', { name: 'Pairs' })).toContainText('How many birds?')

  // A pair that changes makes the findings old; looking again renews them.
  const { rows } = await app.client.pairs.list({ filter: { duplicates: ['near-responses'] } })
  await app.client.review.annotate({
    pairId: rows[0]!.pairId,
    action: 'edit',
    prompt: 'What colour?',
    chosen: 'It is red.',
    rejected: 'It is blue.',
  })
  await app.open('/data?tab=duplicates')
  await expect(page.getByText('Pairs added or changed since then')).toBeVisible()
  await page.getByRole('button', { name: 'Find duplicates again' }).click()
  await expect(page.getByText('Nothing is merged or removed.')).toBeVisible()
  await expect(kind('Near-identical responses')).toContainText('0 pairs')
})

test('a long quarantine is read page by page, filtered by source, by keyboard alone', async ({ app, page }) => {
  await app.project()
  const broken = (count: number, missing: string) =>
    lines(
      Array.from({ length: count }, (_, i) => ({
        prompt: `Number ${i}?`,
        chosen: 'Yes.',
        rejected: 'No.',
        [missing]: undefined,
        ...(missing === 'rejected' && { rejected: 'Yes.' }),
        ...(missing === 'chosen' && { chosen: 7 }),
      })),
    )
  const good = lines([{ prompt: 'A good one?', chosen: 'Yes.', rejected: 'No.' }])
  await writeFile(join(app.home, 'many.jsonl'), `${good}\n${broken(600, 'rejected')}`)
  await writeFile(join(app.home, 'few.jsonl'), `${good}\n${broken(5, 'chosen')}`)
  await app.done((await app.client.imports.start({ file: join(app.home, 'many.jsonl'), source: 'many', format: 'trl' })).jobId)
  await app.done((await app.client.imports.start({ file: join(app.home, 'few.jsonl'), source: 'few', format: 'trl' })).jobId)
  await app.open('/data?tab=quarantine')
  await expect(page.getByText('605 records could not be imported')).toBeVisible()
  const grid = page.getByRole('grid', { name: 'Quarantined records' })
  await expect(grid).toHaveAttribute('aria-rowcount', '606')
  expect(await grid.getByRole('row').count()).toBeLessThan(120)
  await grid.focus()
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('End')
    await page.waitForTimeout(300)
  }
  await expect(page.getByRole('region', { name: /^Record of row/ })).toContainText('few.jsonl')
  await page.getByRole('list', { name: 'Sources' }).getByRole('button', { name: /few/ }).press('Enter')
  await expect(page.getByText('5 of 605 records could not be imported')).toBeVisible()
  await expect(grid.getByRole('row')).toHaveCount(6)
  await expect(page).toHaveURL(/source=few/)
})
