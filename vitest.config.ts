import { defineConfig } from 'vitest/config'
import { useCompileCache } from './test/compile-cache.ts'

useCompileCache()

export default defineConfig({
  test: {
    include: ['{src,renderer,electron,build}/**/*.test.ts', 'test/{contract,db}/**/*.test.ts'],
    globalSetup: 'test/build-once.ts',
    setupFiles: 'test/property-seed.ts',
    pool: 'forks',
    maxWorkers: 2,
    // Two busy cores answer late: what fails is what never comes.
    testTimeout: 150_000,
    hookTimeout: 60_000,
  },
})
