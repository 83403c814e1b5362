import { z } from 'zod'
import { ensureEnvironment } from '../python/environment.ts'
import { defineKind } from '../kind.ts'

/** Makes the trainer's Python environment where it is absent or broken. */
export const environmentKind = defineKind({
  kind: 'environment',
  input: z.object({}),
  title: () => 'Set up the trainer’s Python environment',
  resumable: true,
  resources: ['trainer'],
  onlyReads: true,
  run: async ({ places, signal, log, progress }) => {
    const { python, torch } = await ensureEnvironment(places, { signal, log, progress })
    return { python, torch }
  },
})
