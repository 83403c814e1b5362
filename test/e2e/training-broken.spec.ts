import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './app.ts'

const given = process.env['BLINDFOLD_TRAINER_PYTHON']

// The backend inherits it: a Python that is not there. Later files find what was given again.
test.beforeAll(() => {
  process.env['BLINDFOLD_TRAINER_PYTHON'] = '/nowhere/bin/python'
})
test.afterAll(() => {
  if (given === undefined) delete process.env['BLINDFOLD_TRAINER_PYTHON']
  else process.env['BLINDFOLD_TRAINER_PYTHON'] = given
})

test('a trainer that cannot run is told before the start, and the run says why it failed and can be tried again', async ({ app, page }) => {
  await app.project()
  await app.done((await app.client.demo.start({ pairs: 20, testPairs: 10, seed: 5 })).jobId)
  const environment = await app.client.training.environment()
  if (environment.status !== 'broken') throw new Error(`the environment is ${environment.status}`)
  await app.open('/training')
  await expect(page.getByRole('alert')).toContainText(environment.message)
  await expect(page.getByRole('alert')).toContainText(environment.remedy)
  await expect(page.getByText('No runs yet')).toBeVisible()

  await page.getByRole('button', { name: 'Check this machine' }).click()
  await expect(page.getByRole('heading', { name: 'Resource check' }).locator('../..').getByRole('alert')).toContainText(
    'Set it up on this page first',
  )

  await page.getByRole('button', { name: 'Start shortcut-aware training' }).click()
  await expect(page).toHaveURL(/#\/training\/[0-9a-f-]+$/)
  await expect(page.getByRole('heading', { level: 1 }).locator('..').getByText('Failed', { exact: true })).toBeVisible()
  const [run] = await app.client.training.runs()
  if (run?.state.status !== 'failed') throw new Error('the run has not failed')
  await expect(page.getByRole('alert')).toContainText(run.state.error.message)
  await expect(page.getByRole('alert')).toContainText(run.state.error.remedy)
  await expect(page.getByText('No steps trained')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Compare run' })).toHaveCount(0)
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
    expect(
      violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`)),
      theme,
    ).toEqual([])
  }
  // One run is no comparison.
  await app.open('/training/compare')
  await expect(page.getByText('No runs to compare yet')).toBeVisible()
  await app.open('/training/00000000-0000-4000-8000-000000000000')
  await expect(page.getByRole('alert')).toContainText('not found')
})
