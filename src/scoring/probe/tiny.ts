import type { ProbePair } from '../../protocols/probe-process.ts'
import type { Embedder } from './embedder.ts'
import { square } from './picture.ts'

const SIDE = 32
/** Hues in degrees: red, orange, yellow, green, cyan, blue, purple, pink. */
const HUES = [0, 30, 55, 120, 180, 230, 275, 320]
/** Quarters of the picture, for where something stands. */
const QUARTERS = 4
/** Shares of hues, of white, contrast by quarter. */
const IMAGE = HUES.length + 1 + QUARTERS
/** The words in which responses differ most often. */
const WORDS = 64

/**
 * The tiny probe, which needs no model: colours and places of a picture, times the words in which the two responses differ. It
 * knows that "red" goes with red pictures and "left" with something on the left, once the pairs have taught it; of shapes, objects
 * and faces it knows nothing.
 */
export class TinyEmbedder implements Embedder {
  readonly imageWidth = IMAGE
  readonly textWidth = WORDS
  readonly width = IMAGE * WORDS
  readonly #counts = new Map<string, number>()
  #columns: Map<string, number> | null = null

  images(images: readonly { file: string }[]): Promise<(Float32Array | null)[]> {
    return Promise.all(
      images.map(async ({ file }) => {
        const rgb = await square(file, SIDE)
        return rgb && imageRow(rgb)
      }),
    )
  }

  blank(): Promise<Float32Array> {
    return Promise.resolve(imageRow(new Uint8Array(3 * SIDE * SIDE).fill(128)))
  }

  see(pairs: readonly ProbePair[]): void {
    for (const pair of pairs) for (const word of wordDifferences(pair).keys()) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  differences(pairs: readonly Pick<ProbePair, 'chosen' | 'rejected'>[]): Promise<Float32Array> {
    this.#columns ??= new Map(
      [...this.#counts]
        .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
        .slice(0, WORDS)
        .map(([word], column) => [word, column]),
    )
    const rows = new Float32Array(pairs.length * WORDS)
    pairs.forEach((pair, i) => {
      for (const [word, difference] of wordDifferences(pair)) {
        const column = this.#columns?.get(word)
        if (column !== undefined) rows[i * WORDS + column] = Math.max(-2, Math.min(2, difference))
      }
    })
    return Promise.resolve(rows)
  }

  features(image: Float32Array, difference: Float32Array, into: Float32Array): void {
    for (let w = 0; w < WORDS; w++) {
      const by = difference[w] as number
      for (let i = 0; i < IMAGE; i++) into[w * IMAGE + i] = by * (image[i] as number)
    }
  }

  release(): Promise<void> {
    return Promise.resolve()
  }
}

/** How often each word stands in the chosen response more than in the rejected one, where it is not the same. */
function wordDifferences({ chosen, rejected }: Pick<ProbePair, 'chosen' | 'rejected'>): Map<string, number> {
  const found = new Map<string, number>()
  for (const [text, by] of [
    [chosen, 1],
    [rejected, -1],
  ] as const) {
    for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) found.set(word, (found.get(word) ?? 0) + by)
  }
  for (const [word, difference] of found) if (difference === 0) found.delete(word)
  return found
}

/** Each part scaled to about one where it is marked. A picture of one colour has no contrast, and a grey one no hue. */
function imageRow(rgb: Uint8Array): Float32Array {
  const row = new Float32Array(IMAGE)
  const ground = [0, 1, 2].map((c) => median(rgb, c))
  const most = SIDE * SIDE
  for (let at = 0; at < most; at++) {
    const [r, g, b] = [rgb[3 * at] as number, rgb[3 * at + 1] as number, rgb[3 * at + 2] as number]
    const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)]
    const colour = (high - low) / 255
    if (colour > 0.15) {
      const hue = hueOf(r, g, b, high - low)
      const nearest = HUES.reduce((best, other, i) => (apart(hue, other) < apart(hue, HUES[best] as number) ? i : best), 0)
      row[nearest] = (row[nearest] as number) + (10 * colour) / most
    } else if (low > 190) row[HUES.length] = (row[HUES.length] as number) + 10 / most
    const contrast = (Math.abs(r - (ground[0] as number)) + Math.abs(g - (ground[1] as number)) + Math.abs(b - (ground[2] as number))) / 765
    const quarter = 2 * Number(at >= most / 2) + Number(at % SIDE >= SIDE / 2)
    const place = 1 + HUES.length + quarter
    row[place] = (row[place] as number) + (20 * contrast) / most
  }
  return row.map((value) => Math.min(2, value))
}

const apart = (a: number, b: number): number => Math.min(Math.abs(a - b), 360 - Math.abs(a - b))

function hueOf(r: number, g: number, b: number, range: number): number {
  const high = Math.max(r, g, b)
  const turn = high === r ? ((g - b) / range + 6) % 6 : high === g ? (b - r) / range + 2 : (r - g) / range + 4
  return 60 * turn
}

function median(rgb: Uint8Array, channel: number): number {
  const values = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => rgb[3 * i + channel] as number).sort()
  return values[values.length / 2] as number
}
