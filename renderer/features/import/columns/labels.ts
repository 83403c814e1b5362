import type { ImportPreview, Verdict } from '../../../../src/contract/imports.ts'
import { words } from '../../../words/words.ts'

const t = words.import

export type LabelValues = { readonly [value: string]: Verdict }
export type Labels = NonNullable<ImportPreview['label']>
/** What a value may be read as; a value without a meaning is quarantined. */
export type Meaning = Verdict | 'none'

/** The same for the same values, in whatever order. */
export const valuesText = (values: LabelValues): string =>
  Object.entries(values)
    .map(([value, verdict]) => `${value}=${verdict}`)
    .sort()
    .join(',')

const meaning = (verdict: Verdict, { first, second }: Labels): string =>
  verdict === 'tie' ? t('labels.conventionTie') : t('labels.better', { response: verdict === 'first' ? first : second })

/** A convention in words: `0: output_1 is better · 1: output_2 is better · 2: tie`. */
export const inWords = (values: LabelValues, labels: Labels): string =>
  Object.entries(values)
    .map(([value, verdict]) => t('labels.convention', { value, meaning: meaning(verdict, labels) }))
    .join(' · ')

/** What each value of the file is read as now. */
export const meaningsOf = ({ counts }: Labels): { [value: string]: Meaning } =>
  Object.fromEntries(counts.map(({ value, says }) => [value, says ?? 'none']))

/** The values with one of them changed; those without a meaning are excluded. */
export function withMeaning(labels: Labels, value: string, next: Meaning): LabelValues {
  const entries = Object.entries({ ...meaningsOf(labels), [value]: next })
  return Object.fromEntries(entries.filter((entry): entry is [string, Verdict] => entry[1] !== 'none'))
}

/** The values that are read as nothing, and how many records have them: those are quarantined. Null while no convention is chosen, or where there are none. */
export function unreadOf(labels: Labels | null): { values: string[]; records: number } | null {
  if (!labels || labels.values === null) return null
  const unread = labels.counts.filter(({ says }) => says === null)
  return unread.length === 0
    ? null
    : { values: unread.map(({ value }) => value), records: unread.reduce((sum, each) => sum + each.count, 0) }
}

/** Whether all values are listed, so that each can be given a meaning of its own. */
export const canSetEach = ({ more }: Labels): boolean => more === 0
