import { chromium } from '@playwright/test'
import { join } from 'node:path'
import { connectSocket } from '../contract/backends.ts'
import browser from '../e2e/playwright.config.ts'
import { Workshop } from '../workshop.ts'

/** What is edited, and how the page shows it: the nth save writes what the nth call of `shows` waits for. */
const EDITS = [
  {
    what: 'a component',
    file: 'renderer/features/data/Sources.tsx',
    from: "title={t('sources.empty')}",
    to: (text: string) => `title="${text}"`,
  },
  {
    what: 'the words of a page',
    file: 'renderer/words/en/data.ts',
    from: "importFiles: 'Import files…'",
    to: (text: string) => `importFiles: '${text}'`,
  },
  { what: 'the backend', file: 'src/services/projects.ts', from: 'name: projectName(path),', to: (text: string) => `name: '${text}',` },
]

/** `npm run bench -- dev [ROUNDS]`: seconds from the save of a file to the page that shows it, under `npm run dev`. */
export async function run([rounds = '7']: string[]): Promise<void> {
  const workshop = await Workshop.start()
  const window = await chromium.launch(browser.use?.launchOptions)
  try {
    const page = await window.newPage()
    const { origin } = new URL(workshop.entry)
    await page.goto(workshop.entry)
    const [cookie] = await page.context().cookies()
    const { client } = await connectSocket(origin, `${cookie!.name}=${cookie!.value}`)
    await client.projects.create({ path: join(workshop.home, 'colours') })
    await page.goto(`${origin}/#/data`)
    await page.getByRole('heading', { name: 'No data yet' }).waitFor()
    for (const { what, file, from, to } of EDITS) {
      const seconds: number[] = []
      let current = from
      for (let i = 0; i < Number(rounds); i++) {
        const text = `Seen ${what} ${i}.`
        await page.waitForTimeout(500)
        const begun = performance.now()
        await workshop.edit(file, current, to(text))
        await page.waitForFunction((wanted) => `${document.title} ${document.body.innerText}`.includes(wanted), text)
        seconds.push((performance.now() - begun) / 1000)
        current = to(text)
      }
      seconds.sort((a, b) => a - b)
      const shown = (at: number): string => seconds[Math.floor(at * (seconds.length - 1))]!.toFixed(2)
      console.log(`${what}: median ${shown(0.5)} s, longest ${shown(1)} s, of ${seconds.length} saves`)
    }
  } finally {
    await window.close()
    await workshop.close()
  }
}
