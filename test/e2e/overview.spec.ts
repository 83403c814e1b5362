import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './app.ts'

test('the blind test is run from the overview and its findings lead to the pairs behind them', async ({ app, page }) => {
  const { pairs } = await app.filled()
  await app.open('/overview')
  await expect(page.getByRole('heading', { name: 'How much does the text alone give away?' })).toBeVisible()
  await page.keyboard.press('Control+Shift+B')
  await page.getByLabel('Seed').fill('3')
  await page.keyboard.press('Enter')

  // The same numbers as the backend's report, each with its interval.
  await expect(page.getByRole('region', { name: 'Verdict' })).toBeVisible({ timeout: 60_000 })
  const report = (await app.client.scan.report())!
  expect(report.provenance.seed).toBe(3)
  expect(report.blindAccuracy.low).toBeGreaterThan(0.6)
  const percent = (share: number) => (share * 100).toFixed(1)
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(report.verdict.sentence)
  await expect(page.getByText('All sources').locator('..')).toContainText(
    `${percent(report.blindAccuracy.value)}%${percent(report.blindAccuracy.low)}–${percent(report.blindAccuracy.high)}%`,
  )
  await expect(page.getByRole('table', { name: 'Blind accuracy by source' })).toContainText('colours')

  // The injected cue is among the strongest features; its number leads to as many pairs, and nothing else in the row leads anywhere.
  const features = page.getByRole('table', { name: 'Strongest features' })
  const cue = features
    .getByRole('row')
    .filter({ hasText: /clearly|perhaps/ })
    .first()
  await expect(cue.getByRole('link')).toHaveCount(0)
  const number = cue.getByRole('button', { name: /^[\d,]+$/ })
  const said = (await number.textContent())!
  await number.click()
  await expect(page).toHaveURL(/#\/pairs\?set=/)
  await expect(page.getByRole('status').filter({ hasText: 'pairs' })).toHaveText(new RegExp(`^${said} pairs`))
  await page.goBack()

  // A bin of the histogram leads to its range, and the bins hold all pairs.
  const bins = page.getByRole('figure', { name: /text alone gives/ }).getByRole('button')
  await expect(bins).toHaveCount(20)
  expect(report.textHistogram.reduce((sum, bin) => sum + bin.pairs, 0)).toBe(pairs)
  await bins.first().focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/scored=true&textMarginMin=-2\.19\d+&textMarginMax=-1\.73\d+&stale=false/)
  await page.goBack()

  // While no image model has scored the pairs only the halves are known.
  const quadrants = page.getByRole('table', { name: /which model is right/ })
  await expect(quadrants.getByRole('link')).toHaveCount(2)
  await quadrants.getByRole('link', { name: /Text wrong/ }).click()
  await expect(page).toHaveURL(/#\/pairs\?quadrant=text-wrong&status=unreviewed/)
})

test('an edited pair makes the numbers stale, and the overview says so in every window', async ({ app, page }) => {
  const dataset = await app.filled({ scan: true })
  await app.open('/overview')
  await expect(page.getByRole('region', { name: 'Verdict' })).toBeVisible()
  await expect(page.getByText('since the last blind test')).toHaveCount(0)
  const { rows } = await app.client.pairs.list({ limit: 1 })
  const { pairId, prompt, chosen, rejected } = rows[0]!
  await app.client.review.annotate({ action: 'edit', pairId, prompt, chosen: `${chosen} Indeed.`, rejected })
  await expect(page.getByText('Since the last blind test: 1 pair changed.')).toBeVisible()
  const more = join(app.home, 'more.jsonl')
  await writeFile(more, `${JSON.stringify({ id: 'new', prompt: 'Which?', img_path: '0.png', chosen: 'Red.', rejected: 'Blue.' })}\n`)
  await app.done((await app.client.imports.start({ file: more, source: 'colours', imagesDir: dataset.images })).jobId)
  await expect(page.getByText('Since the last blind test: 1 pair changed; 1 pair was imported.')).toBeVisible()
  await page.getByRole('button', { name: 'Run again', exact: true }).click()
  await page.getByRole('button', { name: 'Run blind test' }).click()
  await expect(page.getByText('since the last blind test')).toHaveCount(0, { timeout: 60_000 })
})

test('the palette and the key sheet are made from the commands, and keys typed into a field are text', async ({ app, page }) => {
  await app.filled()
  await app.open('/data')
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toContainText('Run blind test')
  await page.keyboard.press('Escape')
  await expect(sheet).toHaveCount(0)

  await page.keyboard.press('Control+k')
  await page.keyboard.type('jobs')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible()

  await page.keyboard.press('Control+e')
  await page.getByLabel('Folder', { exact: true }).fill('')
  await page.keyboard.type('g o ?')
  await expect(page.getByLabel('Folder', { exact: true })).toHaveValue('g o ?')
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('o')
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible()
})
