import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type App, expect, test } from './app.ts'

const COLOURS = [
  ['אדומה', 'כחולה'],
  ['ירוקה', 'צהובה'],
  ['שחורה', 'לבנה'],
] as const

/** Pairs in Hebrew, every name of theirs too, and some of other scripts; tagged, kept as a slice, blind tested. */
async function imported(app: App): Promise<void> {
  await app.project('פרויקט')
  const file = join(app.home, 'קובץ (1).jsonl')
  const hebrew = Array.from({ length: 48 }, (_, i) => {
    const [red, blue] = COLOURS[i % 3] as readonly [string, string]
    return {
      id: `he-${i}`,
      prompt: `מה הצבע של מכונית ${i}?`,
      chosen: `המכונית ${red} (red), נכון? ${i}`,
      rejected: `המכונית ${blue} (blue), נכון? ${i}`,
      הערה: `ערך ${i}`,
    }
  })
  const others = [
    { id: 'zh', prompt: '图片里有什么？', chosen: '图片中有3个红色的汽车停在房子旁边。', rejected: '图片中有3个蓝色的汽车停在房子旁边。' },
    { id: 'hi', prompt: 'गाड़ी का रंग?', chosen: 'तस्वीर में लाल गाड़ी खड़ी है।', rejected: 'तस्वीर में नीली गाड़ी चल रही है।' },
    { id: 'skin', prompt: 'Which gesture?', chosen: 'The person shows 👍🏽 to the camera.', rejected: 'The person shows 👍🏿 to the camera.' },
    { id: 'family', prompt: 'Who?', chosen: 'I see 👨‍👩‍👧 in the park.', rejected: 'I see 👨‍👩‍👧‍👦 in the park.' },
    { id: 'ar', prompt: 'ما لون السيارة؟', chosen: 'السيارة حمراء (red) أمام المنزل.', rejected: 'السيارة زرقاء (blue) أمام المنزل.' },
  ]
  await writeFile(file, [...hebrew, ...others].map((row) => `${JSON.stringify(row)}\n`).join(''))
  const bad = join(app.home, 'פגום.jsonl')
  await writeFile(bad, `${JSON.stringify({ prompt: 'שאלה', chosen: '', rejected: 'תשובה' })}\n`)
  for (const each of [file, bad])
    await app.done((await app.client.imports.start({ file: each, source: 'מקור', split: 'אימון', format: 'mm-rm' })).jobId)
  await app.client.pairs.tag({ pairId: 1, add: ['תג', 'بطاقة'] })
  await app.client.slices.save({ name: 'פרוסה', filter: { tags: ['תג'], text: 'המכונית' } })
  await app.client.review.annotate({
    pairId: 2,
    action: 'edit',
    prompt: 'מה הצבע?',
    chosen: 'המכונית ורודה מאוד',
    rejected: 'המכונית כחולה',
    blind: false,
  })
}

const RTL = String.raw`[\u0590-\u08ff]`

/** What on the page shows right-to-left text in the wrong direction: neither in an element of its own direction nor isolated. */
const wrongDirections = (page: Page): Promise<string[]> =>
  page.evaluate((rtl) => {
    const wrong: string[] = []
    const turned = new RegExp(rtl)
    const strong = (text: string) => /\p{L}/u.exec(text)?.[0] ?? ''
    const bare = (text: string) => text.replace(/\u2068[^\u2069]*\u2069/g, '')
    const isShown = (element: Element) => element.checkVisibility() && !element.classList.contains('visually-hidden')
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const text = node.textContent ?? ''
      const parent = node.parentElement
      if (!turned.test(bare(text)) || !parent || !isShown(parent)) continue
      const own = parent.closest('bdi, [dir=auto]')
      const expected = turned.test(strong(own?.textContent ?? '')) ? 'rtl' : 'ltr'
      if (!own || getComputedStyle(own).direction !== expected) wrong.push(`${parent.tagName}.${parent.className}: ${text}`)
    }
    for (const element of document.querySelectorAll('[title]')) {
      const title = element.getAttribute('title') ?? ''
      if (turned.test(bare(title)) && getComputedStyle(element).direction !== 'rtl')
        wrong.push(`title of ${element.tagName}.${element.className}: ${title}`)
    }
    for (const field of document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')) {
      if (turned.test(strong(field.value)) && getComputedStyle(field).direction !== 'rtl')
        wrong.push(`field ${field.getAttribute('aria-label') ?? field.id}: ${field.value}`)
    }
    return wrong
  }, RTL)

const shows = (page: Page): Promise<boolean> => page.evaluate((rtl) => new RegExp(rtl).test(document.body.innerText), RTL)

/** The keys of every command of the page, as the sheet shows them. */
async function keysOf(page: Page): Promise<{ label: string; keys: string[] }[]> {
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toBeVisible()
  const found = await sheet.locator('dl > div').evaluateAll((rows) =>
    rows.flatMap((row) =>
      [...row.querySelectorAll('dd > span')].map((each) => ({
        label: row.querySelector('dt')?.textContent ?? '',
        keys: [...each.querySelectorAll('kbd')].map((key) => key.textContent ?? ''),
      })),
    ),
  )
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  return found
}

