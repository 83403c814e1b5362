import { readFile, stat } from 'node:fs/promises'
import type { Explanation, Reading, Scorer } from '../protocols/scoring.ts'
import { proxyOf, type AnyProxy } from '../proxies/index.ts'
import type { EncodingContext, TextPair } from '../proxies/proxy.ts'
import { openModel } from './reading/open-model.ts'
import { ReadingError } from './reading/reading-error.ts'
import type { TextModel } from './reading/text-model.ts'
import { heldOutMargins } from './session.ts'

const KEPT_MODELS = 8
/** Of a fitted model: the lexical one has a few MB of weights, others less. */
const MOST_BYTES = 256e6

/** Answers questions about single pairs; models stay loaded from one to the next. One question at a time. */
export class Questions {
  readonly #fitted = new Map<string, { version: number; model: unknown }>()
  #reader: { key: string; model: TextModel } | null = null

  /** Text margins by the scorer's model, through its ONNX graph, as a scan has them. */
  async score({ reading, file }: Scorer, pairs: readonly TextPair[]): Promise<number[]> {
    const { proxy, model, context } = await this.#opened(reading, file)
    const encoding = proxy.encoding(context)
    await encoding.add(pairs)
    const encoded = encoding.finish()
    return Array.from(await heldOutMargins(proxy.toOnnx(model), proxy, model, encoded, Uint32Array.from(pairs.keys())))
  }

  async explain({ reading, file }: Scorer, pair: TextPair): Promise<Explanation> {
    const { proxy, model, context } = await this.#opened(reading, file)
    return proxy.explain(model, pair, context)
  }

  async #opened(reading: Reading, file: string): Promise<{ proxy: AnyProxy; model: unknown; context: EncodingContext }> {
    const proxy = proxyOf(reading.proxy)
    const reader = await this.#readerFor(proxy, reading)
    const { mtimeMs, size } = await stat(file).catch(() => {
      throw new ReadingError(`The fitted model ${file} is missing.`, 'Run the blind test again.')
    })
    if (size > MOST_BYTES)
      throw new ReadingError(`The fitted model ${file} is larger than any that Blindfold makes.`, 'Run the blind test again.')
    let known = this.#fitted.get(file)
    if (known?.version !== mtimeMs) {
      known = { version: mtimeMs, model: proxy.load(await readFile(file)) }
      this.#fitted.delete(file)
      if (this.#fitted.size >= KEPT_MODELS) this.#fitted.delete(this.#fitted.keys().next().value as string)
      this.#fitted.set(file, known)
    }
    return { proxy, model: known.model, context: { characters: reading.characters, reader } }
  }

  /** Models can be large: one is kept. */
  async #readerFor(proxy: AnyProxy, reading: Reading): Promise<TextModel | null> {
    if (!proxy.needs) return null
    const key = JSON.stringify([reading.model, reading.executionProvider, reading.threads])
    if (this.#reader?.key === key) return this.#reader.model
    await this.#reader?.model.release()
    this.#reader = null
    const model = await openModel(proxy.needs, reading)
    if (model) this.#reader = { key, model }
    return model
  }
}
