import type { Page } from '@playwright/test'
import { type App, expect, test } from './app.ts'

/** The responses as they stand on the page. */
const side = (page: Page, name: 'Left' | 'Right') => page.getByRole('article', { name: `${name} response` }).locator('p')
const key = { Left: '1', Right: '2' } as const

/** On which side the response of the present label with this role stands. */
async function where(app: App, page: Page, pairId: number, role: 'chosen' | 'rejected'): Promise<'Left' | 'Right'> {
  const pair = await app.client.pairs.get({ pairId })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${pairId}`)
  return (await side(page, 'Left').textContent()) === pair[role] ? 'Left' : 'Right'
}
const statusOf = async (app: App, pairId: number) => (await app.client.pairs.get({ pairId })).status

test('before the choice nothing in the page tells which response is chosen', async ({ app, page }) => {
  await app.filled({ scan: true })
  // Without the ends of the queue, where a step leads nowhere.
  const rows = (await app.client.pairs.list({ limit: 24 })).rows.slice(1)
  await app.open('/overview')
  const forms = new Map<string, Set<string>>()
  for (const row of rows) {
    await page.goto(`${page.url().split('#')[0]}#/pairs/${row.pairId}`)
    const left = await where(app, page, row.pairId, 'chosen')
    await expect(page.locator('main img')).toBeVisible()
    // The image's size is shown once it has been decoded.
    await expect(page.locator('main').getByText(/ px · /)).toBeVisible()
    const html = await page.evaluate(() => {
      const main = document.querySelector('main')!.cloneNode(true) as HTMLElement
      // What must differ from pair to pair: texts, lengths, the image and its place, numbers, names made by React.
      for (const element of main.querySelectorAll(
        'article p, article header span:last-child, section[aria-label=Prompt], h1, [role=status]',
      ))
        element.textContent = ''
      for (const image of main.querySelectorAll('img')) image.replaceWith('image')
      for (const scale of main.querySelectorAll('span')) if (/ px · /.test(scale.textContent!)) scale.textContent = ''
      return main.outerHTML.replaceAll(/_r_\w+_/g, '')
    })
    expect(html).not.toMatch(/chosen|rejected|SFC|margin|prior|guessed/i)
    forms.set(html, (forms.get(html) ?? new Set()).add(left))
  }
  // One and the same page, whichever side the chosen response is on; and it is on either side.
  expect(forms.size).toBe(1)
  expect([...[...forms.values()][0]!].sort()).toEqual(['Left', 'Right'])
})

