import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { join } from 'node:path'
import type { Model } from '../../contract/models.ts'
import { lastPosition, normalised, pooled } from './pooling.ts'
import { openSession, type Computing } from './provider.ts'
import { ReadingError } from './reading-error.ts'

const ID_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']
/** What a text's numbers are read from, the first that is there; else the graph's first output. */
const OUTPUTS = ['sentence_embedding', 'logits', 'last_hidden_state']
/** The same of a tower that meets images in one space. */
const TOWER_OUTPUTS = ['text_embeds', 'pooler_output', 'last_hidden_state']

/** Token ids of a text. */
export type TextIds = ArrayLike<number> & Iterable<number>

/** A registered model's ONNX graph, opened: token ids in, the numbers of each text out. Of a pair of towers it is the one for text. */
export class TextSession {
  readonly #model: Model
  readonly #session: InferenceSession
  readonly #padding: number
  readonly #output: string

  private constructor(model: Model, session: InferenceSession, padding: number) {
    this.#model = model
    this.#session = session
    this.#padding = padding
    this.#output =
      (model.kind === 'clip' ? TOWER_OUTPUTS : OUTPUTS).find((name) => session.outputNames.includes(name)) ??
      (session.outputNames[0] as string)
  }

  /** @throws ReadingError where the file cannot be run, or not by texts alone */
  static async open(model: Model, padding: number, computing: Computing): Promise<TextSession> {
    const file = join(model.dir, model.model)
    const session = await openSession(file, computing)
    const unknown = session.inputNames.filter((name) => !ID_INPUTS.includes(name))
    if (unknown.length === 0) return new TextSession(model, session, padding)
    await session.release()
    throw new ReadingError(
      `${file} requires inputs that a text does not have: ${unknown.join(', ')}.`,
      'Export the model without a key-value cache.',
    )
  }

  /**
   * The texts as one batch: for an encoder or a tower each one's normalised embedding, for a reward model its one reward.
   *
   * @throws ReadingError where they cannot be read, or a number is not finite
   */
  async readBatch(texts: readonly TextIds[]): Promise<Float32Array[]> {
    const width = Math.max(1, ...texts.map(({ length }) => length))
    const feeds: Record<string, Tensor> = {}
    for (const metadata of this.#session.inputMetadata) {
      if (!metadata.isTensor) continue
      const value = this.#input(metadata.name, texts, width)
      feeds[metadata.name] =
        metadata.type === 'int32'
          ? new Tensor('int32', value, [texts.length, width])
          : new Tensor('int64', widened(value), [texts.length, width])
    }
    const outputs = await this.#session.run(feeds, [this.#output]).catch((error: Error) => {
      throw new ReadingError(
        `${this.#model.name} could not read ${texts.length} texts of up to ${width} tokens: ${error.message}`,
        'Check that the card’s maxLength is not above the model’s limit and that there is enough memory.',
      )
    })
    const output = outputs[this.#output] as Tensor
    const data = float32(output)
    const lengths = texts.map(({ length }) => length)
    const { kind, pooling, precision } = this.#model
    const rows =
      kind !== 'reward-model'
        ? pooled(data, output.dims, lengths, pooling ?? 'mean').map(normalised)
        : lengths.map((length, i) => Float32Array.of(this.#reward(data, output.dims, i, length)))
    if (rows.every((row) => row.every(Number.isFinite))) return rows
    const remedy = precision === 'fp32' ? 'Export the model again: its numbers overflow.' : 'Export it in fp32: smaller floats overflow.'
    throw new ReadingError(`${this.#model.name} gives numbers that are not finite.`, remedy)
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  #input(name: string, texts: readonly TextIds[], width: number): Int32Array {
    const values = new Int32Array(texts.length * width)
    if (name === 'input_ids') values.fill(this.#padding)
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
    if (classes > 2 && dims.length === 3)
      throw new ReadingError(
        `${this.#model.name} gives ${classes} numbers per token instead of a reward.`,
        'Export it as a sequence classification with one label.',
      )
    const row = dims.length === 3 ? lastPosition(dims, text, length) : text
    if (classes === 1) return data[row] as number
    // Two labels: the log-odds of the second, “good”, against the first.
    if (classes === 2) return (data[2 * row + 1] as number) - (data[2 * row] as number)
    throw new ReadingError(
      `${this.#model.name} gives ${classes} numbers per text instead of a reward.`,
      'Export it as a sequence classification with one label.',
    )
  }
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
  throw new ReadingError(`The model’s output is ${type}, not a number.`, 'Export it with floating-point outputs.')
}

/** 16-bit floats come as numbers where the engine has an array of them, else as their bits. */
function halves(data: ArrayLike<number>): Float32Array {
  if (!(data instanceof Uint16Array)) return Float32Array.from(data)
  return Float32Array.from(data, (bits) => {
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const size =
      exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction ? NaN : Infinity) : (1 + fraction / 1024) * 2 ** (exponent - 15)
    return bits & 0x8000 ? -size : size
  })
}
