import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'
import { useCompileCache } from '../compile-cache.ts'

useCompileCache()

// Real Chromium against a real server: the one Playwright knows of, or the system's.
const system = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env['CHROMIUM_PATH'] ?? system.find((path) => existsSync(path))

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/e2e',
  // Each test has a server, a home folder and a page of its own.
  fullyParallel: true,
  workers: 2,
  timeout: 120_000,
  // Tried again where a page was slower than the keys; what passes only then is listed as flaky.
  retries: 2,
  // Two busy cores answer late: what fails is what never comes.
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    // Tracing every try takes a fifth of the time: what fails is traced when it is tried again.
    trace: 'on-first-retry',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        // Chromium has no sandbox for the superuser, and nothing here should look anything up outside.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
})
