import { eld } from 'eld/small'
import { parentPort, workerData } from 'node:worker_threads'
import type { Stability } from '../../contract/overview.ts'
import type { PairFilter } from '../../contract/pairs.ts'
import type { ModelProvenance } from '../../contract/proxies.ts'
import { buildReport, type ReportInputs } from '../../core/report/build.ts'

/** Texts by the place of their row. */
export type Texts = [row: number, text: string][]
type Inputs = ReportInputs<ModelProvenance | null, PairFilter, Stability | null>
export type WorkerInputs = Omit<Inputs, 'languages'> & { texts: Texts }

const names = new Intl.DisplayNames(['en'], { type: 'language' })

/** The language of a text in English, or `unclear`: a yes or a number is the same in many. */
function languageOf(text: string): string {
  const found = eld.detect(text)
  return found.language && found.isReliable() ? (names.of(found.language) ?? found.language) : 'unclear'
}

// Thousands of resamples take seconds: they run here, beside the backend's thread.
const { texts, ...inputs } = workerData as WorkerInputs
parentPort?.postMessage(buildReport({ ...inputs, languages: new Map(texts.map(([row, text]) => [row, languageOf(text)])) }))
