import type { ProxyFeature, TextPair } from '../proxy.ts'
import { eachAsciiWord, type LexicalRows } from './encode.ts'
import { BUCKETS, bucketOf } from './features.ts'
import type { LexicalModel } from './index.ts'
import { STYLE_NAMES } from './style.ts'
import { ngrams, words } from './words.ts'

/** A feature that differs in fewer pairs says nothing about a data set. */
const MIN_SUPPORT = 5

/** In how many pairs a feature is larger on the chosen and on the rejected side. */
type Tally = { chosen: number; rejected: number }

/**
 * The features that raise the mean margin most, strongest first: weight times (pairs with more of it on the chosen side
 * minus pairs with more on the rejected side). A heavy weight that only corrects for another feature so comes far down.
 * Hashed n-grams get their names back by counting what was seen in the buckets that matter; n-grams that share a bucket
 * are listed each with its own support.
 */
export function strongest(model: LexicalModel, { differences }: LexicalRows, pairs: readonly TextPair[], limit: number): ProxyFeature[] {
  const style: Tally[] = STYLE_NAMES.map(() => ({ chosen: 0, rejected: 0 }))
  const balance = new Int32Array(BUCKETS)
  const { starts, middles, columns, buckets: bucketOfColumn } = differences
  for (let pair = 0; pair < pairs.length; pair++) {
    for (let e = starts[pair] as number; e < (starts[pair + 1] as number); e++) {
      const bucket = bucketOfColumn[columns[e] as number] as number
      balance[bucket] = (balance[bucket] as number) + (e < (middles[pair] as number) ? 1 : -1)
    }
    style.forEach((tally, s) => count(tally, differences.style[pair * style.length + s] as number))
  }
  const gain = (bucket: number): number => (model.weights[bucket] as number) * (balance[bucket] as number)
  const buckets = [...balance.keys()]
    .filter((bucket) => gain(bucket) > 0)
    .sort((a, b) => gain(b) - gain(a) || a - b)
    .slice(0, limit)

  const named = tallyNgrams(pairs, new Set(buckets))
  const found = [...named].map(([text, tally]) => feature(text, 'ngram', model.weights[bucketOf(text)] as number, tally, pairs.length))
  style.forEach((tally, s) => {
    found.push(feature(STYLE_NAMES[s] as string, 'style', model.weights[BUCKETS + s] as number, tally, pairs.length))
  })
  const meanGain = ({ weight, coverage, lift }: ProxyFeature): number => Math.abs(weight) * coverage * (lift - 1)
  return found
    .filter((candidate) => candidate.support >= MIN_SUPPORT && meanGain(candidate) > 0)
    .sort((a, b) => meanGain(b) - meanGain(a) || (a.feature < b.feature ? -1 : 1))
    .slice(0, limit)
}

function tallyNgrams(pairs: readonly TextPair[], wanted: ReadonlySet<number>): Map<string, Tally> {
  const marked = new Uint8Array(BUCKETS)
  for (const bucket of wanted) marked[bucket] = 1
  const tallies = new Map<string, Tally>()
  for (const pair of pairs) {
    const chosen = ngramsIn(pair.chosen, marked)
    const rejected = ngramsIn(pair.rejected, marked)
    for (const text of new Set([...chosen, ...rejected])) {
      let tally = tallies.get(text)
      if (!tally) tallies.set(text, (tally = { chosen: 0, rejected: 0 }))
      count(tally, Number(chosen.has(text)) - Number(rejected.has(text)))
    }
  }
  return tallies
}

/** The n-grams of a response that fall into the marked buckets. */
function ngramsIn(response: string, marked: Uint8Array): Set<string> {
  const found = new Set<string>()
  let from = -1
  let to = -1
  const plain = eachAsciiWord(response, (one, two, start, end) => {
    if (marked[one & (BUCKETS - 1)] === 1) found.add(response.slice(start, end).toLowerCase())
    if (to >= 0 && marked[two & (BUCKETS - 1)] === 1) found.add(`${response.slice(from, to)} ${response.slice(start, end)}`.toLowerCase())
    from = start
    to = end
  })
  if (!plain) for (const text of ngrams(words(response)).keys()) if (marked[bucketOf(text)] === 1) found.add(text)
  return found
}

function count(tally: Tally, difference: number): void {
  if (difference > 0) tally.chosen++
  else if (difference < 0) tally.rejected++
}

function feature(name: string, kind: 'ngram' | 'style', weight: number, { chosen, rejected }: Tally, pairs: number): ProxyFeature {
  const support = chosen + rejected
  const side = weight >= 0 ? 'chosen' : 'rejected'
  const agreeing = side === 'chosen' ? chosen : rejected
  return { feature: name, kind, weight, coverage: support / pairs, lift: support === 0 ? 1 : agreeing / support / 0.5, support, side }
}