test('relabelling by keyboard alone: choose, see the label, go on, undo and redo', async ({ app, page }) => {
  await app.filled({ scan: true })
  const queue = (await app.client.pairs.list({ filter: { statuses: ['unreviewed'] }, limit: 6 })).rows.map((row) => row.pairId)
  const [first, second, third, fourth] = queue as [number, number, number, number]
  await app.open('/pairs?status=unreviewed')
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await page.keyboard.press('Enter')

  // Against the label: it is flipped, shown, and the responses stay where they were.
  const wrong = await where(app, page, first, 'rejected')
  const leftText = await side(page, 'Left').textContent()
  await page.keyboard.press(key[wrong])
  await expect(page.locator('[data-status]').getByText('You flipped the original label.')).toBeVisible()
  await expect(page.getByRole('article', { name: `${wrong} response` })).toContainText('Chosen')
  expect(await side(page, 'Left').textContent()).toBe(leftText)
  expect(await statusOf(app, first)).toBe('flipped')

  // The pair has left its own queue, yet next leads to the one behind it and back again.
  await page.keyboard.press('n')
  const right = await where(app, page, second, 'chosen')
  await page.keyboard.press(right === 'Left' ? 'ArrowLeft' : 'ArrowRight')
  await expect(page.locator('[data-status]').getByText('You agreed with the original label.')).toBeVisible()
  await page.keyboard.press('p')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${first}`)
  await page.keyboard.press('j')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${second}`)
  await page.keyboard.press('j')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${third}`)
  await page.keyboard.press('t')
  await expect(page.locator('[data-status]').getByText('Tied. Excluded from blind tests and training.')).toBeVisible()
  await page.keyboard.press('n')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${fourth}`)
  await page.keyboard.press('d')
  await expect(page.locator('[data-status]').getByText('Discarded. Excluded from blind tests and training.')).toBeVisible()
  expect(await Promise.all([first, second, third, fourth].map((id) => statusOf(app, id)))).toEqual(['flipped', 'kept', 'tied', 'discarded'])

  // Undo goes back through the pairs it touches; redo forward again.
  const steps: [string, number, string][] = [
    ['u', fourth, 'unreviewed'],
    ['Control+z', third, 'unreviewed'],
    ['u', second, 'unreviewed'],
    ['u', first, 'unreviewed'],
    ['Control+Shift+z', first, 'flipped'],
    ['Control+Shift+z', second, 'kept'],
  ]
  for (const [keys, pairId, status] of steps) {
    await page.keyboard.press(keys)
    await expect(page.getByRole('status').filter({ hasText: `Pair ${pairId}:` })).toBeAttached()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Pair ${pairId}`)
    expect(await statusOf(app, pairId)).toBe(status)
  }
  const { history } = await app.client.pairs.get({ pairId: first })
  expect(history.map((entry) => [entry.action, entry.blind])).toEqual([
    ['flip', true],
    ['undo', false],
    ['redo', false],
  ])
})

test('inspecting shows label, scores and heat, and what is said then is not called blind', async ({ app, page }) => {
  await app.filled({ scan: true })
  const { rows } = await app.client.pairs.list({ limit: 1 })
  const { pairId } = rows[0]!
  await app.open(`/pairs/${pairId}`)
  await expect(page.getByText('hidden until you choose')).toBeVisible()
  await page.keyboard.press('r')
  await expect(page.getByRole('heading', { name: 'Scores' })).toBeVisible()
  await expect(page.getByText(rows[0]!.priorSfc!.toFixed(3), { exact: true })).toBeVisible()

  // The words' values are those of the backend, and with the features they make the margin.
  const attribution = (await app.client.pairs.attribution({ pairId }))!
  const sum = (parts: readonly { value: number }[]) => parts.reduce((total, part) => total + part.value, 0)
  expect(sum(attribution.chosen) - sum(attribution.rejected) + sum(attribution.features)).toBeCloseTo(rows[0]!.textMargin!, 4)
  await expect(page.locator('article span[title$="log-odds"]').first()).toBeVisible()
  await page.keyboard.press('a')
  await expect(page.locator('article span[title$="log-odds"]')).toHaveCount(0)

  await page.keyboard.press('r')
  await page.keyboard.press(key[await where(app, page, pairId, 'chosen')])
  await expect(page.locator('[data-status]').getByText('You agreed with the original label.')).toBeVisible()
  expect((await app.client.pairs.get({ pairId })).history.map((entry) => entry.blind)).toEqual([false])
  await page.keyboard.press('r')
  await page.keyboard.press('f')
  await expect(page.locator('[data-status]').getByText('You flipped the original label.')).toBeVisible()
  expect(await statusOf(app, pairId)).toBe('flipped')
})

test('an edit keeps its draft while one looks elsewhere, and is saved by keyboard', async ({ app, page }) => {
  await app.filled({ scan: true })
  const { rows } = await app.client.pairs.list({ limit: 1 })
  const before = rows[0]!
  await app.open(`/pairs/${before.pairId}`)
  await expect(page.getByText('hidden until you choose')).toBeVisible()
  await page.keyboard.press('e')
  await expect(page.getByLabel('Left response')).toBeFocused()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('n 1 2 t A better answer.')
  await page.getByLabel('Prompt').fill('Which colour?')
  await page.goto(`${page.url().split('#')[0]}#/overview`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview')
  await page.goBack()
  await expect(page.getByLabel('Left response')).toHaveValue('n 1 2 t A better answer.')
  await page.getByLabel('Left response').press('Control+Enter')
  await expect(page.locator('[data-status]').getByText('The texts were edited.')).toBeVisible()
  const after = await app.client.pairs.get({ pairId: before.pairId })
  expect(after).toMatchObject({ status: 'edited', stale: true, prompt: 'Which colour?' })
  expect([after.chosen, after.rejected]).toContain('n 1 2 t A better answer.')
  expect([before.chosen, before.rejected]).toContain(after.chosen === 'n 1 2 t A better answer.' ? after.rejected : after.chosen)

  await page.keyboard.press('e')
  await page.getByLabel('Prompt').fill('Never mind')
  await page.keyboard.press('Escape')
  await expect(page.getByLabel('Prompt').locator('textarea')).toHaveCount(0)
  expect((await app.client.pairs.get({ pairId: before.pairId })).prompt).toBe('Which colour?')
})

test('the image zooms to the cursor, pans, and fits again', async ({ app, page }) => {
  await app.filled()
  const { rows } = await app.client.pairs.list({ limit: 1 })
  await app.open(`/pairs/${rows[0]!.pairId}`)
  const image = page.getByAltText('Image 1 of the pair')
  await expect(image).toBeVisible()
  const fitted = (await image.boundingBox())!
  const at = { x: fitted.x + fitted.width * 0.25, y: fitted.y + fitted.height * 0.5 }
  await page.mouse.move(at.x, at.y)
  await page.mouse.wheel(0, -400)
  await expect.poll(async () => (await image.boundingBox())!.width / fitted.width).toBeGreaterThan(2)
  const zoomed = (await image.boundingBox())!
  expect((at.x - zoomed.x) / zoomed.width).toBeCloseTo(0.25, 2)
  await expect(image).toHaveCSS('image-rendering', 'pixelated')
  await page.mouse.down()
  await page.mouse.move(at.x + 40, at.y - 30, { steps: 4 })
  await page.mouse.up()
  const moved = (await image.boundingBox())!
  expect([moved.x - zoomed.x, moved.y - zoomed.y].map(Math.round)).toEqual([40, -30])
  await page.keyboard.press('0')
  await expect.poll(async () => (await image.boundingBox())!.width).toBeCloseTo(fitted.width, 0)
  await page.keyboard.press('+')
  expect((await image.boundingBox())!.width / fitted.width).toBeCloseTo(1.4, 1)
})
