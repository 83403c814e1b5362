import type { Page } from '@playwright/test'
import { trainerVariables } from '../trainer-python.ts'
import { type App, expect, test } from './app.ts'

// The backend inherits these, so it trains at once with the trainer of this checkout.
test.beforeAll(async () => {
  test.setTimeout(600_000)
  Object.assign(process.env, await trainerVariables())
})

async function demo(app: App): Promise<void> {
  await app.project()
  await app.done((await app.client.demo.start({ pairs: 150, testPairs: 20, seed: 5 })).jobId)
  await app.done((await app.client.scan.start({ seed: 1 })).jobId)
}

/** A figure of the run's progress, such as `Step`. */
const figure = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Progress' }).getByText(name, { exact: true }).locator('..').locator('strong')
const stepsDone = async (page: Page) => Number((await figure(page, 'Step').textContent())!.split(' of ')[0])

test('a run is planned, started with one key, watched, and its matrix compared', async ({ app, page }) => {
  test.setTimeout(240_000)
  await demo(app)
  await app.open('/evaluation')
  await page.getByRole('button', { name: 'Train model' }).click()

  // The plan follows the choice: one source, and never a test pair.
  const form = page.getByRole('form', { name: 'New run' })
  const plan = page.getByRole('heading', { name: 'Plan' }).locator('../..')
  const [source, ...others] = (await app.client.projects.current())!.sources.map((each) => each.name) as [string, ...string[]]
  await expect(plan).toContainText('450 pairs')
  for (const other of others) await form.getByRole('checkbox', { name: new RegExp(`^${other}`) }).uncheck()
  await expect(plan).toContainText(`Train on ${source}150 pairs`)
  await form.getByText('Advanced').click()
  await form.getByLabel('Epochs', { exact: true }).fill('0')
  await expect(form.getByRole('alert')).toContainText('Enter a whole number from 1 to 100')
  await expect(plan.getByRole('button')).toBeDisabled()
  await form.getByLabel('Epochs', { exact: true }).fill('5')
  await form.getByLabel('Batch size').fill('4')
  await expect(plan).toContainText('190 steps')
  await expect(plan.getByRole('button', { name: 'Start shortcut-aware training' })).toBeEnabled()

  // Whether that fits this machine, before it starts; the answer says so when it is of other options.
  const fit = page.getByRole('heading', { name: 'Resource check' }).locator('../..')
  await fit.getByRole('button', { name: 'Check this machine' }).click()
  await fit.getByRole('button', { name: 'Cancel check' }).click()
  await fit.getByRole('button', { name: 'Check this machine' }).click()
  await expect(fit).toContainText('Fits this machine', { timeout: 60_000 })
  await expect(fit).toContainText(/About .+ for 190 steps\./)
  await expect(fit.getByRole('img', { name: /^Estimated memory: .* weights/ })).toBeVisible()
  await expect(fit).not.toContainText('other options')
  await form.getByLabel('Epochs', { exact: true }).fill('2')
  await expect(fit).toContainText('This result is for other options')
  await form.getByLabel('Epochs', { exact: true }).fill('5')
  await page.keyboard.press('Control+Enter')

  // The curve moves while it trains: new points are drawn, and the step grows.
  await expect(page).toHaveURL(/#\/training\/[0-9a-f-]+$/)
  const curve = page.getByRole('img', { name: 'Loss over step' }).locator('canvas')
  const picture = () => curve.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
  await expect(curve).toBeVisible({ timeout: 120_000 })
  const [early, earlyStep] = [await picture(), await stepsDone(page)]
  await expect.poll(() => stepsDone(page), { timeout: 120_000 }).toBeGreaterThan(earlyStep)
  await expect.poll(picture).not.toBe(early)
  await expect(page.getByRole('heading', { level: 1 }).locator('..').getByText('Done', { exact: true })).toBeVisible({ timeout: 180_000 })
  await expect(figure(page, 'Step')).toHaveText('190 of 190')
  const [run] = await app.client.training.runs()
  await expect(page.getByText(run!.snapshotHash.slice(0, 16))).toBeVisible()
  // All three curves of this method are there, and their last values are those of the last step.
  const steps = await app.client.training.steps({ runId: run!.id })
  expect(steps).toHaveLength(190)
  await page.getByText('Every step').click()
  await expect(page.locator('figcaption').nth(0)).toContainText(`MM-RM ${steps.at(-1)!.lossMm!.toFixed(3)}`)
  await expect(page.locator('figcaption').nth(2)).toContainText(`Mean SFC ${steps.at(-1)!.sfcMean!.toFixed(3)}`)

  // A second method, to compare with. Then every cell is the backend's number, the diagonal is marked.
  const standard = await app.client.training.start({ method: 'standard', sources: [source], epochs: 5, batchSize: 4 })
  await app.done(standard.jobId)
  await page.getByRole('button', { name: 'Matrix' }).click()
  const report = await app.client.evaluation.matrix()
  for (const label of ['standard, 5 epochs, batch 4', 'shortcut-aware, 5 epochs, batch 4']) {
    const matrix = page.getByRole('table', { name: `${label}, seed 0` })
    const own = report.runs.find((each) => each.label === label)!
    for (const cell of report.cells.filter((each) => each.runId === own.id)) {
      const shown = matrix
        .getByTitle(new RegExp(`Accuracy ${(cell.accuracy.value * 100).toFixed(1)}%`))
        .filter({ hasText: (cell.accuracy.low * 100).toFixed(1) })
      await expect(shown.first()).toContainText((cell.accuracy.value * 100).toFixed(1))
    }
    await expect(matrix.locator('td[data-marked]')).toHaveCount(1)
  }
  await expect(page.getByRole('table', { name: 'Difference' })).toBeVisible()
  await expect(page.getByText(/^Shortcut-aware, 5 epochs, batch 4 against standard, 5 epochs, batch 4: o\.o\.d\. [+−]\d/)).toBeVisible()
  const summary = page.getByRole('table', { name: 'Summary' })
  await expect(summary.getByRole('row', { name: /^shortcut-aware/ })).toContainText(
    `${(report.summary.find((row) => row.method === 'shortcut-aware')!.iid!.value * 100).toFixed(1)}%`,
  )
  // In the smallest window the summary stays inside its card.
  const size = page.viewportSize()!
  await page.setViewportSize({ width: 900, height: size.height })
  await expect
    .poll(() => summary.evaluate((table) => table.getBoundingClientRect().right <= table.closest('section')!.getBoundingClientRect().right))
    .toBe(true)
  await page.setViewportSize(size)
  await page.getByText('Margin correlation', { exact: true }).click()
  await expect(page).toHaveURL(/measure=correlation/)

  // What was learnt of a pair is on its page.
  const { rows } = await app.client.pairs.list({ filter: { sources: [source], splits: ['train'] }, limit: 1 })
  await page.goto(`${page.url().split('#')[0]}#/pairs/${rows[0]!.pairId}`)
  await expect(page.getByText('hidden until you choose')).toBeVisible()
  await page.keyboard.press('r')
  await page.getByRole('tab', { name: 'In training' }).click()
  await expect(page.getByRole('img', { name: 'SFC over epoch' })).toBeVisible()
})

test('a run is cancelled and resumed from its page', async ({ app, page }) => {
  test.setTimeout(240_000)
  await demo(app)
  const { runId } = await app.client.training.start({ method: 'standard', sources: ['hedged'], epochs: 100, batchSize: 4 })
  await app.open(`/training/${runId}`)
  const header = page.getByRole('heading', { level: 1 }).locator('..')
  await expect.poll(() => stepsDone(page), { timeout: 120_000 }).toBeGreaterThan(2)
  await page.keyboard.press('x')
  await expect(header.getByText('Cancelled', { exact: true })).toBeVisible({ timeout: 60_000 })
  const reached = await stepsDone(page)
  expect(reached).toBeLessThan(3800)
  await page.keyboard.press('r')
  await expect.poll(() => stepsDone(page), { timeout: 120_000 }).toBeGreaterThan(reached)
  await page.getByRole('button', { name: 'Cancel run' }).click()
  await expect(header.getByText('Cancelled', { exact: true })).toBeVisible({ timeout: 60_000 })
})
