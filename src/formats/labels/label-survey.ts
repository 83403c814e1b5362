import type { Verdict } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { LabelUse } from '../format.ts'
import type { JsonObject } from '../value.ts'
import { isCoded, labelKey, labelsArgument, labelsText, lookUp, type LabelValues } from './labels.ts'
import { inWords, numberOf } from './verdict.ts'

/** A value of a label: how many records have it, and what it says by itself; null where that is nothing. */
export type LabelCount = { value: string; count: number; says: Verdict | null }

/** What the labels of a file are. */
export type LabelSummary = {
  column: string
  first: string
  second: string
  /** The most frequent first, at most `SHOWN`. */
  counts: LabelCount[]
  /** How many more different values there are. */
  more: number
  /** Records without a label. */
  absent: number
  /** What is read: null where two conventions fit, or none. */
  values: LabelValues | null
  /** Conventions of its numbers or flags that fit, the likelier first; those that a person is asked to choose from. */
  options: LabelValues[]
  /** Words without a known meaning, the most frequent first, at most `SHOWN`: a person is asked what each means. */
  asked: string[]
}

const SHOWN = 20
/** Different values that are counted; a label that has more is numbers on a scale, or no label. */
const COUNTED = 10_000
/** Unknown words that occur at least so often are asked about if they are this share of all labels; rarer ones are typos. */
const ASKED = { times: 2, share: 0.05 }

type Tally = {
  use: LabelUse
  records: number
  absent: number
  counts: Map<string, LabelCount>
  least: number
  most: number
  whole: boolean
  fields: string[]
  objects: Set<string>
}

/** Counts the labels of all records of a file; keeps none of the records, and at most so many values. */
export class LabelSurvey {
  readonly #tallies = new Map<string | null, Tally>()

  addLabel(use: LabelUse, record: JsonObject): void {
    let tally = this.#tallies.get(use.column)
    if (!tally) {
      tally = {
        use,
        records: 0,
        absent: 0,
        counts: new Map(),
        least: Infinity,
        most: -Infinity,
        whole: true,
        fields: Object.keys(record),
        objects: new Set(),
      }
      this.#tallies.set(use.column, tally)
    }
    tally.records += 1
    if (use.column === null) return
    const word = labelKey(use.value)
    const key = word ?? (typeof use.value === 'object' && use.value !== null ? JSON.stringify(use.value).slice(0, 60) : null)
    if (key === null) {
      tally.absent += 1
      return
    }
    // Nobody can say what an object means: `--labels` names words and numbers.
    if (word === null && tally.objects.size < COUNTED) tally.objects.add(key)
    const number = numberOf(key)
    if (number !== null) {
      tally.least = Math.min(tally.least, number)
      tally.most = Math.max(tally.most, number)
      if (!Number.isInteger(number)) tally.whole = false
    }
    const known = tally.counts.get(key)
    if (known) known.count += 1
    else if (tally.counts.size < COUNTED)
      tally.counts.set(key, { value: key.slice(0, 200), count: 1, says: isCoded(key) ? null : inWords(use.value, use.sides) })
  }

