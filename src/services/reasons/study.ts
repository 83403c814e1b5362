import type { Boilerplate, Reason, ReasonFamily, ReasonName } from '../../contract/reasons.ts'
import type { TopFeature } from '../../contract/overview.ts'
import { ASSERTIONS, HEDGES, styleIn, styleNames } from '../../proxies/lexical/style.ts'
import { ngrams, UNITS, words, type Units } from '../../proxies/lexical/tokens.ts'
import type { DrawnPair } from './texts.ts'

/** Families of features of a response as a whole; n-grams are sorted by what they say and where they stand. */
const STYLE_FAMILIES: Record<string, ReasonFamily> = {
  'length (words)': 'length',
  'length (characters)': 'length',
  hedges: 'certainty',
  assertions: 'certainty',
  'list markers': 'formatting',
  'line breaks': 'formatting',
  'Markdown marks': 'formatting',
  digits: 'formatting',
  'capital letters': 'formatting',
}
/** An n-gram that stands in the last quarter of a response so often belongs to how responses end. */
const AT_END = 0.8
/** Words that one side alone has, in so many of the pairs in which they differ, and that the prompt never asked for. */
const ONE_SIDED = 0.85
/** Boilerplate: so many words of a beginning or end, in so many responses. */
const LONGEST = 12
const SHORTEST = 3
const LEAST_RESPONSES = 10
const LEAST_SHARE = 0.005
const MOST_BOILERPLATE = 30

/** The difference of each feature, from texts that are taken apart once a pair. */
export function differencesOf(
  features: readonly ReasonName[],
  units: Units,
): (pair: Pick<DrawnPair, 'chosen' | 'rejected'>) => Float64Array {
  const names = styleNames(units)
  const styles = features.map(({ feature, kind }) => (kind === 'style' ? names.indexOf(feature) : -1))
  return ({ chosen, rejected }) => {
    const [good, bad] = [chosen, rejected].map((text) => ({
      grams: ngrams(UNITS[units].parts(text), units),
      style: styles.some((s) => s >= 0) ? styleIn(text, units) : [],
    })) as [Side, Side]
    return Float64Array.from(features, ({ feature }, i) => {
      const style = styles[i] as number
      if (style >= 0) return (good.style[style] as number) - (bad.style[style] as number)
      return Number(good.grams.has(feature)) - Number(bad.grams.has(feature))
    })
  }
}
type Side = { grams: ReturnType<typeof ngrams>; style: number[] }

/** Where each feature holds, and which family it belongs to. If `pairs` are the `whole`, support, coverage and lift are counted in them. */
export function studyFeatures(
  features: readonly TopFeature[],
  pairs: readonly DrawnPair[],
  units: Units,
  { whole }: { whole: boolean },
): Reason[] {
  const of = differencesOf(features, units)
  const tallies = features.map(() => ({
    bySource: new Map<string, { chosen: number; rejected: number }>(),
    seen: 0,
    atEnd: 0,
    asked: 0,
    differing: 0,
  }))
  const places = new Map(features.flatMap(({ feature, kind }, i) => (kind === 'ngram' ? [[feature, i] as const] : [])))
  for (const pair of pairs) {
    of(pair).forEach((difference, i) => {
      if (difference === 0) return
      const tally = tallies[i] as (typeof tallies)[number]
      const source = tally.bySource.get(pair.source) ?? { chosen: 0, rejected: 0 }
      tally.bySource.set(pair.source, source)
      source[difference > 0 ? 'chosen' : 'rejected']++
      tally.differing++
    })
    const prompt = ngrams(UNITS[units].parts(pair.prompt), units)
    for (const response of [pair.chosen, pair.rejected]) {
      const parts = UNITS[units].parts(response)
      for (const { text, at, size } of ngrams(parts, units).values()) {
        const place = places.get(text)
        if (place === undefined) continue
        const tally = tallies[place] as (typeof tallies)[number]
        tally.seen++
        if ((at.at(-1) as number) + size > 0.75 * parts.length && parts.length >= 4) tally.atEnd++
        if (prompt.has(text)) tally.asked++
      }
    }
  }
  return features.map((feature, i) => {
    const { bySource, ...tally } = tallies[i] as (typeof tallies)[number]
    const sources = [...bySource]
      .map(([source, { chosen, rejected }]) => ({
        source,
        support: chosen + rejected,
        lift: (feature.side === 'chosen' ? chosen : rejected) / (chosen + rejected) / 0.5,
      }))
      .sort((a, b) => b.support - a.support || (a.source < b.source ? -1 : 1))
    const agreeing = sources.reduce((sum, each) => sum + each.lift * 0.5 * each.support, 0)
    const counts = {
      support: tally.differing,
      coverage: tally.differing / pairs.length,
      lift: tally.differing === 0 ? 1 : agreeing / tally.differing / 0.5,
    }
    return { ...feature, ...(whole && counts), family: familyOf(feature, tally), sources }
  })
}

