import { parentPort, workerData } from 'node:worker_threads'
import type { TopFeature } from '../../contract/overview.ts'
import type { Units } from '../../proxies/lexical/tokens.ts'
import { studyBoilerplate, studyFeatures } from './study.ts'
import type { DrawnPair } from './texts.ts'

// Tens of thousands of texts are taken apart here, beside the backend's thread.
const { features, pairs, whole, units } = workerData as { features: TopFeature[]; pairs: DrawnPair[]; whole: boolean; units: Units }
parentPort?.postMessage({ reasons: studyFeatures(features, pairs, units, { whole }), boilerplate: studyBoilerplate(pairs) })
