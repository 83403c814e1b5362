import { oc } from '@orpc/contract'
import { z } from 'zod'
import { procedureErrors } from './errors.ts'

/** Every procedure starts from here, so that each carries the same closed set of errors. */
export const procedure = oc.errors(procedureErrors)

/** An estimate with its 95% interval; all three in the unit of the estimate. */
export const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() })
export type Estimate = z.infer<typeof estimate>

/** SHA-256 in lower-case hex: the only name an image has on the wire. */
export const contentHash = z.string().regex(/^[0-9a-f]{64}$/)

/** Time as ISO 8601, UTC. */
export const timestamp = z.iso.datetime()
