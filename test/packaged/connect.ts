import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser } from '@playwright/test'
import { WebSocket, WebSocketServer } from 'ws'

/**
 * Playwright on a running app by Chromium's own debugging port: a packaged app has no `--inspect`, by which Playwright
 * drives Electron otherwise. Electron lacks the one call that Playwright makes first, about downloads: it is answered here.
 */
export async function connect(devtools: string): Promise<Browser> {
  // Playwright never gets a page that appears while it attaches.
  await loaded(new URL(devtools).port)
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (client) => {
    const app = new WebSocket(devtools)
    const early: string[] = []
    const forward = (message: string): void => (app.readyState === WebSocket.OPEN ? app.send(message) : void early.push(message))
    app.on('open', () => early.splice(0).forEach(forward))
    client.on('message', (data) => {
      const message = (data as Buffer).toString()
      const { id, method } = JSON.parse(message) as { id: number; method: string }
      if (method === 'Browser.setDownloadBehavior') client.send(JSON.stringify({ id, result: {} }))
      else forward(message)
    })
    app.on('message', (data) => client.send((data as Buffer).toString()))
    app.on('close', () => client.close())
    app.on('error', () => client.close())
    client.on('close', () => app.close())
  })
  await once(server, 'listening')
  const browser = await chromium.connectOverCDP(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  browser.on('disconnected', () => server.close())
  return browser
}

async function loaded(port: string): Promise<void> {
  for (;;) {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { type: string; title: string }[]
    if (targets.some(({ type, title }) => type === 'page' && title !== '')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