function familyOf(
  { feature, kind, lift }: TopFeature,
  { seen, atEnd, asked }: { seen: number; atEnd: number; asked: number },
): ReasonFamily {
  if (kind === 'style') return STYLE_FAMILIES[feature] ?? 'punctuation'
  if (feature.split(' ').some((word) => HEDGES.has(word) || ASSERTIONS.has(word))) return 'certainty'
  if (seen === 0) return 'wording'
  if (/^[\d\W_]+$/u.test(feature) && !/\p{L}/u.test(feature)) return 'formatting'
  const oneSided = lift / 2 >= ONE_SIDED && asked / seen < 0.1
  if (oneSided && atEnd / seen >= AT_END) return 'one-sided ending'
  return oneSided ? 'one-sided phrase' : 'wording'
}

/** Beginnings and ends that many responses share and some pair has on one side only, the most telling first; of one inside another the longer, where it is nearly as frequent. */
export function studyBoilerplate(pairs: readonly DrawnPair[]): Boilerplate[] {
  const counts = { beginning: new Map<string, Tally>(), end: new Map<string, Tally>() }
  for (const pair of pairs) {
    const chosen = new Map(shared(pair.chosen))
    const rejected = new Map(shared(pair.rejected))
    for (const [key, { place, text, size }] of new Map([...chosen, ...rejected])) {
      const tally = counts[place].get(text) ?? { responses: 0, chosen: 0, pairs: 0, size }
      counts[place].set(text, tally)
      const sides = Number(chosen.has(key)) + Number(rejected.has(key))
      tally.responses += sides
      if (chosen.has(key)) tally.chosen++
      if (sides === 1) tally.pairs++
    }
    // What has been seen once only is forgotten from time to time: memory holds what may yet be frequent.
    for (const map of Object.values(counts))
      if (map.size > 500_000) for (const [text, { responses }] of map) if (responses === 1) map.delete(text)
  }
  const least = Math.max(LEAST_RESPONSES, LEAST_SHARE * 2 * pairs.length)
  const found = (['beginning', 'end'] as const).flatMap((place) => {
    const frequent = [...counts[place]]
      .filter(([, { responses, pairs: differing }]) => responses >= least && differing > 0)
      .sort(([, a], [, b]) => b.size - a.size)
    const kept: [string, Tally][] = []
    for (const [text, tally] of frequent) {
      const inside = kept.some(
        ([longer, other]) =>
          (place === 'beginning' ? longer.startsWith(`${text} `) : longer.endsWith(` ${text}`)) && other.responses >= 0.8 * tally.responses,
      )
      if (!inside) kept.push([text, tally])
    }
    return kept.map(([text, { responses, chosen, pairs: differing }]): Boilerplate => ({
      place,
      text,
      responses,
      chosen,
      pairs: differing,
    }))
  })
  const telling = ({ responses, chosen }: Boilerplate) => Math.abs(chosen - responses / 2) / Math.sqrt(responses)
  return found.sort((a, b) => telling(b) - telling(a) || (a.text < b.text ? -1 : 1)).slice(0, MOST_BOILERPLATE)
}
type Tally = { responses: number; chosen: number; pairs: number; size: number }

/** The beginnings and ends of a response that others may share, each shorter than the whole. */
function* shared(response: string): Generator<[key: string, { place: Boilerplate['place']; text: string; size: number }]> {
  const list = words(response)
  for (let size = SHORTEST; size <= Math.min(LONGEST, list.length - 1); size++) {
    for (const place of ['beginning', 'end'] as const) {
      const text = (place === 'beginning' ? list.slice(0, size) : list.slice(-size)).map((word) => word.text).join(' ')
      yield [`${place} ${text}`, { place, text, size }]
    }
  }
}

/** Whether a shared beginning or end differs between two responses. */
export function boilerplateDiffers({
  place,
  text,
}: Pick<Boilerplate, 'place' | 'text'>): (pair: Pick<DrawnPair, 'chosen' | 'rejected'>) => boolean {
  const size = text.split(' ').length
  const has = (response: string): boolean => {
    const list = words(response)
    // As where they are counted, a response that is nothing else does not share it.
    return (
      list.length > size && (place === 'beginning' ? list.slice(0, size) : list.slice(-size)).map((word) => word.text).join(' ') === text
    )
  }
  return ({ chosen, rejected }) => has(chosen) !== has(rejected)
}
