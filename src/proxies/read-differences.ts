import { Growing } from './growing.ts'
import type { DenseDifferences } from './head.ts'
import type { EncodedPairs, EncodingContext, PairEncoding, ResponseReader } from './proxy.ts'

/** What a registered model gives for the chosen response minus what it gives for the rejected one. */
export type ReadDifferences = EncodedPairs & DenseDifferences

/** Reads pairs by the registered model; only differences are kept, 4 bytes for each of the reader's numbers. */
export function readDifferences(context: EncodingContext): PairEncoding<ReadDifferences> {
  const reader = readerOf(context)
  const { width } = reader
  const values = new Growing(Float32Array)
  const difference = new Float32Array(width)
  return {
    async add(pairs) {
      const numbers = await reader.read(
        pairs.flatMap(({ prompt, chosen, rejected }) => [
          { prompt, response: chosen },
          { prompt, response: rejected },
        ]),
      )
      for (let pair = 0; pair < pairs.length; pair++) {
        const [good, bad] = [2 * pair * width, (2 * pair + 1) * width]
        for (let j = 0; j < width; j++) difference[j] = (numbers[good + j] as number) - (numbers[bad + j] as number)
        values.append(difference)
      }
    },
    finish() {
      const pairs = values.length / width
      const lengths = new Uint32Array(new SharedArrayBuffer(4 * pairs)).fill(width)
      return { pairs, rows: 'differences', lengths, width, values: values.finish() }
    },
  }
}

/** @throws RangeError where there is none: the scan was given no model */
export function readerOf({ reader }: EncodingContext): ResponseReader {
  if (!reader) throw new RangeError('this proxy needs a registered model to read with')
  return reader
}
