import { log } from '../core/log.ts'
import { inside } from '../node/project-folder.ts'
import { availableParallelism } from 'node:os'
import type { ScoringReply, ScoringRequest } from '../protocols/scoring.ts'
import { proxyOf } from '../proxies/index.ts'
import { fitterFor } from './fit/fit-threads.ts'
import { CachedReader } from './reading/cached-reader.ts'
import { openModel } from './reading/open-model.ts'
import { Scan, type GroupedPair } from './scan.ts'

type Begin = Extract<ScoringRequest, { type: 'begin' }>

/** A scan as the scoring process does it: a registered model reads through the project's cache, threads fit the folds. */
export class ProcessScan {
  readonly #scan: Scan
  readonly #reader: CachedReader | null
  readonly #reply: (message: ScoringReply) => void

  private constructor(scan: Scan, reader: CachedReader | null, reply: (message: ScoringReply) => void) {
    this.#scan = scan
    this.#reader = reader
    this.#reply = reply
  }

  static async begin({ reading, seed, folds, dir, cache }: Begin, reply: (message: ScoringReply) => void): Promise<ProcessScan> {
    const proxy = proxyOf(reading.proxy)
    const model = await openModel(proxy.needs, reading)
    const reader = model && new CachedReader(model, inside(cache, 'readings'))
    const threads = reading.threads ?? availableParallelism()
    const order = { seed, folds, dir, context: { characters: reading.characters, reader } }
    const scan = await Scan.begin(proxy, order, reply, (encoded, fits) => fitterFor(reading.proxy, encoded, fits, threads))
    return new ProcessScan(scan, reader, reply)
  }

  async readPairs(pairs: readonly GroupedPair[]): Promise<void> {
    await this.#scan.readPairs(pairs)
    this.#reply({ type: 'taken', pairs: pairs.length })
  }

  async scorePairs(): Promise<void> {
    if (this.#reader) {
      const { read, known } = this.#reader.counts
      log(`${read} responses read by the model, ${known} already in the cache`)
    }
    await this.#scan.scorePairs()
    await this.#reader?.close()
  }
}
