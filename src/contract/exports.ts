import { z } from 'zod'
import { procedure } from './base.ts'
import { jobRef } from './jobs.ts'
import { pairFilter } from './pairs.ts'

export const exportInput = z.object({
  format: z.enum(['trl']).default('trl'),
  out: z.string().min(1),
  filter: pairFilter.default({}),
  /** Discarded and tied pairs are left out unless asked for. */
  includeExcluded: z.boolean().default(false),
})

export const exportResult = z.object({ pairs: z.number().int(), images: z.number().int(), out: z.string() })

export const exports = {
  start: procedure.input(exportInput).output(jobRef),
}

export const demoInput = z.object({
  pairs: z.number().int().min(10).max(100_000).default(4000),
  testPairs: z.number().int().min(10).max(100_000).optional(),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(0),
})

export const demo = {
  /** Writes the demo suite and imports it into the open project: three environments, each with a train and a test split. */
  start: procedure.input(demoInput).output(jobRef),
}
