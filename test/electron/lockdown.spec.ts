import { expect } from '@playwright/test'
import { test } from './desktop.ts'

test('the page has nothing of Node and only the shell’s few capabilities', async ({ desktop }) => {
  const { page, app } = await desktop.launch()
  expect(page.url()).toMatch(/^app:\/\/blindfold\//)
  const found = await page.evaluate(() => ({
    node: ['require', 'process', 'module', 'Buffer', 'global', '__dirname'].filter((name) => name in window),
    shell: Object.keys(window.blindfold ?? {}).sort(),
  }))
  expect(found.node).toEqual([])
  expect(found.shell).toEqual(['confirmTrust', 'connect', 'onCommand', 'pathFor', 'pickFiles', 'pickFolder', 'pickSave', 'platform'])
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    // Not in Electron's types, though there: what the window really runs with.
    const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }
    const { sandbox, contextIsolation, nodeIntegration, webviewTag } = contents.getLastWebPreferences()
    return { sandbox, contextIsolation, nodeIntegration, webviewTag: webviewTag ?? false }
  })
  expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false })
})

test('the page cannot leave app://', async ({ desktop }) => {
  const { page } = await desktop.launch()
  const targets = [
    'https://example.com/',
    'file:///etc/passwd',
    'data:text/html,<p>x</p>',
    `media://image/${desktop.image}`,
    'app://elsewhere/index.html',
  ]
  for (const target of targets) {
    await page.evaluate((url) => {
      const link = document.createElement('a')
      link.href = url
      document.body.append(link)
      link.click()
      location.assign(url)
    }, target)
    await page.waitForTimeout(150)
    expect(page.url(), target).toMatch(/^app:\/\/blindfold\//)
    expect(await page.evaluate(() => location.origin)).toBe('app://blindfold')
  }
})

test('windows, frames, the network and permissions are denied', async ({ desktop }) => {
  const { page, app } = await desktop.launch()
  expect(await page.evaluate(() => window.open('https://example.com/'))).toBeNull()
  expect(await page.evaluate(() => window.open('app://blindfold/'))).toBeNull()
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  const refused = await page.evaluate(async () => {
    const rejects = (promise: Promise<unknown>): Promise<boolean> =>
      promise.then(
        () => false,
        () => true,
      )
    const frame = document.createElement('iframe')
    frame.src = location.href
    document.body.append(frame)
    await new Promise((resolve) => setTimeout(resolve, 200))
    let framed: boolean
    try {
      framed = Boolean(frame.contentDocument?.getElementById('root'))
    } catch {
      framed = false
    }
    return {
      network: await rejects(fetch('https://example.com/')),
      local: await rejects(fetch('http://127.0.0.1:1/')),
      camera: await rejects(navigator.mediaDevices.getUserMedia({ video: true })),
      position: await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve(false),
          () => resolve(true),
        ),
      ),
      notifications: Notification.permission !== 'granted',
      frame: !framed,
    }
  })
  expect(refused).toEqual({ network: true, local: true, camera: true, position: true, notifications: true, frame: true })
})

test('the policy allows nothing unsafe, and markup from data cannot run', async ({ desktop }) => {
  const { page } = await desktop.launch()
  const policy = await page.evaluate(async () => (await fetch('/index.html')).headers.get('content-security-policy'))
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/unsafe|\*/)
  const ran = await page.evaluate(async () => {
    const attempts: Record<string, string> = {}
    const attempt = (name: string, act: () => void): void => {
      try {
        act()
        attempts[name] = 'no error'
      } catch (error) {
        attempts[name] = (error as Error).name
      }
    }
    const holder = document.createElement('div')
    document.body.append(holder)
    attempt('innerHTML', () => (holder.innerHTML = '<img src=x onerror="window.ran = 1">'))
    attempt('string timer', () => setTimeout('window.ran = 1' as unknown as () => void, 0))
    attempt('script text', () => {
      const script = document.createElement('script')
      script.text = 'window.ran = 1'
      document.body.append(script)
    })
    holder.setAttribute('style', 'color: rgb(1, 2, 3)')
    await new Promise((resolve) => setTimeout(resolve, 200))
    return { attempts, ran: 'ran' in window, style: getComputedStyle(holder).color }
  })
  expect(ran.ran).toBe(false)
  expect(ran.attempts['innerHTML']).toBe('TypeError')
  expect(ran.attempts['script text']).toBe('TypeError')
  expect(ran.style).not.toBe('rgb(1, 2, 3)')
})

test('the page itself breaks no rule of its policy', async ({ desktop }) => {
  const { page } = await desktop.launch()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedType|TrustedHTML/.test(message.text())) violations.push(message.text())
  })
  await page.reload()
  await expect(page.locator('#root')).not.toBeEmpty()
  await page.waitForTimeout(500)
  expect(violations).toEqual([])
})

test('the shell refuses requests of another shape', async ({ desktop }) => {
  const { page } = await desktop.launch()
  const errors = await page.evaluate(async () => {
    const shell = window.blindfold as unknown as Record<string, (payload: unknown) => Promise<unknown>>
    const outcome = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => 'accepted',
        () => 'refused',
      )
    return [
      await outcome(shell['pickFiles']!({ multiple: 'yes' })),
      await outcome(shell['pickSave']!({ suggested: 'x'.repeat(5000) })),
      await outcome(shell['pickFolder']!(7)),
    ]
  })
  expect(errors).toEqual(['refused', 'refused', 'refused'])
})
