import { hash32 } from '../../core/random.ts'
import type { ProxyFeature, TextPair } from '../proxy.ts'
import type { Differences } from './differences.ts'
import { BUCKETS } from './features.ts'
import type { LexicalModel } from './index.ts'
import { eachAsciiWord, eachCharacterNgram } from './response.ts'
import { styleNames } from './style.ts'
import { characters, ngrams, words, type Units } from './words.ts'

/** A feature that differs in fewer pairs says nothing about a data set. */
const MIN_SUPPORT = 5

/** In how many pairs a feature is larger on the chosen and on the rejected side. */
type Tally = { chosen: number; rejected: number }

/**
 * The features that raise the mean margin most, strongest first: weight times (pairs with more of it on the chosen side
 * minus pairs with more on the rejected side), over the pairs that are `measured`. A heavy weight that only corrects for another feature so comes far down.
 * Hashed n-grams get their names back by counting what was seen in the buckets that matter; n-grams that share a bucket
 * are listed each with its own support.
 */
export async function strongest(
  model: LexicalModel,
  differences: Differences,
  measured: (pair: number) => boolean,
  texts: () => AsyncIterable<readonly TextPair[]>,
  limit: number,
): Promise<ProxyFeature[]> {
  const names = styleNames(differences.units)
  const style: Tally[] = names.map(() => ({ chosen: 0, rejected: 0 }))
  const { pairs, units, starts, middles, columns, buckets: bucketOfColumn } = differences
  const balanceOfColumn = new Int32Array(bucketOfColumn.length)
  let counted = 0
  for (let pair = 0; pair < pairs; pair++) {
    if (!measured(pair)) continue
    counted++
    const middle = middles[pair] as number
    const end = starts[pair + 1] as number
    for (let e = starts[pair] as number; e < middle; e++) balanceOfColumn[columns[e] as number]!++
    for (let e = middle; e < end; e++) balanceOfColumn[columns[e] as number]!--
    for (let s = 0; s < style.length; s++) count(style[s] as Tally, differences.style[pair * style.length + s] as number)
  }
  const balance = new Int32Array(BUCKETS)
  bucketOfColumn.forEach((bucket, column) => (balance[bucket] = balanceOfColumn[column] as number))
  const gain = (bucket: number): number => (model.weights[bucket] as number) * (balance[bucket] as number)
  const buckets = [...balance.keys()]
    .filter((bucket) => gain(bucket) > 0)
    .sort((a, b) => gain(b) - gain(a) || a - b)
    .slice(0, limit)

  const tallies = new NgramTallies(new Set(buckets), units)
  let place = 0
  for await (const batch of texts()) for (const pair of batch) if (measured(place++)) tallies.add(pair)
  const found = tallies.named().map(({ text, hash, tally }) =>
    feature(text, 'ngram', model.weights[hash & (BUCKETS - 1)] as number, tally, counted),
  )
  style.forEach((tally, s) => {
    found.push(feature(names[s] as string, 'style', model.weights[BUCKETS + s] as number, tally, counted))
  })
  const meanGain = ({ weight, coverage, lift }: ProxyFeature): number => Math.abs(weight) * coverage * (lift - 1)
  return found
    .filter((candidate) => candidate.support >= MIN_SUPPORT && meanGain(candidate) > 0)
    .sort((a, b) => meanGain(b) - meanGain(a) || (a.feature < b.feature ? -1 : 1))
    .slice(0, limit)
}

type Named = { text: string; hash: number; tally: Tally; chosenIn: number; rejectedIn: number }

/**
 * Counts the n-grams that fall into some buckets, pair by pair. An n-gram is identified by its whole hash, so its text is
 * made only when it is first seen.
 */
class NgramTallies {
  readonly #marked = new Uint8Array(BUCKETS)
  readonly #units: Units
  readonly #found = new Map<number, Named>()
  readonly #seen: Named[] = []
  #pair = 0

  constructor(buckets: ReadonlySet<number>, units: Units) {
    for (const bucket of buckets) this.#marked[bucket] = 1
    this.#units = units
  }

  add({ chosen, rejected }: TextPair): void {
    this.#pair++
    this.#seen.length = 0
    this.#read(chosen, 'chosenIn')
    this.#read(rejected, 'rejectedIn')
    for (const { tally, chosenIn, rejectedIn } of this.#seen) count(tally, Number(chosenIn === this.#pair) - Number(rejectedIn === this.#pair))
  }

  named(): readonly Named[] {
    return [...this.#found.values()]
  }

  #read(response: string, side: 'chosenIn' | 'rejectedIn'): void {
    if (this.#units === 'characters') {
      const list = characters(response)
      eachCharacterNgram(list, (hash, from, to) => {
        if (this.#marked[hash & (BUCKETS - 1)] === 1) this.#note(hash, side, () => list.slice(from, to + 1).map(({ text }) => text).join(''))
      })
      return
    }
    let from = -1
    let to = -1
    const plain = eachAsciiWord(response, (one, two, start, end) => {
      if (this.#marked[one & (BUCKETS - 1)] === 1) this.#note(one, side, () => response.slice(start, end).toLowerCase())
      if (to >= 0 && this.#marked[two & (BUCKETS - 1)] === 1) {
        const [before, ended] = [from, to]
        this.#note(two, side, () => `${response.slice(before, ended)} ${response.slice(start, end)}`.toLowerCase())
      }
      from = start
      to = end
    })
    if (plain) return
    for (const text of ngrams(words(response), 'words').keys()) {
      const hash = hash32(text) | 0
      if (this.#marked[hash & (BUCKETS - 1)] === 1) this.#note(hash, side, () => text)
    }
  }

  #note(hash: number, side: 'chosenIn' | 'rejectedIn', text: () => string): void {
    let named = this.#found.get(hash)
    if (!named) this.#found.set(hash, (named = { text: text(), hash, tally: { chosen: 0, rejected: 0 }, chosenIn: 0, rejectedIn: 0 }))
    if (named.chosenIn !== this.#pair && named.rejectedIn !== this.#pair) this.#seen.push(named)
    named[side] = this.#pair
  }
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