test('text of users runs in its own direction on every page, and no key means two things there', async ({ app, page }) => {
  test.slow()
  await imported(app)
  await app.done((await app.client.scan.start({ seed: 1 })).jobId)
  const routes = [
    '/overview',
    '/pairs',
    '/pairs?tag=תג&q=המכונית',
    '/pairs/1',
    '/pairs/2',
    '/pairs/53',
    '/training',
    '/training/compare',
    '/evaluation',
    '/models',
    '/data',
    '/data?tab=imports',
    '/data?tab=quarantine',
    '/data?tab=images',
    '/data?tab=duplicates',
    '/jobs',
    '/import',
  ]
  const problems: string[] = []
  let withText = 0
  for (const route of routes) {
    await app.open(route)
    await expect(page.locator('h1').first()).toBeVisible()
    await page.waitForLoadState('networkidle')
    await expect(page.locator('[role=status][aria-label^=Loading]')).toHaveCount(0)
    if (await shows(page)) withText += 1
    for (const each of await wrongDirections(page)) problems.push(`${route} ${each}`)
    const keys = await keysOf(page)
    expect(keys.length).toBeGreaterThan(5)
    for (const [i, { label, keys: own }] of keys.entries()) {
      for (const other of keys.slice(0, i).concat(keys.slice(i + 1))) {
        if (other.label !== label && own.every((key, at) => other.keys[at] === key))
          problems.push(`${route} key ${own.join(' ')}: ${label} and ${other.label}`)
      }
    }
  }
  expect(problems).toEqual([])
  expect(withText).toBeGreaterThan(9)
})

test('dialogs, fields, menus and messages take the direction of what they hold', async ({ app, page }) => {
  await imported(app)
  const fine = async () => expect(await wrongDirections(page)).toEqual([])
  await app.open('/pairs/1')
  await page.keyboard.press('e')
  await expect(page.getByLabel('Prompt')).toHaveCSS('direction', 'rtl')
  await fine()
  await page.keyboard.press('Escape')
  await app.open('/pairs')
  const search = page.getByRole('searchbox', { name: 'Search in prompt and responses' })
  await search.fill('אדומה')
  await expect(search).toHaveCSS('direction', 'rtl')
  await search.fill('car')
  await expect(search).toHaveCSS('direction', 'ltr')
  await search.fill('')
  await page.getByRole('button', { name: 'Source', exact: true }).click()
  await expect(page.getByRole('dialog', { name: 'Source' }).locator('bdi', { hasText: 'מקור' })).toHaveCSS('direction', 'rtl')
  await fine()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Slices/ }).click()
  await fine()
  await page.getByRole('button', { name: 'Delete פרוסה' }).click()
  await expect(page.getByRole('list', { name: 'Messages' })).toContainText('פרוסה')
  await fine()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find a command' }).fill('א')
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toHaveCSS('direction', 'rtl')
})

test('a search marks whole words and graphemes in the list and on the page of the pair', async ({ app, page }) => {
  await imported(app)
  const marks = (text: string) => page.locator('mark', { hasText: text })
  for (const [typed, marked, rows] of [
    ['3个', '3个', 1],
    ['汽车', '汽车', 1],
    ['👍', '👍🏽', 1],
    ['👨‍👩‍👧', '👨‍👩‍👧', 1],
    ['लाल', 'लाल', 1],
    ['חומה אדומה', '', 0],
    ['אדומה -blue', '', 0],
    ['السيارة', 'السيارة', 1],
  ] as const) {
    await app.open(`/pairs?q=${encodeURIComponent(typed)}`)
    await expect(page.getByRole('heading', { name: 'Pairs', exact: true })).toBeVisible()
    await expect(page.locator('[role=status]', { hasText: /^\d+ pairs?/ })).toContainText(`${rows} pair`)
    if (rows === 0) continue
    await expect(marks(marked).first()).toHaveText(marked)
    await page.getByRole('grid', { name: 'Pairs' }).press('Enter')
    await expect(page.getByRole('heading', { name: /^Pair \d+/ })).toBeVisible()
    await expect(page.getByRole('article').locator('mark', { hasText: marked }).first()).toHaveText(marked)
  }
})

test('marks of a difference are whole in every script, and shortcuts work on a Cyrillic keyboard', async ({ app, page }) => {
  await imported(app)
  const differing = (side: string) =>
    page
      .getByRole('article', { name: `${side} response` })
      .locator('[data-differs]')
      .allTextContents()
  for (const [id, words] of [
    ['49', ['红色', '蓝色']],
    ['51', ['👍🏽', '👍🏿']],
    ['52', ['👨‍👩‍👧', '👨‍👩‍👧‍👦']],
    ['1', ['אדומה', 'red', 'כחולה', 'blue']],
  ] as const) {
    await app.open(`/pairs/${id}`)
    await expect(page.getByRole('article', { name: 'Left response' }).locator('[data-differs]').first()).toBeVisible()
    expect([...(await differing('Left')), ...(await differing('Right'))].sort()).toEqual([...words].sort())
  }
  const press = (key: string, code: string, more: { isComposing?: boolean; repeat?: boolean } = {}) =>
    page.evaluate((init) => void document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })), {
      key,
      code,
      ...more,
    })
  const status = async () => (await app.client.pairs.get({ pairId: 1 })).status
  await press('е', 'KeyT', { isComposing: true })
  await press('е', 'KeyT', { repeat: true })
  expect(await status()).toBe('unreviewed')
  await press('е', 'KeyT')
  await expect.poll(status).toBe('tied')
  await press('п', 'KeyG')
  await press('з', 'KeyP')
  await expect(page.getByRole('heading', { name: 'Pairs', exact: true })).toBeVisible()
})
