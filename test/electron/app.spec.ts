import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import sharp from 'sharp'
import { addMedia, backendPid, launchOptions, shownSize, test } from './desktop.ts'

test('a project opens in the window and its image is shown', async ({ desktop }) => {
  const { page } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  expect(await shownSize(page, `media://image/${desktop.image}`)).toEqual([7, 5])
})

test('media:// has nothing while no project is open', async ({ desktop }) => {
  const { page } = await desktop.launch()
  await expect(page).toHaveTitle('Blindfold')
  expect(await shownSize(page, `media://image/${desktop.image}`)).toBeNull()
})

test('media:// denies bad paths', async ({ desktop }) => {
  const { project, image } = desktop
  const svg = await addMedia(project, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))
  const outside = join(desktop.home, 'outside.png')
  await writeFile(
    outside,
    await sharp({ create: { width: 3, height: 3, channels: 3, background: 'blue' } })
      .png()
      .toBuffer(),
  )
  const linked = 'cd'.repeat(32)
  await mkdir(join(project, 'media', 'cd'), { recursive: true })
  await symlink(outside, join(project, 'media', 'cd', linked))
  const { page } = await desktop.launch(project)
  await expect(page).toHaveTitle(/pictures/)
  expect(await shownSize(page, `media://image/${image}`)).toEqual([7, 5])
  expect(await shownSize(page, `media://thumbnail/${image}`)).toEqual([7, 5])
  const bad = [
    `media://thumbnail/${image}.webp`,
    `media://thumbnail/x/../${image}/..`,
    `media://thumbnail/${'0'.repeat(64)}`,
    `media://other/${image}`,
    `media://image/${image.toUpperCase()}`,
    `media://image/${image.slice(1)}`,
    `media://image/x/../${image}/..`,
    `media://image/..%2fmedia%2f${image.slice(0, 2)}%2f${image}`,
    `media://image/${'0'.repeat(64)}`,
    `media://image/${svg}`,
    `media://image/${linked}`,
    'media://image/',
    `file://${project}/media/${image.slice(0, 2)}/${image}`,
  ]
  for (const url of bad) expect(await shownSize(page, url), url).toBeNull()
})

test('app:// keeps to the interface', async ({ desktop }) => {
  const { page } = await desktop.launch()
  const paths = ['/..%2f..%2fpackage.json', '/%2e%2e%2fhost%2fcli.js', '/../electron/main.cjs', '/nothing.js', '/.hidden']
  const statuses = await page.evaluate((list) => Promise.all(list.map((path) => fetch(path).then((answer) => answer.status))), paths)
  expect(statuses).toEqual(paths.map(() => 404))
})

test('the menu performs the interface’s commands', async ({ desktop }) => {
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  for (const place of ['overview', 'pairs', 'training', 'evaluation', 'models', 'data', 'jobs']) {
    await app.evaluate(({ Menu }, id) => Menu.getApplicationMenu()!.getMenuItemById(id)!.click(), `go.${place}`)
    await expect(page).toHaveURL(new RegExp(`#/${place}`))
  }
})

test('native dialogs give paths to the page', async ({ desktop }) => {
  const { page, app } = await desktop.launch()
  await app.evaluate(({ dialog }) => {
    dialog.showOpenDialog = async (...args: unknown[]) => {
      const { properties } = args.at(-1) as { properties: string[] }
      return { canceled: false, filePaths: [`/picked/${properties.join('+')}`] }
    }
    dialog.showSaveDialog = async () => ({ canceled: true, filePath: '' })
  })
  const picked = await page.evaluate(async () => [
    await window.blindfold!.pickFiles({ multiple: true, filters: [{ name: 'JSON', extensions: ['json', 'jsonl'] }] }),
    await window.blindfold!.pickFolder(),
    await window.blindfold!.pickSave({ suggested: 'x.jsonl' }),
  ])
  expect(picked).toEqual([['/picked/openFile+multiSelections'], '/picked/openDirectory', null])
})

test('a second start hands its project to the first and ends', async ({ desktop }) => {
  const { page } = await desktop.launch()
  await expect(page).toHaveTitle('Blindfold')
  const { executablePath, args, env } = launchOptions(desktop.home, [desktop.project])
  const second = spawn(executablePath, args, { env, stdio: 'ignore' })
  const [code] = (await once(second, 'exit')) as [number | null]
  expect(code).toBe(0)
  await expect(page).toHaveTitle(/pictures/)
})

test('the window comes back where it was', async ({ desktop }) => {
  const bounds = { x: 40, y: 30, width: 1010, height: 650 }
  const first = await desktop.launch()
  await first.app.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]!.setBounds(to), bounds)
  await first.page.waitForTimeout(200)
  await first.app.close()
  const second = await desktop.launch()
  expect(await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds())).toEqual(bounds)
})

test('a backend that is killed is started again and the page goes on', async ({ desktop }) => {
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false })
  })
  const before = backendPid(app.process().pid!)
  process.kill(before, 'SIGKILL')
  await expect.poll(() => backendPid(app.process().pid!), { timeout: 20_000 }).toBeGreaterThan(0)
  await expect(page).toHaveTitle('Blindfold')
  expect(backendPid(app.process().pid!)).not.toBe(before)
})

test('the backend ends with the app', async ({ desktop }) => {
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  const pid = backendPid(app.process().pid!)
  expect(pid).toBeGreaterThan(0)
  await app.close()
  await expect.poll(() => readdirSync('/proc').includes(String(pid)), { timeout: 10_000 }).toBe(false)
})
