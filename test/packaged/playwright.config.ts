import { defineConfig } from '@playwright/test'

// The packaged app. It is built first, which takes minutes: `npm run test:packaged`, in the release workflow and by hand, not in `npm test`.
export default defineConfig({ testDir: '.', outputDir: '../../test-results/packaged', workers: 1, timeout: 300_000, reporter: 'list' })
