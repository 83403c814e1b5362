import type { Progress } from '../contract/jobs.ts'

/** What a job says of itself. `rate` (units a second) and `etaSeconds` are worked out here where they are left out. */
export type ProgressReport = {
  phase: string
  done: number
  total: number | null
  unit: string
  rate?: number | null
  etaSeconds?: number | null
}

const WINDOW_MS = 10_000
/** Two reports that lie closer together tell nothing new about the rate. */
const SAMPLE_MS = 100
/** A rate over less time than this is noise, and so no rate. */
const RATE_MS = 1000
const ETA_MS = 2000

/** Rate over a sliding window of ten seconds, and the time left from it; both null until they are known. */
export class ProgressMeter {
  #phase = ''
  #samples: { at: number; done: number }[] = []

  /** @param now milliseconds of any clock that only goes forward */
  update(report: ProgressReport, now: number): Progress {
    const phase = `${report.phase}\n${report.unit}`
    const newest = this.#samples.at(-1)
    if (phase !== this.#phase || (newest && report.done < newest.done)) {
      this.#phase = phase
      this.#samples = []
    }
    const last = this.#samples.at(-1)
    if (!last || now - last.at >= SAMPLE_MS) this.#samples.push({ at: now, done: report.done })
    // The oldest sample kept is the last one outside the window, so that the window is always covered.
    while (this.#samples.length > 2 && now - this.#samples[1]!.at >= WINDOW_MS) this.#samples.shift()

    const first = this.#samples[0]!
    const span = now - first.at
    const measured = span >= RATE_MS ? ((report.done - first.done) * 1000) / span : null
    const rate = report.rate === undefined ? measured : report.rate
    const left = report.total === null ? null : Math.max(0, report.total - report.done)
    const known = report.rate === undefined ? span >= ETA_MS : true
    const eta = left !== null && rate !== null && rate > 0 && known ? left / rate : null
    return {
      phase: report.phase,
      done: report.done,
      total: report.total,
      unit: report.unit,
      rate,
      etaSeconds: report.etaSeconds === undefined ? eta : report.etaSeconds,
    }
  }
}
