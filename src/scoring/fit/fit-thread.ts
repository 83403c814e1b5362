import { parentPort, workerData } from 'node:worker_threads'
import type { ProxyKind } from '../../contract/proxies.ts'
import { proxyOf } from '../../proxies/index.ts'
import type { EncodedPairs } from '../../proxies/proxy.ts'
import { fitHere, type Fitted, type FitTask } from './fit.ts'

// A thread that fits models on an encoding which all threads share: entry of `fit-threads.ts`. It never loads onnxruntime.

export type FitReply = { type: 'progress'; share: number } | { type: 'fitted'; fitted: Fitted }

const { kind, encoded } = workerData as { kind: ProxyKind; encoded: EncodedPairs }

parentPort?.on('message', (task: FitTask) => {
  const reply = (message: FitReply): void => parentPort?.postMessage(message)
  reply({ type: 'fitted', fitted: fitHere(proxyOf(kind), encoded, task, (share) => reply({ type: 'progress', share })) })
})
