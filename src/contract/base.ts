import { oc } from '@orpc/contract'
import { z } from 'zod'
import { procedureErrors } from './errors.ts'
import './validation-words.ts'

/** Every procedure starts from here, so that each carries the same closed set of errors. */
export const procedure = oc.$meta<{ query: boolean }>({ query: false }).errors(procedureErrors)

/** A procedure that changes nothing. It is broken off if its caller leaves or cancels it. */
export const query = procedure.meta({ query: true })

/** An estimate with its 95% interval; all three in the unit of the estimate. */
export const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() })
export type Estimate = z.infer<typeof estimate>

/** SHA-256 in lower-case hex: the only name an image has on the wire. */
export const contentHash = z.string().regex(/^[0-9a-f]{64}$/)

/** Time as ISO 8601, UTC. */
export const timestamp = z.iso.datetime()
