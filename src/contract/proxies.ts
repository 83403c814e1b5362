import { z } from 'zod'
import { EXECUTION_PROVIDERS, PROXY_KINDS } from '../core/vocabulary.ts'
import { contentHash } from './base.ts'

export const proxyKind = z.enum(PROXY_KINDS)
export type { ProxyKind } from '../core/vocabulary.ts'

export const executionProvider = z.enum(EXECUTION_PROVIDERS)
export type { ExecutionProvider } from '../core/vocabulary.ts'

export const scanInput = z.object({
  proxy: proxyKind.default('lexical'),
  /** A registered model; needed by `encoder` and `reward-model`. */
  modelId: z.string().nullable().default(null),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(0),
  /** `lexical`: character n-grams in place of words, for languages without spaces. */
  characters: z.boolean().default(false),
  executionProvider: executionProvider.default('cpu'),
  /** CPU threads of ONNX Runtime; null leaves it to the number of cores. */
  threads: z.number().int().min(1).max(256).nullable().default(null),
})
export type ScanInput = z.input<typeof scanInput>
export type ScanOptions = z.output<typeof scanInput>

/** What a scan read with: kept with its scores, so that a model that changed is never taken for the one that scored. */
export const modelProvenance = z.object({
  modelId: z.string(),
  name: z.string(),
  /** SHA-256 of the ONNX file. */
  hash: contentHash,
})
export type ModelProvenance = z.infer<typeof modelProvenance>
