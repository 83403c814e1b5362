import type { Model } from '../../contract/models.ts'
import type { ResponseReader, TextResponse } from '../../proxies/proxy.ts'
import { batches } from './batches.ts'
import { fingerprint } from './fingerprint.ts'
import type { Computing } from './provider.ts'
import { lanesFor, ReadingThreads } from './reading-threads.ts'
import { TextSession, type TextIds } from './text-session.ts'
import { idsOf, tokenReader, type TokenReader } from './tokens.ts'

const MOST_TEXTS = 256
/** Fewer batches are read before threads have started. */
const WORTH_THREADS = 16

/** Rows as they become known, by their places in the list that is read. */
type OnRows = (places: readonly number[], rows: readonly Float32Array[]) => void

/**
 * `alone`: every text is a batch of its own. `padded`: texts of several lengths share one. A reward model's graph may look
 * for the last token by itself, and find it only where nothing is padded; whether it does shows on opening.
 */
type Facts = { width: number; fingerprint: string; alone: boolean; padded: boolean }

/**
 * A registered text model: for an encoder the normalised embedding, for a reward model the one reward of each response
 * with its prompt. Where the graph computes in less than 32 bits, or scales activations by what else is in the batch,
 * each text is read by itself: then too, its numbers do not depend on its neighbours.
 */
export class TextModel implements ResponseReader {
  readonly width: number
  /** Tells apart whatever could change the numbers: files and how they are used. */
  readonly fingerprint: string
  readonly #model: Model
  readonly #computing: Computing
  readonly #session: TextSession
  readonly #tokens: TokenReader
  readonly #most: number
  readonly #padded: boolean
  #threads: ReadingThreads | null = null

  private constructor(model: Model, computing: Computing, session: TextSession, tokens: TokenReader, facts: Facts) {
    this.#model = model
    this.#computing = computing
    this.#session = session
    this.#tokens = tokens
    this.#most = facts.alone ? 1 : MOST_TEXTS
    this.#padded = facts.padded
    this.width = facts.width
    this.fingerprint = facts.fingerprint
  }

  /** @throws ReadingError where its files have changed or cannot be used */
  static async open(model: Model, computing: Computing): Promise<TextModel> {
    const { fingerprint: print, dynamic } = await fingerprint(model)
    const tokens = tokenReader(model)
    const session = await TextSession.open(model, tokens.padding, computing)
    const alone = dynamic || model.precision !== 'fp32'
    const [short, long] = idsOf(
      tokens,
      ['a', 'a longer answer, so that the other is padded'].map((response) => ({ prompt: '', response })),
    ) as [number[], number[]]
    const [row] = (await session.readBatch([short])) as [Float32Array]
    const padded =
      model.kind === 'encoder' || (!alone && near(await session.readBatch([short, long]), [row, ...(await session.readBatch([long]))]))
    return new TextModel(model, computing, session, tokens, { width: row.length, fingerprint: print, alone, padded })
  }

  /** Threads that read now, each with a session of its own; 0 while all is read here. */
  get threads(): number {
    return this.#threads?.count ?? 0
  }

  async read(responses: readonly TextResponse[], onRows: OnRows = () => {}): Promise<Float32Array> {
    const ids = idsOf(this.#tokens, responses)
    const numbers = new Float32Array(responses.length * this.width)
    const waiting = batches(
      ids.map(({ length }) => length),
      { padded: this.#padded, most: this.#most },
    )
    const { lanes, run } = this.#lanes(waiting.length)
    const lane = async (): Promise<void> => {
      for (let places = waiting.shift(); places; places = waiting.shift()) {
        const rows = await run(places.map((place) => ids[place] as number[]))
        places.forEach((place, i) => numbers.set(rows[i] as Float32Array, place * this.width))
        onRows(places, rows)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return numbers
  }

  async release(): Promise<void> {
    await this.#threads?.close()
    await this.#session.release()
  }

  /** How many batches are read at a time, and what reads one. */
  #lanes(count: number): { lanes: number; run: (texts: readonly TextIds[]) => Promise<Float32Array[]> } {
    const lanes = lanesFor(this.#model, this.#computing)
    if (this.#threads?.usable === false) this.#threads = null
    if (lanes > 1 && count >= WORTH_THREADS) this.#threads ??= new ReadingThreads(this.#model, this.#tokens.padding, this.#computing, lanes)
    const threads = this.#threads
    return threads
      ? { lanes: threads.count, run: (texts) => threads.readBatch(texts) }
      : { lanes: 1, run: (texts) => this.#session.readBatch(texts) }
  }
}

/** Whether rewards are the same up to rounding. */
function near(some: readonly Float32Array[], others: readonly Float32Array[]): boolean {
  return some.every(([a = NaN], i) => Math.abs(a - (others[i]?.[0] ?? NaN)) <= 1e-4 * Math.max(1, Math.abs(a)))
}
