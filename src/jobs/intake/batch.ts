import type { DbClient } from '../../db/client.ts'
import type { BatchOutcome, NewMedia, NewPair, NewRejection } from '../../db/pairs/insert.ts'
import type { Prepared } from './prepare.ts'

const ROWS = 500
/** A batch is written this often, however slow its images are: what is written is not done again. */
const MILLISECONDS = 2000

/** Gathers prepared records and writes them, with the progress they mean, one transaction at a time. */
export class BatchWriter {
  readonly total: BatchOutcome = { imported: 0, skipped: 0, quarantined: 0, images: 0 }
  readonly #db: DbClient
  readonly #importId: number
  #pairs: NewPair[] = []
  #rejections: NewRejection[] = []
  #media = new Map<string, NewMedia>()
  #began = performance.now()

  constructor(db: DbClient, importId: number) {
    this.#db = db
    this.#importId = importId
  }

  add(prepared: Prepared): void {
    if ('rejection' in prepared) {
      this.#rejections.push(prepared.rejection)
      return
    }
    this.#pairs.push(prepared.pair)
    for (const image of prepared.media) this.#media.set(image.hash, image)
  }

  get due(): boolean {
    return this.#size >= ROWS || (this.#size > 0 && performance.now() - this.#began >= MILLISECONDS)
  }

  /** @param records as in `Batch.records`: records read since the import began, or null for rows tried again */
  async write(records: number | null): Promise<void> {
    if (this.#size > 0) {
      const outcome = await this.#db.pairs.insertBatch({
        importId: this.#importId,
        media: [...this.#media.values()],
        pairs: this.#pairs,
        rejections: this.#rejections,
        records,
      })
      for (const count of ['imported', 'skipped', 'quarantined', 'images'] as const) this.total[count] += outcome[count]
    }
    this.#pairs = []
    this.#rejections = []
    this.#media = new Map()
    this.#began = performance.now()
  }

  get #size(): number {
    return this.#pairs.length + this.#rejections.length
  }
}
