import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test, type Packaged } from './packaged.ts'

const NEWER = Buffer.from('#!/bin/sh\necho newer\n')

/** A server of updates with version 9.9.9, which says this hash of it. */
async function updateServer(packaged: Packaged, hash: string) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    asked.push(path)
    if (path === '/latest-linux.yml') {
      response.end(
        `version: 9.9.9\nfiles:\n  - url: Blindfold-9.9.9.AppImage\n    sha512: ${hash}\n    size: ${NEWER.length}\npath: Blindfold-9.9.9.AppImage\nsha512: ${hash}\nreleaseDate: '2026-01-01T00:00:00.000Z'\n`,
      )
    } else if (path === '/Blindfold-9.9.9.AppImage') response.end(NEWER)
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // As electron-builder writes it where the build names a server.
  writeFileSync(
    join(packaged.folder, 'resources/app-update.yml'),
    `provider: generic\nurl: ${url}\nupdaterCacheDirName: blindfold-updater\n`,
  )
  return { asked, close: () => server.close() }
}

/** Runs the app as this AppImage and quits it once `until` holds. */
async function runAppImage(packaged: Packaged, mode: string | null, until: () => boolean): Promise<string> {
  const appImage = join(packaged.home, 'Blindfold.AppImage')
  writeFileSync(appImage, 'older')
  chmodSync(appImage, 0o755)
  mkdirSync(join(packaged.home, 'window'), { recursive: true })
  if (mode) writeFileSync(join(packaged.home, 'window/updates.json'), JSON.stringify({ mode }))
  const { page, quit } = await packaged.launch([], { APPIMAGE: appImage, XDG_CACHE_HOME: join(packaged.home, 'cache') })
  await expect(page).toHaveTitle('Blindfold')
  const start = Date.now()
  while (!until() && Date.now() - start < 20_000) await page.waitForTimeout(200)
  await page.waitForTimeout(2000)
  await quit()
  return readFileSync(appImage, 'utf8')
}

const right = createHash('sha512').update(NEWER).digest('base64')

test('never: the server is not asked', async ({ packaged }) => {
  const server = await updateServer(packaged, right)
  expect(await runAppImage(packaged, 'off', () => true)).toBe('older')
  expect(server.asked).toEqual([])
  server.close()
})

test('unless it is said otherwise, the server is asked and nothing is downloaded before the user agrees', async ({ packaged }) => {
  const server = await updateServer(packaged, right)
  expect(await runAppImage(packaged, null, () => server.asked.length > 0)).toBe('older')
  expect(server.asked).toEqual(['/latest-linux.yml'])
  server.close()
})

test('automatically: a newer version is downloaded, checked and installed when the app quits', async ({ packaged }) => {
  const server = await updateServer(packaged, right)
  expect(await runAppImage(packaged, 'auto', () => server.asked.includes('/Blindfold-9.9.9.AppImage'))).toBe(NEWER.toString())
  server.close()
})

test('automatically: what does not have its hash is not installed', async ({ packaged }) => {
  const server = await updateServer(packaged, createHash('sha512').update('other').digest('base64'))
  expect(await runAppImage(packaged, 'auto', () => server.asked.includes('/Blindfold-9.9.9.AppImage'))).toBe('older')
  expect(server.asked).toContain('/Blindfold-9.9.9.AppImage')
  server.close()
})
