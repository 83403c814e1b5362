import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { CLI, socketBackend } from '../contract/backends.ts'

// Without the fixture of the others: a browser that is signed out logs that it is refused.
test('a page whose browser is signed out says so, and how to go on', async ({ page }) => {
  const home = await mkdtemp(join(tmpdir(), 'blindfold-signed-out-'))
  const backend = await socketBackend(home, tmpdir())
  try {
    await page.goto(backend.entry)
    await expect(page.getByRole('heading', { name: 'Blindfold' })).toBeVisible()
    await promisify(execFile)(process.execPath, [CLI, 'serve', '--sign-out'], { env: { ...process.env, BLINDFOLD_HOME: home } })
    await expect(page.getByRole('status')).toHaveText('You are signed out. Open the address that “blindfold serve” printed last.')
  } finally {
    await page.close()
    await backend.close()
    await rm(home, { recursive: true, force: true })
  }
})
