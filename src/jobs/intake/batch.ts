import type { DbClient } from '../../db/worker/client.ts'
import type { BatchOutcome, NewMedia, NewPair, NewRejection } from '../../db/pairs/batch.ts'
import { RemarkCounts } from '../../formats/remarks.ts'
import type { Prepared } from './prepare.ts'

/** Records a transaction: some tens of milliseconds, so that other queries get their turn in between. */
const ROWS = 4000
/** Long texts and raw records fill a batch before. In UTF-16 units. */
const LENGTH = 8 * 2 ** 20
/** What an entry of a history counts beside its texts. */
const ENTRY = 200
/** A batch is written this often, however slow its images are: what is written is not done again. */
const MILLISECONDS = 2000

const nothing = (): BatchOutcome => ({ imported: 0, skipped: 0, quarantined: 0, tied: 0, incomplete: 0, images: 0 })

/**
 * Gathers prepared records and writes them, with the progress they mean, one transaction at a time. While one batch is
 * being written the next one is gathered.
 */
export class BatchWriter {
  readonly total = nothing()
  readonly #db: DbClient
  readonly #importId: number
  #pairs: NewPair[] = []
  #rejections: NewRejection[] = []
  #media = new Map<string, NewMedia>()
  #remarks = new RemarkCounts()
  #length = 0
  #began = performance.now()
  #writing: Promise<void> = Promise.resolve()

  constructor(db: DbClient, importId: number) {
    this.#db = db
    this.#importId = importId
  }

  addPrepared(prepared: Prepared): void {
    if ('rejection' in prepared) {
      this.#rejections.push(prepared.rejection)
      this.#length += prepared.rejection.raw.length
      return
    }
    for (const pair of prepared.pairs) {
      this.#pairs.push(pair)
      this.#length += pair.prompt.length + pair.chosen.length + pair.rejected.length + pair.metadata.length
      for (const { prompt, chosen, rejected } of pair.history)
        this.#length += ENTRY + (prompt?.length ?? 0) + (chosen?.length ?? 0) + (rejected?.length ?? 0)
      for (const image of pair.images)
        if (typeof image !== 'string')
          this.#length += 'missing' in image ? image.missing.length + image.reason.length : image.reference.length
    }
    if (prepared.remarks.length > 0) this.#remarks.addRemarks(prepared.remarks, prepared.pairs[0]?.row ?? 0)
    for (const image of prepared.media) this.#media.set(image.hash, image)
  }

  get due(): boolean {
    return this.#size >= ROWS || this.#length >= LENGTH || (this.#size > 0 && performance.now() - this.#began >= MILLISECONDS)
  }

  /**
   * Begins to write what was gathered, as soon as the batch before is written. Rejects where that one failed.
   *
   * @param records as in `Batch.records`: records read since the import began, or null for rows tried again
   */
  async write(records: number | null): Promise<void> {
    await this.#writing
    if (this.#size > 0) {
      const batch = {
        importId: this.#importId,
        media: [...this.#media.values()],
        pairs: this.#pairs,
        rejections: this.#rejections,
        remarks: this.#remarks.list(),
        records,
      }
      const writing = this.#db.pairs.insertBatch(batch).then((outcome) => {
        for (const count of Object.keys(outcome) as (keyof BatchOutcome)[]) this.total[count] += outcome[count]
      })
      // Its error is met by whoever writes or ends next; nobody may.
      writing.catch(() => {})
      this.#writing = writing
    }
    this.#pairs = []
    this.#rejections = []
    this.#media = new Map()
    this.#remarks = new RemarkCounts()
    this.#length = 0
    this.#began = performance.now()
  }

  /** Writes the rest and waits until all is written. */
  async end(records: number | null): Promise<void> {
    await this.write(records)
    await this.#writing
  }

  get #size(): number {
    return this.#pairs.length + this.#rejections.length
  }
}
