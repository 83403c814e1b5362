import AxeBuilder from '@axe-core/playwright'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imports, tinyVlm } from '../tiny-vlm.ts'
import { trainerVariables } from '../trainer-python.ts'
import { expect, test } from './app.ts'

let python = ''
let folder = ''

// The trainer of this checkout, told by its own flag that 32 MiB of memory are free.
test.beforeAll(async () => {
  test.setTimeout(600_000)
  const variables = await trainerVariables()
  python = variables.BLINDFOLD_TRAINER_PYTHON
  folder = await mkdtemp(join(tmpdir(), 'blindfold-small-'))
  const small = join(folder, 'python')
  await writeFile(small, `#!/bin/sh\nif [ "$3" = preflight ]; then exec "${python}" "$@" --memory 0.03125; fi\nexec "${python}" "$@"\n`, {
    mode: 0o755,
  })
  Object.assign(process.env, variables, { BLINDFOLD_TRAINER_PYTHON: small })
})
test.afterAll(async () => {
  process.env['BLINDFOLD_TRAINER_PYTHON'] = python
  await rm(folder, { recursive: true, force: true })
})

test('a model that does not fit is told before the start, with ways that set the form', async ({ app, page }) => {
  test.setTimeout(240_000)
  test.skip(!(await imports(python, 'peft', 'transformers')), 'the Python of the tests has no Transformers')
  await app.project()
  await app.done((await app.client.demo.start({ pairs: 20, testPairs: 10, seed: 5 })).jobId)
  await app.open('/training')
  const form = page.getByRole('form', { name: 'New run' })
  await form.getByRole('radio', { name: /^Folder/ }).check()
  await form.getByLabel('Model folder').fill(await tinyVlm(python, join(folder, 'small-qwen')))
  await form.locator('summary').click()
  const fit = page.getByRole('heading', { name: 'Resource check' }).locator('../..')
  await fit.getByRole('button', { name: 'Check this machine' }).click()
  await expect(fit).toContainText('Does not fit this machine', { timeout: 60_000 })
  await expect(fit.getByRole('alert').first()).toContainText(/A step needs .+ of memory; 34 MB are free\./)
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
    expect(
      violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`)),
      theme,
    ).toEqual([])
  }

  // A fallback stands on those before it: checkpointing brings the smaller passes along.
  await fit.getByRole('button', { name: /^Apply: Gradient checkpointing/ }).click()
  await expect(form.getByLabel('Token budget')).toHaveValue(/^\d+$/)
  await expect(form.getByRole('checkbox', { name: /^Gradient checkpointing/ })).toBeChecked()
  await expect(fit).toContainText('This result is for other options')
  await fit.getByRole('button', { name: 'Check again' }).click()
  await expect(fit.getByRole('button', { name: /^Apply: The tiny model/ })).toBeVisible({ timeout: 60_000 })
  await expect(fit.getByRole('button', { name: /^Apply: Gradient checkpointing/ })).toHaveCount(0)
  await fit.getByRole('button', { name: /^Apply: The tiny model/ }).click()
  await expect(form.getByRole('radio', { name: /^Tiny/ })).toBeChecked()
})
