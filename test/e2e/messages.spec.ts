import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'

/** The procedures that the page calls from now on, in order. */
function calls(page: Page): string[] {
  const seen: string[] = []
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const { p } = JSON.parse(String(payload)) as { p?: { u?: string } }
      if (p?.u) seen.push(p.u)
    }),
  )
  return seen
}

/** Waits until nothing was sent for a while. */
async function quiet(page: Page, seen: readonly string[]): Promise<void> {
  for (let before = -1; before !== seen.length;) {
    before = seen.length
    await page.waitForTimeout(700)
  }
}

test('a key press asks for no more than it needs, and nothing twice', async ({ app, page }) => {
  await app.filled({ pairs: 12, scan: true })
  const seen = calls(page)
  await app.open('/pairs/3?sort=id')
  await expect(page.getByRole('article')).toHaveCount(2)
  await quiet(page, seen)

  const during = async (key: string): Promise<string[]> => {
    seen.length = 0
    await page.keyboard.press(key)
    await quiet(page, seen)
    return [...seen].sort()
  }
  // The label, and what the words add, which is shown once it was given.
  expect(await during('1')).toEqual(['/pairs/attribution', '/review/annotate'])
  await expect(page.getByText(/^Pair 3: /)).toBeAttached()
  // The neighbours of the next pair, and the one after it, ahead of time.
  expect(await during('j')).toEqual(['/pairs/get', '/pairs/neighbours'])

  // Another window's label arrives: the pair that is shown, and nothing else.
  seen.length = 0
  await app.client.review.annotate({ pairId: 4, action: 'tie' })
  await expect(page.getByText('Tied').first()).toBeVisible()
  await quiet(page, seen)
  expect([...seen].sort()).toEqual(['/pairs/attribution', '/pairs/get'])
})

test('a queue that a label changes is counted again', async ({ app, page }) => {
  await app.filled({ pairs: 12 })
  await app.open('/pairs/3?status=unreviewed&sort=id')
  await expect(page.getByText('Queue: 12 pairs')).toBeVisible()
  await page.keyboard.press('1')
  await expect(page.getByText('Queue: 11 pairs')).toBeVisible()
})
