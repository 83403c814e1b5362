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
    // What the tests run in their own processes: not the backends that they start, nor the interface, which browsers test.
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary'], reportsDirectory: 'test-results/coverage' },
  },
})
