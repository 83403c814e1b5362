import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { trainerVariables } from '../trainer-python.ts'
import { expect, test } from './app.ts'

// The backend inherits these, so it trains at once with the trainer of this checkout.
test.beforeAll(async () => {
  test.setTimeout(600_000)
  Object.assign(process.env, await trainerVariables())
})

/** What WCAG A and AA ask for, in both themes. */
async function accessible(page: Page, what: string): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
    const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
    expect(found, `${what}, ${theme}`).toEqual([])
  }
}

test('two runs are compared; those that wait say their place and are cancelled one by one', async ({ app, page }) => {
  test.setTimeout(240_000)
  await app.project()
  await app.done((await app.client.demo.start({ pairs: 60, testPairs: 20, seed: 5 })).jobId)
  const shared = { sources: ['hedged'], epochs: 2, batchSize: 8 }
  const first = await app.client.training.start({ method: 'standard', ...shared })
  const second = await app.client.training.start({ method: 'shortcut-aware', ...shared, batchSize: 16, sfcNormalise: true })
  await app.done(first.jobId)
  await app.done(second.jobId)

  // What was asked for differently, curves of both, and the backend's own accuracies.
  await app.open(`/training/${second.runId}`)
  await expect(page.getByRole('img', { name: 'SFC over epoch' }).locator('canvas')).toBeVisible()
  await expect(page.getByRole('img', { name: 'Memory over step' }).locator('canvas')).toBeVisible()
  await accessible(page, 'run')
  await page.keyboard.press('c')
  await expect(page).toHaveURL(/#\/training\/compare\?/)
  await expect(page.getByLabel('Run A', { exact: true })).toHaveValue(second.runId)
  await expect(page.getByLabel('Run B', { exact: true })).toHaveValue(first.runId)
  const differs = page.getByRole('table', { name: 'Differences' })
  await expect(differs.getByRole('row', { name: 'Method shortcut-aware standard' })).toBeVisible()
  await expect(differs.getByRole('row', { name: /^Seed/ })).toHaveCount(0)
  await expect(page.getByText('Both runs used the same pairs')).toBeVisible()
  for (const name of ['MM loss', 'MM accuracy', 'Mean SFC', 'Text loss']) {
    await expect(page.getByRole('img', { name: `${name} over epoch` }).locator('canvas')).toBeVisible()
  }
  await page.getByText('Every step').click()
  const [a, b] = await Promise.all(
    [second, first].map(async ({ runId }) => (await app.client.training.steps({ runId })).at(-1)!.lossMm!.toFixed(3)),
  )
  await expect(page.locator('figcaption').first()).toContainText(`Run A ${a}Run B ${b}`)
  const { cells } = await app.client.evaluation.matrix()
  const held = page.getByRole('table', { name: 'Held-out accuracy' })
  const shown = (runId: string) =>
    `${(cells.find((cell) => cell.runId === runId && cell.testSource === 'hedged')!.accuracy.value * 100).toFixed(1)}%`
  await expect(
    held
      .getByRole('row', { name: /^hedged/ })
      .getByRole('cell')
      .nth(1),
  ).toContainText(shown(second.runId))
  await expect(
    held
      .getByRole('row', { name: /^hedged/ })
      .getByRole('cell')
      .nth(2),
  ).toContainText(shown(first.runId))
  // Changed predictions, each count with the queue of its pairs.
  const flips = await app.client.evaluation.flips({ from: second.runId, to: first.runId })
  expect(flips.sources.map(({ source }) => source)).toEqual(['hedged', 'injected', 'verbose'])
  const flipped = page.getByRole('table', { name: 'Changed predictions' })
  await expect(flipped.getByRole('row', { name: /^All/ })).toContainText(String(flips.pairs))
  await accessible(page, 'comparison')
  const kind = (['won', 'lost'] as const).find((each) => flips.sources.some((row) => row[each] > 0))
  if (kind) {
    const all = flips.sources.reduce((sum, row) => sum + row[kind], 0)
    await flipped
      .getByRole('row', { name: /^All/ })
      .getByRole('button', { name: new RegExp(`^${all} pairs? correct in run ${kind === 'won' ? 'B' : 'A'} only$`) })
      .click()
    await expect(page).toHaveURL(/#\/pairs\?set=/)
    await expect(page.getByRole('status').filter({ hasText: new RegExp(`^${all} pairs?`) })).toBeVisible()
    await page.goBack()
  }
  await page.keyboard.press('s')
  await expect(page.getByLabel('Run A', { exact: true })).toHaveValue(first.runId)

  // Three more: one trains, two wait; the one in between is taken out.
  const long = { method: 'standard' as const, sources: ['hedged'], epochs: 100, batchSize: 4 }
  const ids = [] as { runId: string; jobId: string }[]
  for (const seed of [1, 2, 3]) ids.push(await app.client.training.start({ ...long, seed }))
  await page.keyboard.press('l')
  const row = (seed: number) =>
    page
      .getByRole('table', { name: 'Runs' })
      .getByRole('row')
      .filter({ has: page.getByRole('button', { name: new RegExp(`seed ${seed}$`) }) })
  await expect(row(2)).toContainText('Queued, no. 1')
  await expect(row(3)).toContainText('Queued, no. 2')
  await accessible(page, 'training page with runs that wait')
  await row(2).getByRole('button').click()
  await expect(row(3)).toContainText('Queued, no. 1')
  await expect(row(2)).toHaveCount(0)
  expect((await app.client.jobs.get({ jobId: ids[1]!.jobId })).state.status).toBe('cancelled')
  for (const { jobId } of [ids[2]!, ids[0]!]) await app.client.jobs.cancel({ jobId })
  await expect(row(1)).toHaveCount(0, { timeout: 60_000 })
})
