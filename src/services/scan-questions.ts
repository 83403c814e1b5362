import type { Explanation, Scorer } from '../protocols/scoring.ts'
import { BlindfoldError } from '../core/errors.ts'
import type { ScanRow } from '../db/scans/latest.ts'
import { usableModel } from '../models/registry.ts'
import { inside, workFolder } from '../node/project-folder.ts'
import { proxyOf } from '../proxies/index.ts'
import type { TextPair } from '../proxies/proxy.ts'
import { ScoringQuestions } from '../scoring/questions-client.ts'

/** A fitted model of a finished scan. */
export type FittedModel = {
  /** Absolute path of the project's folder. */
  project: string
  scan: Pick<ScanRow, 'proxy' | 'dir' | 'model' | 'options'>
  /** The fold that a pair is in, whose model never saw it; null for the model fitted on all pairs, for texts of none. */
  fold: number | null
}

/** Name of a fitted model in the folder of its scan; null is the one of all pairs. */
const foldName = (fold: number | null): string => (fold === null ? 'all.model' : `fold-${fold}.model`)

/** File of a fitted model. @throws BlindfoldError PROJECT_UNSAFE */
export const fittedFile = (project: string, { dir }: Pick<ScanRow, 'dir'>, fold: number | null): string =>
  inside(workFolder(project, 'scans', dir), foldName(fold))

/**
 * Text margins and explanations by the models of finished scans, of every kind of proxy, with the scan's own options and
 * registered model. Computed in a scoring process that stays for a minute after the last question.
 */
export class ScanQuestions {
  readonly #userDir: string
  readonly #process = new ScoringQuestions()

  constructor(userDir: string) {
    this.#userDir = userDir
  }

  /** The scoring process that runs now; null where none does. */
  get pid(): number | null {
    return this.#process.pid
  }

  /**
   * Text margins (log-odds) of any texts, edited ones for example; at most 1,000 pairs.
   *
   * @throws BlindfoldError SCORING_FAILED; NOT_FOUND and MODEL_UNUSABLE where the registered model is gone or is another
   */
  async score(fitted: FittedModel, pairs: readonly TextPair[]): Promise<number[]> {
    return this.#process.score(this.#scorer(fitted), pairs)
  }

  /** What each part of both responses adds to the text margin. @throws BlindfoldError as `score` */
  async explain(fitted: FittedModel, pair: TextPair): Promise<Explanation> {
    return this.#process.explain(this.#scorer(fitted), pair)
  }

  close(): Promise<void> {
    return this.#process.close()
  }

  #scorer({ project, scan, fold }: FittedModel): Scorer {
    const { characters, executionProvider, threads } = scan.options
    return {
      reading: { proxy: scan.proxy, model: this.#modelOf(scan), characters, executionProvider, threads },
      file: fittedFile(project, scan, fold),
    }
  }

  #modelOf({ proxy, model }: FittedModel['scan']) {
    const { needs } = proxyOf(proxy)
    if (!needs || !model) return null
    const now = usableModel(this.#userDir, model.modelId, needs)
    if (now.hash === model.hash) return now
    throw new BlindfoldError('MODEL_UNUSABLE', `The files of the model “${model.name}” have changed since the blind test.`, {
      file: now.dir,
      remedy: 'Run the blind test again with the current model.',
    })
  }
}
