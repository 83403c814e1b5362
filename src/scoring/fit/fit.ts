import { accuracy } from '../../core/statistics.ts'
import type { AnyProxy } from '../../proxies/index.ts'
import type { EncodedPairs } from '../../proxies/proxy.ts'

/** What a fit needs besides the encoded pairs: which of them, each one's group, and the seed. */
export type FitTask = { pairs: Uint32Array; groups: Uint32Array; seed: number }
/** The saved model, and its accuracy on the very pairs it was fitted on. */
export type Fitted = { model: Uint8Array; inSampleAccuracy: number }

/** Fits a proxy's models on one encoding, several at a time where there are threads for it. */
export type Fitter = { fit(task: FitTask, progress: (share: number) => void): Promise<Fitted>; close(): Promise<void> }

/** Fits one model in this thread. */
export function fitHere(
  proxy: AnyProxy,
  encoded: EncodedPairs,
  { pairs, groups, seed }: FitTask,
  progress: (share: number) => void,
): Fitted {
  const model = proxy.fit(encoded, pairs, { seed, groups, progress })
  return { model: proxy.save(model), inSampleAccuracy: accuracy(proxy.margins(model, encoded, pairs)) }
}
