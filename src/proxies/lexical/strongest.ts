import { hash32 } from '../../core/random.ts'
import type { ProxyFeature, TextPair } from '../proxy.ts'
import type { Differences } from './differences.ts'
import { BUCKETS } from './features.ts'
import { eachAsciiWord, eachCharacterNgram } from './response.ts'
import { styleNames } from './style.ts'
import { characters, ngrams, words, type Units } from './tokens.ts'

/** Weights of all columns, in float32 as the graph has them, and what each style feature is divided by. */
export type LexicalModel = { units: Units; weights: Float32Array; scales: number[] }

/** A feature that differs in fewer pairs says nothing about a data set. */
const MIN_SUPPORT = 5
/** Gains that differ by less than this share are a tie: n-grams of one phrase differ by the solver's tolerance only. */
const TIE = 1e-3

/** In how many pairs a feature is larger on the chosen and on the rejected side. */
type Tally = { chosen: number; rejected: number }

/**
 * The features that raise the mean margin most, strongest first: weight times (pairs with more of it on the chosen side
 * minus pairs with more on the rejected side), over the pairs that are `measured`. A heavy weight that only corrects for another feature so comes far down.
 * Hashed n-grams get their names back by counting what was seen in the buckets that matter; n-grams that share a bucket
 * are listed each with its own support. Of features that are equally strong the one with fewer words comes first.
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
  const gaining = [...balance.keys()].filter((bucket) => gain(bucket) > 0).sort((a, b) => gain(b) - gain(a) || a - b)
  const last = gaining[limit - 1]
  // The name decides between equals, so the last one's equals are named too.
  const buckets = last === undefined ? gaining : gaining.filter((bucket) => gain(bucket) > gain(last) * (1 - TIE))

  const tallies = new NgramTallies(new Set(buckets), units)
  let place = 0
  for await (const batch of texts()) for (const pair of batch) if (measured(place++)) tallies.countPair(pair)
  const found = tallies.named().map(({ text, size, hash, tally }) => ({
    size,
    feature: feature(text, 'ngram', model.weights[hash & (BUCKETS - 1)] as number, tally, counted),
  }))
  style.forEach((tally, s) => {
    found.push({ size: 1, feature: feature(names[s] as string, 'style', model.weights[BUCKETS + s] as number, tally, counted) })
  })
  return ranked(found).slice(0, limit)
}

const meanGain = ({ weight, coverage, lift }: ProxyFeature): number => Math.abs(weight) * coverage * (lift - 1)

/** A feature and how many units of a response its name takes. */
type Candidate = { size: number; feature: ProxyFeature }

/** Features by mean gain. Ties are broken by fewer units, more support and the name, in this order. */
function ranked(candidates: readonly Candidate[]): ProxyFeature[] {
  const byGain = candidates
    .flatMap(({ size, feature }) =>
      feature.support >= MIN_SUPPORT && meanGain(feature) > 0 ? [{ size, feature, gain: meanGain(feature), tie: 0 }] : [],
    )
    .sort((a, b) => b.gain - a.gain)
  let first = byGain[0]
  byGain.forEach((candidate, place) => {
    if (first && candidate.gain < first.gain * (1 - TIE)) first = candidate
    candidate.tie = first === candidate ? place : (first?.tie ?? 0)
  })
  return byGain
    .sort(
      (a, b) =>
        a.tie - b.tie || a.size - b.size || b.feature.support - a.feature.support || (a.feature.feature < b.feature.feature ? -1 : 1),
    )
    .map(({ feature }) => feature)
}

type Named = { text: string; size: number; hash: number; tally: Tally; chosenIn: number; rejectedIn: number }

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

  countPair({ chosen, rejected }: TextPair): void {
    this.#pair++
    this.#seen.length = 0
    this.#read(chosen, 'chosenIn')
    this.#read(rejected, 'rejectedIn')
    for (const { tally, chosenIn, rejectedIn } of this.#seen)
      count(tally, Number(chosenIn === this.#pair) - Number(rejectedIn === this.#pair))
  }

  named(): readonly Named[] {
    return [...this.#found.values()]
  }

  #read(response: string, side: 'chosenIn' | 'rejectedIn'): void {
    if (this.#units === 'characters') {
      const list = characters(response)
      eachCharacterNgram(list, (hash, from, to) => {
        if (this.#marked[hash & (BUCKETS - 1)] === 1)
          this.#note(hash, side, to - from + 1, () =>
            list
              .slice(from, to + 1)
              .map(({ text }) => text)
              .join(''),
          )
      })
      return
    }
    let from = -1
    let to = -1
    const plain = eachAsciiWord(response, (one, two, start, end) => {
      if (this.#marked[one & (BUCKETS - 1)] === 1) this.#note(one, side, 1, () => response.slice(start, end).toLowerCase())
      if (to >= 0 && this.#marked[two & (BUCKETS - 1)] === 1) {
        const [before, ended] = [from, to]
        this.#note(two, side, 2, () => `${response.slice(before, ended)} ${response.slice(start, end)}`.toLowerCase())
      }
      from = start
      to = end
    })
    if (plain) return
    for (const { text, size } of ngrams(words(response), 'words').values()) {
      const hash = hash32(text) | 0
      if (this.#marked[hash & (BUCKETS - 1)] === 1) this.#note(hash, side, size, () => text)
    }
  }

  #note(hash: number, side: 'chosenIn' | 'rejectedIn', size: number, text: () => string): void {
    let named = this.#found.get(hash)
    if (!named) this.#found.set(hash, (named = { text: text(), size, hash, tally: { chosen: 0, rejected: 0 }, chosenIn: 0, rejectedIn: 0 }))
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
