import { expect, test } from 'vitest'
import { siblingEntry } from './entry.ts'

test('an entry lies beside the module that starts it: .ts in the sources, .js in a bundle', () => {
  expect(siblingEntry('file:///app/src/db/worker/client.ts', 'db-worker')).toBe('file:///app/src/db/worker/db-worker.ts')
  expect(siblingEntry('file:///app/src/db/worker/client.ts?t=17', 'db-worker')).toBe('file:///app/src/db/worker/db-worker.ts')
  expect(siblingEntry('file:///C:/My%20Apps/x.ts/out/host/utility.js', 'db-worker')).toBe('file:///C:/My%20Apps/x.ts/out/host/db-worker.js')
})
