import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
import { type Client, socketBackend } from '../contract/backends.ts'
import { type Dataset, writeDataset } from './dataset.ts'

/** The real application: `blindfold serve` in a process of its own, on a home folder of its own. */
export interface App {
  /** A folder for whatever the test writes; it is also the backend's home. */
  home: string
  /** A second window on the same backend, for preparing and checking what the test does not do by hand. */
  client: Client
  /** Opens the interface, at a route such as `/overview`. */
  open(route?: string): Promise<void>
  /** Makes and opens a project; its path. */
  project(name?: string): Promise<string>
  /** Makes a project with the dataset imported as source `colours`, and scans it where asked. */
  filled(options?: { pairs?: number; scan?: boolean }): Promise<Dataset>
  /** Waits until the job has ended; fails where it did not succeed. */
  done(jobId: string): Promise<void>
}

/** Tests with `app`; each also fails when the page logs an error, such as a breach of its content policy. */
export const test = base.extend<{ app: App }>({
  app: async ({ page }, use) => {
    const problems = watch(page)
    const home = await mkdtemp(join(tmpdir(), 'blindfold-e2e-'))
    const backend = await socketBackend(home, tmpdir())
    const { client, close } = await backend.connect()
    const app: App = {
      home,
      client,
      open: async (route = '/') => {
        await page.goto(backend.entry)
        await page.goto(`${backend.url}/#${route}`)
        // A page takes no keys before it is there.
        await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
      },
      project: async (name = 'colours') => (await client.projects.create({ path: join(home, name) })).path,
      filled: async ({ pairs, scan = false } = {}) => {
        await app.project()
        const dataset = await writeDataset(home, pairs)
        await app.done((await client.imports.start({ file: dataset.file, source: 'colours', imagesDir: dataset.images })).jobId)
        if (scan) await app.done((await client.scan.start({ seed: 1 })).jobId)
        return dataset
      },
      done: async (jobId) => {
        await expect
          .poll(async () => (await client.jobs.get({ jobId })).state.status, { timeout: 120_000, intervals: [100] })
          .not.toMatch(/queued|running|cancelling/)
        expect((await client.jobs.get({ jobId })).state).toMatchObject({ status: 'succeeded' })
      },
    }
    await use(app)
    // The page goes first: a page whose backend ended complains of that, and rightly.
    await page.close()
    close()
    await backend.close()
    await rm(home, { recursive: true, force: true })
    expect(problems).toEqual([])
  },
})

export { expect }

/** Collects what the page complains of. */
function watch(page: Page): string[] {
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  return problems
}
