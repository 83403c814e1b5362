import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPairQuery } from '../../renderer/state/pair-query.ts'
import { expect, test } from './app.ts'
import { typeFolder } from './choose.ts'

test('a probe is run from the overview, and an area of the losses leads to its pairs', async ({ app, page }) => {
  await app.filled({ scan: true })
  await app.open('/overview')
  await page.getByRole('button', { name: 'Run image probe…' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Run probe' }).click()
  const controls = page.getByRole('table', { name: 'Image probe and controls' })
  await expect(controls).toBeVisible({ timeout: 60_000 })
  const probe = (await app.client.probe.report())!
  await expect(controls).toContainText(`${(100 * probe.swapped.value).toFixed(1)}%`)
  await expect(page.getByText(probe.sentence)).toBeVisible()

  // The keyboard widens an area from its first cell; the pairs that it counts are those that open.
  const plot = page.getByRole('application', { name: /pairs by text loss/ })
  await plot.focus()
  for (let i = 0; i < 20; i++) await page.keyboard.press('Shift+ArrowUp')
  for (let i = 0; i < 6; i++) await page.keyboard.press('Shift+ArrowRight')
  const said = page.getByText(/pairs? in the area/)
  const counted = Number(/\d+/.exec((await said.textContent())!)![0])
  expect(counted).toBeGreaterThan(0)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/pairs\?.*[mM]argin/)
  const { filter } = readPairQuery(page.url().split('?')[1]!)
  expect((await app.client.pairs.count({ filter })).count).toBe(counted)

  // Likely errors: the labels that both models doubt, as a queue, the surest first.
  const { rows } = await app.client.pairs.list({ filter: { suspectMin: 0 }, sort: '-suspect', limit: 500 })
  const suspectMin = rows[4]!.suspect!
  const suspects = rows.filter(({ suspect }) => suspect! >= suspectMin).length
  await app.open(`/pairs?suspectMin=${suspectMin}&sort=-suspect`)
  await expect(page.getByRole('status').filter({ hasText: new RegExp(`^${suspects} pairs?`) })).toBeVisible()
  const button = page.getByRole('button', { name: /^Likely label errors \(/ })
  await expect(button).toHaveAttribute('aria-pressed', 'true')
  await button.click()
  await expect(page).toHaveURL(/#\/pairs\?sort=-suspect$/)
})

test('parts of the data, reasons and muting: each says where it leaks and what is left without', async ({ app, page }) => {
  await app.filled({ scan: true })
  await app.open('/overview')
  await page.getByRole('radiogroup', { name: 'Subsets by' }).getByText('Prompt type').click()
  await expect(page.getByRole('table', { name: 'Blind accuracy by prompt type' })).toContainText('which')

  const features = page.getByRole('table', { name: 'Strongest features' })
  await expect(features).toContainText('Certainty')
  const shared = page.getByRole('table', { name: 'Shared beginnings and ends' })
  await expect(shared).toContainText('it is clearly the colour …')
  const [first] = (await app.client.reasons.list())!.reasons
  await features.getByRole('checkbox', { name: `Mute ${first!.feature}` }).check()
  await expect(page.getByText(/Without 1 feature, blind accuracy changes from/)).toBeVisible()
  await page.getByRole('button', { name: 'Unmute all' }).click()
  await expect(page.getByText(/Without 1 feature/)).toHaveCount(0)

  await shared
    .getByRole('row')
    .filter({ has: page.getByText('it is clearly the colour …', { exact: true }) })
    .getByRole('button')
    .click()
  await expect(page).toHaveURL(/#\/pairs\?set=/)
  await expect(page.getByRole('status').filter({ hasText: '120 pairs' })).toBeVisible()
  const chip = page.getByRole('button', { name: /Pairs: beginning “it is clearly/ })
  await chip.click()
  await expect(page).toHaveURL(/#\/pairs$/)
})

test('what an edit would do is shown while typing, and only once the label is known', async ({ app, page }) => {
  await app.filled({ scan: true })
  const { rows } = await app.client.pairs.list({ limit: 1 })
  const { pairId, chosen, rejected, textMargin } = rows[0]!
  await app.open(`/pairs/${pairId}`)
  await expect(page.getByText('hidden until you choose')).toBeVisible()
  await page.keyboard.press('e')
  await expect(page.getByRole('form', { name: 'Edit the pair' })).toBeVisible()
  const told = page.getByLabel('Effect of this edit')
  await expect(told).toHaveCount(0)
  await page.keyboard.press('Escape')
  await app.client.review.annotate({ pairId, action: 'keep' })
  await page.keyboard.press('e')
  await expect(told).toContainText('Text margin')
  const before = (await told.textContent())!
  // The texts change places: the margin turns round.
  await page.getByLabel(/\(chosen\)/).fill(rejected)
  await page.getByLabel(/\(rejected\)/).fill(chosen)
  await expect(told).toContainText(`→ −${textMargin!.toFixed(2)}`)
  await expect(told).toContainText('does not predict the label')
  expect(await told.textContent()).not.toBe(before)
  expect((await app.client.pairs.get({ pairId })).chosen).toBe(chosen)

  // A cue that is muted is taken out of the margin, and comes back.
  const cues = page.getByRole('group', { name: 'Mute cues of this pair' }).getByRole('button')
  const edited = (await told.textContent())!
  await cues.first().click()
  await expect(told).not.toHaveText(edited)
  await cues.first().click()
  await expect(told).toHaveText(edited)
})

test('the report is saved as a page of its own', async ({ app, page }) => {
  await app.filled({ scan: true })
  await app.open('/overview')
  await page.getByRole('button', { name: 'Save report…' }).click()
  const dialog = page.getByRole('dialog')
  await typeFolder(dialog, app.home)
  await page.keyboard.press('Enter')
  await dialog.getByLabel('Name').fill('report.html')
  await dialog.getByRole('button', { name: 'Save here' }).click()
  await expect(page.getByText('Report saved')).toBeVisible()
  expect(await readFile(join(app.home, 'report.html'), 'utf8')).toContain('<h1>Blind test of <bdi>colours</bdi></h1>')
})
