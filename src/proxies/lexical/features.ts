import { hash32 } from '../../core/random.ts'
import { STYLES, styleOf } from './style.ts'
import { ngrams, UNITS, words, type Ngram, type Units } from './tokens.ts'

/** Buckets that n-grams are hashed into. A power of two; 2^18 keeps collisions under 10% up to 25,000 n-grams. */
export const BUCKETS = 2 ** 18

/** Columns of the model: the buckets, then one for each style feature. */
export const COLUMNS = BUCKETS + STYLES

export const bucketOf = (ngram: string): number => hash32(ngram) & (BUCKETS - 1)

/** A response's buckets, ascending and without repeats (presence, not counts: a repeated word tells once), and style. */
export type ResponseFeatures = { buckets: Int32Array; style: number[] }

export function featuresOf(response: string, units: Units): ResponseFeatures {
  const list = words(response)
  const buckets = new Set<number>()
  const parts = units === 'words' ? list : UNITS[units].parts(response)
  for (const text of ngrams(parts, units).keys()) buckets.add(bucketOf(text))
  return { buckets: Int32Array.from(buckets).sort(), style: styleOf(response, list, parts.length) }
}

/** The n-grams of a response that stand in a bucket alone or share it, by bucket. */
export function ngramsByBucket(response: string, units: Units): Map<number, Ngram[]> {
  const found = new Map<number, Ngram[]>()
  for (const ngram of ngrams(UNITS[units].parts(response), units).values()) {
    const bucket = bucketOf(ngram.text)
    const known = found.get(bucket)
    if (known) known.push(ngram)
    else found.set(bucket, [ngram])
  }
  return found
}
