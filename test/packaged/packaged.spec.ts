import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { FUSES, fusesIn } from '../../build/fuses.ts'
import { CLI } from '../contract/backends.ts'
import { test } from './packaged.ts'

test('every fuse that this Electron has is set as the build says', async ({ packaged }) => {
  const found = await fusesIn(packaged.binary)
  expect(FUSES).toMatchObject(found)
  expect(Object.keys(found).length).toBeGreaterThanOrEqual(7)
  const missing = Object.keys(FUSES).filter((fuse) => !(fuse in found))
  process.stdout.write(`Fuses read back: ${JSON.stringify(found)}${missing.length ? `; this Electron lacks ${missing.join(', ')}` : ''}\n`)
})

test('the binary is no Node, whatever its arguments and its environment say', async ({ packaged }) => {
  const marker = join(packaged.home, 'ran.txt')
  const script = join(packaged.home, 'evil.cjs')
  writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran')`)
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const data = `--user-data-dir=${join(packaged.home, 'window')}`
  await packaged.run([script], { ELECTRON_RUN_AS_NODE: '1' })
  await packaged.run([...flags, data, '-r', script])
  await packaged.run([...flags, data], { NODE_OPTIONS: `--require ${script}` })
  expect(existsSync(marker)).toBe(false)
  expect(await packaged.run([...flags, data, '--inspect=0'])).not.toContain('Debugger listening')
})

test('a folder beside the archive does not take its place', async ({ packaged }) => {
  const copy = join(packaged.home, 'copy')
  cpSync(packaged.folder, copy, { recursive: true })
  const marker = join(packaged.home, 'ran.txt')
  mkdirSync(join(copy, 'resources/app'), { recursive: true })
  writeFileSync(join(copy, 'resources/app/package.json'), '{"name":"evil","main":"evil.cjs"}')
  writeFileSync(join(copy, 'resources/app/evil.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran')`)
  rmSync(join(copy, 'resources/app.asar'))
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const printed = execFileSync('sh', ['-c', `timeout 10 ${join(copy, 'blindfold')} ${flags.join(' ')} 2>&1 || true`]).toString()
  expect(existsSync(marker), printed).toBe(false)
})

test('the app opens the demo, scans it, trains the tiny model and quits', async ({ packaged }) => {
  test.setTimeout(600_000)
  const project = join(packaged.home, 'demo.blindfold')
  execFileSync(process.execPath, [CLI, 'demo', '--project', project, '--pairs', '60'], {
    env: { ...process.env, BLINDFOLD_HOME: packaged.home },
    stdio: 'ignore',
  })
  const scans = readdirSync(join(project, 'scans')).length
  const { page, quit } = await packaged.launch([project])
  await expect(page).toHaveTitle(/demo/)

  await page.evaluate(() => (location.hash = '#/overview'))
  await page.getByRole('button', { name: 'Run again…' }).click()
  await page.getByRole('button', { name: 'Run blind test' }).click()
  await expect.poll(() => readdirSync(join(project, 'scans')).length, { timeout: 120_000 }).toBeGreaterThan(scans)

  await page.evaluate(() => (location.hash = '#/evaluation'))
  await page.getByRole('button', { name: 'Train model' }).click()
  const form = page.getByRole('form', { name: 'New run' })
  await form.getByText('Advanced').click()
  await form.getByLabel('Epochs', { exact: true }).fill('1')
  await page.keyboard.press('Control+Enter')
  await expect(page).toHaveURL(/#\/training\/[0-9a-f-]+$/)
  await expect(page.getByRole('heading', { level: 1 }).locator('..').getByText('Done', { exact: true })).toBeVisible({ timeout: 300_000 })
  expect(await quit()).toBe(0)
})
