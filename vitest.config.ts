import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,contract,db}/**/*.test.ts'],
    globalSetup: 'test/build-once.ts',
    setupFiles: 'test/property-seed.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
