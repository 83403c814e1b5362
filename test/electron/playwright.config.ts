import { defineConfig } from '@playwright/test'

// Real Electron windows: one at a time, for they share the screen.
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/electron',
  workers: 1,
  timeout: 60_000,
  reporter: 'list',
})
