import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { join } from 'node:path'
import type { Model } from '../../contract/models.ts'
import type { ResponseReader, TextResponse } from '../../proxies/proxy.ts'
import { batches } from './batches.ts'
import { fingerprint } from './fingerprint.ts'
import { openSession, type Computing } from './provider.ts'
import { ReadingError } from './reading-error.ts'
import { lastPosition, normalised, pooled } from './pooling.ts'
import { tokenReader, type TokenReader } from './tokens.ts'

const MOST_TEXTS = 256
const ID_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']

/**
 * `alone`: every text is a batch of its own. `padded`: texts of several lengths share one. A reward model's graph may look
 * for the last token by itself, and find it only where nothing is padded; whether it does shows on opening.
 */
type Facts = { width: number; output: string; fingerprint: string; alone: boolean; padded: boolean }

/** Rows as they become known, by their places in the list that is read. */
type OnRows = (places: readonly number[], rows: readonly Float32Array[]) => void | Promise<void>

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
  readonly #session: InferenceSession
  readonly #tokens: TokenReader
  readonly #output: string
  readonly #most: number
  readonly #padded: boolean

  private constructor(model: Model, session: InferenceSession, tokens: TokenReader, facts: Facts) {
    this.#model = model
    this.#session = session
    this.#tokens = tokens
    this.#output = facts.output
    this.#most = facts.alone ? 1 : MOST_TEXTS
    this.#padded = facts.padded
    this.width = facts.width
    this.fingerprint = facts.fingerprint
  }

  /** @throws ReadingError where its files have changed or cannot be used */
  static async open(model: Model, computing: Computing): Promise<TextModel> {
    const file = join(model.dir, model.model)
    const { fingerprint: print, dynamic } = await fingerprint(model)
    const tokens = tokenReader(model)
    const session = await openSession(file, computing)
    const unknown = session.inputNames.filter((name) => !ID_INPUTS.includes(name))
    if (unknown.length > 0) {
      await session.release()
      throw new ReadingError(`${file} wants inputs that no text gives: ${unknown.join(', ')}.`, 'Export the model without a cache of keys and values.')
    }
    const output = ['sentence_embedding', 'logits', 'last_hidden_state'].find((name) => session.outputNames.includes(name)) ?? (session.outputNames[0] as string)
    const alone = dynamic || model.precision !== 'fp32'
    const facts = { output, fingerprint: print, alone }
    const probe = new TextModel(model, session, tokens, { ...facts, width: 0, padded: false })
    const [short, long] = ['a', 'a longer answer, so that the other is padded'].map((response) => tokens.ids({ prompt: '', response })) as [number[], number[]]
    const [row] = (await probe.#run([short])) as [Float32Array]
    const padded = model.kind === 'encoder' || (!alone && near(await probe.#run([short, long]), [row, ...(await probe.#run([long]))]))
    return new TextModel(model, session, tokens, { ...facts, width: row.length, padded })
  }

  async read(responses: readonly TextResponse[], onRows: OnRows = () => {}): Promise<Float32Array> {
    const ids = responses.map((response) => this.#tokens.ids(response))
    const numbers = new Float32Array(responses.length * this.width)
    for (const places of batches(ids.map(({ length }) => length), { padded: this.#padded, most: this.#most })) {
      const rows = await this.#run(places.map((place) => ids[place] as number[]))
      if (!rows.every((row) => row.every(Number.isFinite))) throw this.#notFinite()
      places.forEach((place, i) => numbers.set(rows[i] as Float32Array, place * this.width))
      await onRows(places, rows)
    }
    return numbers
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  async #run(texts: readonly number[][]): Promise<Float32Array[]> {
    const width = Math.max(1, ...texts.map(({ length }) => length))
    const feeds: Record<string, Tensor> = {}
    for (const metadata of this.#session.inputMetadata) {
      if (!metadata.isTensor) continue
      const value = this.#input(metadata.name, texts, width)
      feeds[metadata.name] = metadata.type === 'int32' ? new Tensor('int32', value, [texts.length, width]) : new Tensor('int64', widened(value), [texts.length, width])
    }
    const outputs = await this.#session.run(feeds, [this.#output]).catch((error: Error) => {
      throw new ReadingError(`${this.#model.name} could not read ${texts.length} texts of up to ${width} tokens: ${error.message}`, 'Look whether the card’s maxLength is more than the model takes, and whether there is memory enough.')
    })
    const output = outputs[this.#output] as Tensor
    const data = float32(output)
    const lengths = texts.map(({ length }) => length)
    const { kind, pooling } = this.#model
    if (kind === 'encoder') return pooled(data, output.dims, lengths, pooling ?? 'mean').map(normalised)
    return lengths.map((length, i) => Float32Array.of(this.#reward(data, output.dims, i, length)))
  }

  #notFinite(): ReadingError {
    const remedy = this.#model.precision === 'fp32' ? 'Export the model again: its numbers overflow.' : 'Export it in fp32: smaller floats overflow.'
    return new ReadingError(`${this.#model.name} gives numbers that are not finite.`, remedy)
  }

  #input(name: string, texts: readonly number[][], width: number): Int32Array {
    const values = new Int32Array(texts.length * width)
    if (name === 'input_ids') values.fill(this.#tokens.padding)
    texts.forEach((ids, i) => {
      for (let at = 0; at < ids.length; at++) {
        if (name === 'input_ids') values[i * width + at] = ids[at] as number
        else if (name === 'attention_mask') values[i * width + at] = 1
        else if (name === 'position_ids') values[i * width + at] = at
      }
    })
    return values
  }

  #reward(data: Float32Array, dims: readonly number[], text: number, length: number): number {
    if (dims.length === 1) return data[text] as number
    const classes = dims.at(-1) as number
    if (classes > 2 && dims.length === 3) throw new ReadingError(`${this.#model.name} gives ${classes} numbers a token, and no reward.`, 'Export it as a sequence classification with one label.')
    const row = dims.length === 3 ? lastPosition(dims, text, length) : text
    if (classes === 1) return data[row] as number
    // Two labels: the log-odds of the second, “good”, against the first.
    if (classes === 2) return (data[2 * row + 1] as number) - (data[2 * row] as number)
    throw new ReadingError(`${this.#model.name} gives ${classes} numbers a text, and no reward.`, 'Export it as a sequence classification with one label.')
  }
}

/** Whether rewards are the same up to rounding. */
function near(some: readonly Float32Array[], others: readonly Float32Array[]): boolean {
  return some.every(([a = NaN], i) => Math.abs(a - (others[i]?.[0] ?? NaN)) <= 1e-4 * Math.max(1, Math.abs(a)))
}

/** Whole numbers from 0 on as 64-bit integers, by their lower halves: a hundred times as fast as one BigInt each. */
function widened(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  const halves = new Int32Array(wide.buffer)
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i] as number
  return wide
}

function float32({ type, data }: Tensor): Float32Array {
  if (type === 'float32') return data as Float32Array
  if (type === 'float16') return halves(data as unknown as ArrayLike<number>)
  if (type === 'float64') return Float32Array.from(data as Float64Array)
  throw new ReadingError(`The model’s output is ${type}, and no number.`, 'Export it with floating-point outputs.')
}

/** 16-bit floats come as numbers where the engine has an array of them, else as their bits. */
function halves(data: ArrayLike<number>): Float32Array {
  if (!(data instanceof Uint16Array)) return Float32Array.from(data)
  return Float32Array.from(data, (bits) => {
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const size = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction ? NaN : Infinity) : (1 + fraction / 1024) * 2 ** (exponent - 15)
    return bits & 0x8000 ? -size : size
  })
}