  /**
   * What most records are judged by: the label's summary, or null where it is scores or flags, or nothing was seen.
   *
   * @param given what a person said that the values mean
   */
  summary(given: LabelValues | null): LabelSummary | null {
    const [tally] = [...this.#tallies.values()].sort((a, b) => b.records - a.records)
    if (!tally || tally.use.column === null) return null
    const { use, absent } = tally
    const counts = [...tally.counts.values()].sort((a, b) => b.count - a.count)
    const { options, asked } = conventionsOf(tally, counts)
    const certain = given ?? (options.length > 1 ? null : (options[0] ?? {}))
    const values = given === null && asked.length > 0 ? null : certain
    const shown = counts.slice(0, SHOWN).map((each) => ({ ...each, says: (certain && lookUp(certain, each.value)) ?? each.says }))
    return {
      column: use.column ?? '',
      first: use.first,
      second: use.second,
      counts: shown,
      more: counts.length - shown.length,
      absent,
      values,
      options,
      asked,
    }
  }
}

/** Conventions that fit its numbers or flags, and its unknown words. Of those nobody can tell which means what. */
function conventionsOf(tally: Tally, counts: readonly LabelCount[]): { options: LabelValues[]; asked: string[] } {
  const flags = counts.filter(({ value }) => value === 'true' || value === 'false')
  const numbers = counts.filter(({ value }) => isCoded(value) && !flags.some((flag) => flag.value === value))
  // Numbers beside flags follow no convention.
  const mixed = flags.length > 0 && numbers.length > 0
  const words = counts.filter(({ value, says }) => says === null && (mixed || !isCoded(value)) && !tally.objects.has(value))
  const frequent = words.filter(({ count }) => count >= ASKED.times)
  const sum = (some: readonly LabelCount[]): number => some.reduce((total, { count }) => total + count, 0)
  // Where nothing else is a label, the rarest word is one.
  const asked = words.length === counts.length ? words : sum(frequent) >= ASKED.share * sum(counts) ? frequent : []
  const options = mixed || (flags.length === 0 && numbers.length === 0) ? [] : optionsFor(tally, [...flags, ...numbers])
  return { options, asked: asked.slice(0, SHOWN).map(({ value }) => value) }
}

const values = (...entries: [string, Verdict][]): LabelValues => Object.fromEntries(entries)
const scale = (middle: number, low: Verdict, high: Verdict): LabelValues =>
  values([`<${middle}`, low], [String(middle), 'tie'], [`>${middle}`, high])
const other = (verdict: Verdict): Verdict => (verdict === 'first' ? 'second' : verdict === 'second' ? 'first' : 'tie')
const reversed = (option: LabelValues): LabelValues =>
  Object.fromEntries(Object.entries(option).map(([value, verdict]) => [value, other(verdict)]))
const both = (option: LabelValues): LabelValues[] => [option, reversed(option)]

/** Conventions by which numbers or flags may be meant; one alone is certain. */
function optionsFor({ use, least, most, whole, fields }: Tally, coded: readonly LabelCount[]): LabelValues[] {
  const set = coded.map(({ value }) => value)
  const only = (...allowed: string[]): boolean => set.every((value) => allowed.includes(value))
  const has = (...wanted: string[]): boolean => wanted.every((value) => set.includes(value))
  const named = (first: string, second: string): boolean => use.first.endsWith(first) && use.second.endsWith(second)
  const column = use.column?.toLowerCase().split('.').at(-1) ?? ''
  const fromOne = values(['1', 'first'], ['2', 'second'])
  const fromZero = values(['0', 'first'], ['1', 'second'])
  if (only('true', 'false')) return both(values(['true', 'first'], ['false', 'second']))
  // LLMBar and its like, which number the outputs.
  if (only('1', '2') && (has('1', '2') || (column === 'label' && fields.includes('input') && use.first === 'output_1')))
    return named('0', '1') ? both(fromOne) : [fromOne]
  // PKU-SafeRLHF and its like: the label is the end of a column's name.
  if (named('0', '1') && only('0', '1') && (has('0', '1') || /response_id$/.test(column))) return [fromZero]
  if (only('1')) return [fromOne, fromZero]
  if (only('0', '1')) return both(fromZero)
  if (only('0', '1', '2'))
    return [values(['0', 'first'], ['1', 'second'], ['2', 'tie']), values(['1', 'first'], ['2', 'second'], ['0', 'tie'])]
  // HelpSteer3: from the first much better to the second much better.
  if (whole && column === 'overall_preference' && least >= -3 && most <= 3) return [scale(0, 'first', 'second')]
  // AlpacaEval: between 1, the first, and 2, the second.
  if (!whole && least >= 1 && most <= 2) return named('1', '2') ? [scale(1.5, 'first', 'second')] : both(scale(1.5, 'first', 'second'))
  if (!whole && least >= 0 && most <= 1) return both(scale(0.5, 'second', 'first'))
  if (least < 0) return both(scale(0, 'first', 'second'))
  return both(scale((least + most) / 2, 'first', 'second'))
}

/** The labels with how many records have each, for messages: `0 (20 records), 1 (20 records)`. */
export function countsText({ counts, more }: LabelSummary): string {
  const shown = counts.slice(0, 10).map(({ value, count }) => `${isCoded(value) ? value : `“${value.slice(0, 60)}”`} (${count})`)
  const hidden = more + counts.length - shown.length
  return `${shown.join(', ')}${hidden > 0 ? ` and ${hidden} more values` : ''}`
}

/** What to write for each convention that fits, with a `?` for each value that only a person can give a meaning. */
function suggestions({ options, asked }: LabelSummary): string {
  const open = asked.map((value) => `${value}=?`).join(',')
  const arguments_ = (options.length === 0 ? [{}] : options).map((option) =>
    [labelsText(option), open].filter((part) => part !== '').join(','),
  )
  return arguments_.map(labelsArgument).join(' or ')
}

/** Asks what the labels mean: lists them with their counts, and what to write. */
export function unclearLabels(file: string, summary: LabelSummary): BlindfoldError {
  const { column, first, second, asked } = summary
  const message = `It is not clear which response the labels of ${file} prefer. The column “${column}” contains ${countsText(summary)}.`
  const how = asked.length > 0 ? ', with first, second or tie instead of each ?' : ''
  const remedy = `State what the labels mean, with first for “${first}” and second for “${second}”${how} (records with other labels are quarantined): ${suggestions(summary)}`
  return new BlindfoldError('LABELS_UNCLEAR', message, { file, field: column, remedy })
}

/** Refuses a meaning of labels that no record has. */
export function unknownLabels(file: string, summary: LabelSummary): BlindfoldError {
  const message = `None of the given labels is in the column “${summary.column}” of ${file}, which contains ${countsText(summary)}.`
  return new BlindfoldError('INVALID_INPUT', message, {
    file,
    field: 'labels',
    remedy: `Use the values of the column: ${suggestions(summary)}`,
  })
}
