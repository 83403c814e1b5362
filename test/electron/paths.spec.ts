import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { portBackend } from '../contract/backends.ts'
import { backendPid, test } from './desktop.ts'

/** Calls a procedure as a page that was taken over would: by a port of its own, past the interface. */
function call(page: Page, procedure: string, input: unknown): Promise<{ status?: number; code?: string }> {
  return page.evaluate(
    ({ url, json }) =>
      new Promise<{ status?: number; code?: string }>((resolve) => {
        const listener = (event: MessageEvent): void => {
          if (event.source !== window || event.data !== 'blindfold:port') return
          window.removeEventListener('message', listener)
          const port = event.ports[0] as MessagePort
          port.onmessage = ({ data }) => {
            const { p } = JSON.parse(data as string) as { p: { s?: number; b?: { json?: { code?: string } } } }
            resolve({ status: p.s ?? 200, ...(p.b?.json?.code === undefined ? {} : { code: p.b.json.code }) })
            port.close()
          }
          port.postMessage(JSON.stringify({ i: '1', p: { u: url, b: { json } } }))
        }
        window.addEventListener('message', listener)
        void window.blindfold!.connect()
      }),
    { url: `/${procedure.replace('.', '/')}`, json: input },
  )
}

test('a page gets at no path that the user did not choose', async ({ desktop }) => {
  const { page } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  const refused: [string, unknown][] = [
    ['projects.open', { path: '/etc' }],
    ['projects.open', { path: `${desktop.project}/..` }],
    ['projects.browse', { path: '/etc' }],
    ['projects.create', { path: '/tmp/blindfold-evil' }],
    ['imports.preview', { file: '/etc/passwd' }],
    ['imports.start', { file: '/etc/passwd', source: 'x' }],
    ['imports.heal', { imagesDir: '/etc' }],
    ['imports.exportQuarantine', { out: join(desktop.home, '.bashrc'), replace: true }],
    ['scan.saveReport', { file: join(desktop.home, '.bashrc'), replace: true }],
    ['exports.start', { out: '/tmp/blindfold-evil' }],
    ['models.add', { path: '/etc' }],
    ['training.start', { method: 'standard', sources: ['x'], model: '/etc' }],
  ]
  for (const [procedure, input] of refused)
    expect(await call(page, procedure, input), `${procedure} ${JSON.stringify(input)}`).toMatchObject({ code: 'PATH_NOT_ALLOWED' })
  expect(await call(page, 'projects.current', undefined)).toEqual({ status: 200 })
})

test('what a native dialog gives may be used, also after the backend was started again', async ({ desktop }) => {
  const folder = await mkdtemp(join(tmpdir(), 'blindfold-chosen-'))
  const file = join(folder, 'data.jsonl')
  await writeFile(file, JSON.stringify({ prompt: 'How many?', chosen: 'Two.', rejected: 'Three.' }))
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  expect(await call(page, 'imports.preview', { file })).toMatchObject({ code: 'PATH_NOT_ALLOWED' })
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
    dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false })
  }, file)
  expect(await page.evaluate(() => window.blindfold!.pickFiles())).toEqual([file])
  expect(await call(page, 'imports.preview', { file })).toEqual({ status: 200 })
  // A dialog for reading gives nothing to write, whatever the page asks for next.
  expect(await call(page, 'imports.exportQuarantine', { out: file, replace: true })).toMatchObject({ code: 'PATH_NOT_ALLOWED' })

  const before = backendPid(app.process().pid!)
  process.kill(before, 'SIGKILL')
  await expect.poll(() => backendPid(app.process().pid!), { timeout: 20_000 }).toBeGreaterThan(0)
  // The page is loaded again meanwhile, and a call that it was in is lost.
  await expect.poll(() => call(page, 'imports.preview', { file }).catch(() => null), { timeout: 20_000 }).toEqual({ status: 200 })
  await rm(folder, { recursive: true, force: true })
})

test('only the user trusts a project that was made elsewhere, in a native dialog', async ({ desktop }) => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'blindfold-other-'))
  const other = await portBackend(elsewhere)
  const { client } = await other.connect()
  const { path: gift } = await client.projects.create({ path: join(elsewhere, 'gift') })
  await other.close()
  const { page, app } = await desktop.launch(desktop.project)
  await expect(page).toHaveTitle(/pictures/)
  await app.evaluate(({ dialog }, chosen) => {
    const asked: string[] = []
    const answers = [2, 0, 1]
    Object.assign(globalThis, { asked })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
    dialog.showMessageBox = async (...args: unknown[]) => {
      asked.push((args.at(-1) as { detail: string }).detail)
      return { response: answers.shift()!, checkboxChecked: false }
    }
  }, gift)
  const asked = (): Promise<string[]> => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
  const choose = (): Promise<void> => page.keyboard.press('Control+o')

  // Cancelled: nothing is opened, and the page cannot answer for the user.
  await choose()
  await expect.poll(asked).toHaveLength(1)
  expect((await asked())[0]).toContain(gift)
  expect(await call(page, 'projects.trust', { path: gift })).toMatchObject({ code: 'PROJECT_UNTRUSTED' })
  await expect(page).toHaveTitle(/pictures/)

  await choose()
  await expect(page).toHaveTitle(/gift/)
  await expect(page.getByRole('status').filter({ hasText: 'not trusted' })).toBeVisible()
  expect(await call(page, 'projects.trust', { path: gift })).toMatchObject({ code: 'PROJECT_UNTRUSTED' })

  await page.getByRole('button', { name: 'Trust and edit' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'not trusted' })).toHaveCount(0)
  expect(await asked()).toHaveLength(3)
  await rm(elsewhere, { recursive: true, force: true })
})
