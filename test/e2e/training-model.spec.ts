import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { imports, tinyVlm } from '../tiny-vlm.ts'
import { trainerVariables } from '../trainer-python.ts'
import { expect, test } from './app.ts'

let python = ''

test.beforeAll(async () => {
  test.setTimeout(600_000)
  const variables = await trainerVariables()
  Object.assign(process.env, variables)
  python = variables.BLINDFOLD_TRAINER_PYTHON
})

test('a model of the hub is not fetched before that was agreed to', async ({ app, page }) => {
  await app.project()
  await app.done((await app.client.demo.start({ pairs: 20, testPairs: 10, seed: 5 })).jobId)
  await app.open('/training')
  const form = page.getByRole('form', { name: 'New run' })
  const start = page.locator('[data-command="training.start"]')

  // The hub: nothing starts before the fetch is agreed to, and another name wants a new yes.
  await form.getByRole('radio', { name: /^Hugging Face Hub/ }).check()
  await expect(start).toBeDisabled()
  await form.getByRole('button', { name: 'SmolVLM' }).click()
  await expect(form.getByLabel('Name on the Hub')).toHaveValue('HuggingFaceTB/SmolVLM-256M-Instruct')
  await expect(start).toBeDisabled()
  await form.getByRole('checkbox', { name: /^Allow download/ }).check()
  await expect(start).toBeEnabled()
  await form.getByLabel('Name on the Hub').fill('no-owner')
  await expect(form.getByRole('alert')).toContainText('OWNER/NAME')
  await expect(form.getByRole('checkbox', { name: /^Allow download/ })).not.toBeChecked()
  await form.locator('summary').click()
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
    expect(
      violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`)),
      theme,
    ).toEqual([])
  }
})

test('a vision-language model is chosen by its folder, trained, named everywhere and offered again', async ({ app, page }) => {
  test.setTimeout(240_000)
  test.skip(!(await imports(python, 'peft', 'transformers')), 'the Python of the tests has no Transformers')
  const project = await app.project()
  await app.done((await app.client.demo.start({ pairs: 20, testPairs: 10, seed: 5 })).jobId)
  const folder = await tinyVlm(python, join(app.home, 'small-qwen'))
  await app.open('/training')
  const form = page.getByRole('form', { name: 'New run' })
  await form.locator('summary').click()
  await form.getByRole('radio', { name: /^Folder/ }).check()
  await form.getByLabel('Model folder').fill(folder)
  await form.getByLabel('Epochs', { exact: true }).fill('1')
  await form.getByLabel('Batch size').fill('4')
  await form.getByLabel('Token budget').fill('512')
  await form.getByLabel('Image feature cache (GB)').fill('0.5')
  await form.getByLabel('Unusable pairs').selectOption('Exclude them')
  for (const source of ['injected', 'verbose']) await form.getByRole('checkbox', { name: new RegExp(`^${source}`) }).uncheck()
  await page.keyboard.press('Control+Enter')
  await expect(page).toHaveURL(/#\/training\/[0-9a-f-]+$/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('shortcut-aware, small-qwen, 1 epoch, batch 4')
  await expect(page.getByRole('heading', { level: 1 }).locator('..').getByText('Done', { exact: true })).toBeVisible({ timeout: 180_000 })
  await expect(page.getByRole('definition').filter({ hasText: folder })).toBeVisible()
  const [run] = await app.client.training.runs()
  expect(run!.options).toMatchObject({ model: folder, tuning: 'lora', tokenBudget: 512, visionCache: 0.5, unusable: 'leave-out' })
  // Every image was encoded once, and stays for the next run.
  expect(await readdir(join(project, 'cache', 'vision'), { recursive: true })).toContainEqual(expect.stringMatching(/\.safetensors$/))
  expect(run!.step).toBe(5)
  expect((await app.client.evaluation.matrix()).runs[0]!.label).toBe('shortcut-aware, small-qwen, 1 epoch, batch 4')

  // The text branch is a proxy of the blind test by itself; where it cannot be exported, the run is done all the same and says why.
  if (await imports(python, 'onnx', 'onnxscript', 'onnxruntime')) {
    const found = (await app.client.models.list()).find(({ source }) => source.type === 'run')!
    expect(found).toMatchObject({
      kind: 'reward-model',
      name: 'small-qwen, text-only, trained on hedged',
      source: { runId: run!.id },
      problem: null,
    })
    await expect(page.getByRole('link', { name: `Registered for the blind test as ${found.id}` })).toBeVisible()
    await app.done((await app.client.scan.start({ proxy: 'reward-model', modelId: found.id })).jobId)
    expect((await app.client.scan.report())!.provenance.proxy).toBe('reward-model')
  } else {
    await expect(page.getByText(/Not registered for the blind test/)).toBeVisible()
  }

  // Folders that were trained before are offered.
  expect((await app.client.training.models()).folders).toEqual([folder])
})
