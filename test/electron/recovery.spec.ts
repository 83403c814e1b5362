import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type ElectronApplication } from '@playwright/test'
import { APP } from '../../src/core/app.ts'
import { launchOptions, test } from './desktop.ts'

const root = join(import.meta.dirname, '../..')

/** What the window shows. Playwright gives a page up that has crashed, so the shell is asked. */
const shown = (app: ElectronApplication): Promise<string> =>
  app.evaluate(({ BrowserWindow }) =>
    Promise.race([
      BrowserWindow.getAllWindows()[0]!.webContents.executeJavaScript(
        'document.title + "\\n" + document.body.innerText',
      ) as Promise<string>,
      // A page that ends meanwhile never answers.
      new Promise<string>((resolve) => setTimeout(resolve, 1000, '')),
    ]).catch(() => ''),
  )
const crash = (app: ElectronApplication): Promise<void> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer())

/** Answers every dialog with this button, and keeps what each said. */
const answering = (app: ElectronApplication, response: number): Promise<void> =>
  app.evaluate(({ dialog }, button) => {
    const said: string[] = []
    Object.assign(globalThis, { said })
    dialog.showMessageBox = async (...args: unknown[]) => {
      said.push((args.at(-1) as { message: string }).message)
      return { response: button, checkboxChecked: false }
    }
  }, response)
const said = (app: ElectronApplication): Promise<string[]> => app.evaluate(() => (globalThis as unknown as { said: string[] }).said)

test('a page that crashes is loaded again, with a word about it and the project still open', async ({ desktop }) => {
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  await answering(app, 0)
  await crash(app)
  await expect.poll(() => shown(app), { timeout: 20_000 }).toContain('The window crashed and was reloaded.')
  expect(await shown(app)).toContain('pictures – Blindfold')
  expect(await said(app)).toEqual([])
})

test('a page that keeps crashing is not loaded in a loop: a dialog asks', async ({ desktop }) => {
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  await answering(app, 0)
  for (let crashes = 1; crashes <= 4; crashes++) {
    expect(await said(app)).toEqual([])
    await crash(app)
    await expect.poll(() => shown(app), { timeout: 20_000 }).toContain('pictures – Blindfold')
  }
  // The fourth was loaded again only since the dialog was answered so.
  await expect.poll(() => said(app)).toEqual(['The window of Blindfold keeps crashing.'])
})

/** Runs in the shell's process, for Chromium takes no note of a page that hangs while Playwright is attached to it. */
const HANGING = `
const { app, dialog, BrowserWindow } = require('electron')
const { writeFileSync } = require('node:fs')
const said = []
dialog.showMessageBox = async (...args) => {
  said.push(args.at(-1).message)
  return { response: 1, checkboxChecked: false }
}
require('./electron/main.cjs')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
app.whenReady().then(async () => {
  let contents
  while (!(contents = BrowserWindow.getAllWindows()[0]?.webContents)?.getTitle().includes('pictures')) await pause(100)
  contents.executeJavaScript('setTimeout(() => { for (;;); })')
  await pause(1000)
  // It is noticed once the page leaves an input unanswered.
  for (const type of ['mouseDown', 'mouseUp']) contents.sendInputEvent({ type, x: 10, y: 10, button: 'left', clickCount: 1 })
  while (said.length === 0) await pause(100)
  let text = ''
  while (!text.includes('was reloaded') || !text.includes('pictures')) {
    await pause(200)
    text = await Promise.race([contents.executeJavaScript('document.title + document.body.innerText'), pause(1000).then(() => '')]).catch(() => '')
  }
  writeFileSync(process.env.BLINDFOLD_HOME + '/hang.json', JSON.stringify({ said, text }))
  app.quit()
})
`

test('a page that hangs is loaded again if the user wants it', async ({ desktop }) => {
  test.setTimeout(180_000)
  const app = join(desktop.home, 'app')
  await mkdir(app)
  await cp(join(root, 'out'), join(app, 'out'), { recursive: true })
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'))
  await writeFile(join(app, 'out/hanging.cjs'), HANGING)
  await writeFile(
    join(app, 'package.json'),
    JSON.stringify({ name: 'blindfold', version: '0.0.0', type: 'module', main: 'out/hanging.cjs' }),
  )
  const { executablePath, args, env } = launchOptions(desktop.home, [desktop.project], app)
  const child = spawn(executablePath, args, { env, stdio: 'ignore' })
  const late = setTimeout(() => child.kill('SIGKILL'), 150_000)
  await once(child, 'exit')
  clearTimeout(late)
  const { said, text } = JSON.parse(await readFile(join(desktop.home, 'hang.json'), 'utf8')) as { said: string[]; text: string }
  expect(said).toEqual(['The window does not respond.'])
  expect(text).toContain('pictures')
})

test('About leads to what changed and to the licences, in windows in which nothing runs', async ({ desktop }) => {
  const { page, app } = await desktop.launch()
  await expect(page).toHaveTitle('Blindfold')
  const texts = await app.evaluate(async ({ net }) =>
    Promise.all(
      ['changes', 'licence', 'main.cjs', '../package.json'].map(async (name) =>
        (await (await net.fetch(`app://texts/${name}`)).text()).slice(0, 60),
      ),
    ),
  )
  expect(texts[0]).toContain('# What changed')
  expect(texts[1]).toContain('Apache License')
  expect(texts.slice(2)).toEqual(['This build does not include this text.', 'This build does not include this text.'])

  await answering(app, 1)
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()!.getMenuItemById('about')!.click())
  await expect.poll(async () => (await said(app)).at(-1)).toContain(`Blindfold ${APP.version}`)
  await expect
    .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.getTitle())))
    .toContain('What changed')
  const textUrl = () =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()
        .find((window) => window.getTitle() === 'What changed')!
        .webContents.getURL(),
    )
  await expect.poll(textUrl).toBe('app://texts/changes')
  const text = await app.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows().find((window) => window.getTitle() === 'What changed')!
    const preferences = (
      webContents as unknown as { getLastWebPreferences(): { preload?: string; sandbox: boolean; javascript: boolean } }
    ).getLastWebPreferences()
    return { preload: preferences.preload ?? null, sandbox: preferences.sandbox, javascript: preferences.javascript }
  })
  expect(text).toEqual({ preload: null, sandbox: true, javascript: false })
  // From its source the app does not update itself, and says so.
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()!.getMenuItemById('updates.check')!.click())
  await expect.poll(async () => (await said(app)).at(-1)).toContain('runs from its source and does not update itself')
})
