import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { join } from 'node:path'
import type { Model } from '../../contract/models.ts'
import type { ProbePair } from '../../protocols/probe-process.ts'
import { PICTURE_RULE } from '../../node/pictures/picture.ts'
import { inside } from '../../node/project-folder.ts'
import { CachedReader } from '../reading/cached-reader.ts'
import { normalised, pooled } from '../reading/pooling.ts'
import { openSession, type Computing } from '../reading/provider.ts'
import { ReadingError } from '../reading/reading-error.ts'
import { RowCache } from '../reading/row-cache.ts'
import { TextModel } from '../reading/text-model.ts'
import type { Embedder } from './embedder.ts'
import { square } from './picture.ts'

/** What an image's numbers are read from, the first that is there; else the graph's first output. */
const OUTPUTS = ['image_embeds', 'pooler_output', 'last_hidden_state']
const BATCH = 16

/**
 * A CLIP- or SigLIP-style pair of frozen towers: normalised embeddings v of the image and t of prompt and response; features
 * v * (t_c - t_r), one a dimension, v less the mean of those trained on.
 */
export class ClipEmbedder implements Embedder {
  readonly imageWidth: number
  readonly textWidth: number
  readonly width: number
  readonly #model: Model
  readonly #vision: InferenceSession
  readonly #text: CachedReader
  readonly #known: RowCache

  private constructor(model: Model, vision: InferenceSession, text: CachedReader, known: RowCache) {
    this.#model = model
    this.#vision = vision
    this.#text = text
    this.#known = known
    this.imageWidth = this.textWidth = this.width = text.width
  }

  /** @throws ReadingError where the files cannot be used, or the towers do not meet in one space */
  static async open(model: Model, computing: Computing, cache: string): Promise<ClipEmbedder> {
    const folder = inside(cache, 'readings')
    const text = new CachedReader(await TextModel.open(model, computing), folder)
    const file = join(model.dir, model.vision ?? '')
    const vision = await openSession(file, computing)
    const print = createHash('sha256').update(JSON.stringify(model.image) + PICTURE_RULE)
    for await (const chunk of createReadStream(file)) print.update(chunk as Buffer)
    const known = new RowCache(folder, print.digest('hex'), text.width)
    const embedder = new ClipEmbedder(model, vision, text, known)
    const { length } = await embedder.blank()
    if (length === text.width) return embedder
    await embedder.release()
    throw new ReadingError(
      `“${model.name}” gives ${length} numbers per image and ${text.width} per text, but they must be equal.`,
      'Export both towers with their projections (text_embeds and image_embeds).',
    )
  }

  async images(images: readonly { hash: string; file: string }[]): Promise<(Float32Array | null)[]> {
    const rows: (Float32Array | null)[] = []
    for (let from = 0; from < images.length; from += BATCH) rows.push(...(await this.#batch(images.slice(from, from + BATCH))))
    return rows
  }

  async blank(): Promise<Float32Array> {
    const { size } = this.#input()
    return (await this.#read([new Uint8Array(3 * size * size).fill(128)]))[0] as Float32Array
  }

  see(): void {
    // Nothing depends on what other texts there are.
  }

  async differences(pairs: readonly Pick<ProbePair, 'prompt' | 'chosen' | 'rejected'>[]): Promise<Float32Array> {
    const { width } = this.#text
    const rows = await this.#text.read(
      pairs.flatMap(({ prompt, chosen, rejected }) => [
        { prompt, response: chosen },
        { prompt, response: rejected },
      ]),
    )
    return Float32Array.from({ length: pairs.length * width }, (_, at) => {
      const from = 2 * Math.floor(at / width) * width + (at % width)
      return (rows[from] as number) - (rows[from + width] as number)
    })
  }

  features(image: Float32Array, difference: Float32Array, into: Float32Array): void {
    for (let j = 0; j < into.length; j++) into[j] = (image[j] as number) * (difference[j] as number)
  }

  async release(): Promise<void> {
    this.#known.close()
    await this.#text.close()
    await this.#vision.release()
  }

  async #batch(images: readonly { hash: string; file: string }[]): Promise<(Float32Array | null)[]> {
    const { size } = this.#input()
    const keys = images.map(({ hash }) => Buffer.from(hash.slice(0, 32), 'hex'))
    const pixels = await Promise.all(images.map(({ file }, i) => (this.#known.find(keys[i] as Buffer) >= 0 ? null : square(file, size))))
    const unread = [...pixels.keys()].filter((i) => pixels[i])
    const made = unread.length > 0 ? await this.#read(unread.map((i) => pixels[i] as Uint8Array)) : []
    if (unread.length > 0)
      this.#known.append(
        unread.map((i) => keys[i] as Buffer),
        made,
      )
    return keys.map((key) => {
      const row = this.#known.find(key)
      if (row < 0) return null
      const numbers = new Float32Array(this.imageWidth)
      this.#known.read(row, numbers)
      return numbers
    })
  }

  async #read(pictures: readonly Uint8Array[]): Promise<Float32Array[]> {
    const { size, mean, std } = this.#input()
    const plane = size * size
    const data = new Float32Array(pictures.length * 3 * plane)
    pictures.forEach((rgb, i) => {
      for (let c = 0; c < 3; c++)
        for (let at = 0; at < plane; at++)
          data[(3 * i + c) * plane + at] = ((rgb[3 * at + c] as number) / 255 - (mean[c] as number)) / (std[c] as number)
    })
    const name = this.#vision.inputNames[0] as string
    const output = OUTPUTS.find((candidate) => this.#vision.outputNames.includes(candidate)) ?? (this.#vision.outputNames[0] as string)
    const found = await this.#vision
      .run({ [name]: new Tensor('float32', data, [pictures.length, 3, size, size]) }, [output])
      .catch((error: Error) => {
        throw new ReadingError(
          `${this.#model.name} could not read ${pictures.length} images of ${size} pixels: ${error.message}`,
          'Export its vision model with a free batch size and float32 input, or correct the image size in its card.',
        )
      })
    const { data: numbers, dims, type } = found[output] as Tensor
    if (type !== 'float32')
      throw new ReadingError(`${this.#model.name} gives its image embeddings as ${type}.`, 'Export the vision model with float32 outputs.')
    return pooled(
      numbers as Float32Array,
      dims,
      pictures.map(() => dims[1] ?? 1),
      'mean',
    ).map(normalised)
  }

  #input(): NonNullable<Model['image']> {
    const { image, name } = this.#model
    if (image) return image
    throw new ReadingError(
      `The card of “${name}” does not state the image input.`,
      'Add the model again, or set "image" in its blindfold.json.',
    )
  }
}
