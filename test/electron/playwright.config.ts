import { defineConfig } from '@playwright/test'

// Real Electron windows: one at a time, for they share the screen.
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/electron',
  workers: 1,
  timeout: 60_000,
  // On a busy machine Playwright's launcher sometimes never returns, although the window is open. What passes only on a retry is named.
  retries: 2,
  reporter: 'list',
})
