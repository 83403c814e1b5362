import { labelValues, type Verdict } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { Value } from '../value.ts'

/** What the values of a label mean: `1`, `tie`, or a range such as `<1.5`. */
export type LabelValues = { readonly [value: string]: Verdict }

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i
const RANGE = /^(<=|>=|<|>)\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))$/

/** A label as it is counted and named: numbers written one way, words without case; null for what is none. */
export function labelKey(label: Value | undefined): string | null {
  if (typeof label === 'boolean') return String(label)
  if (typeof label === 'number') return Number.isFinite(label) ? String(label === 0 ? 0 : label) : null
  if (typeof label !== 'string') return null
  const text = label.trim().toLowerCase().replace(/\s+/g, ' ')
  return text === '' ? null : NUMBER.test(text) ? labelKey(Number(text)) : text
}

/** Whether a key is a number or `true` or `false`: what it means, only a convention can say. */
export const isCoded = (key: string): boolean => NUMBER.test(key) || key === 'true' || key === 'false'

/** What these values say of a label; its own value before ranges. */
export function lookUp(values: LabelValues, label: Value | undefined): Verdict | null {
  const key = labelKey(label)
  if (key === null) return null
  if (Object.hasOwn(values, key)) return values[key] ?? null
  if (!NUMBER.test(key)) return null
  const number = Number(key)
  for (const [range, verdict] of Object.entries(values)) {
    const [, sign, bound] = RANGE.exec(range) ?? []
    if (sign === undefined) continue
    const limit = Number(bound)
    if (sign === '<' ? number < limit : sign === '>' ? number > limit : sign === '<=' ? number <= limit : number >= limit) return verdict
  }
  return null
}

/** The values in the notation of the command line: `0=first,1=second,2=tie`. */
export const labelsText = (values: LabelValues): string =>
  Object.entries(values)
    .map(([value, verdict]) => `${value}=${verdict}`)
    .join(',')

/** Such a text as an argument of a shell, quoted if it must be. */
export const labelsArgument = (text: string): string => {
  return `--labels ${/^[\w=,.:+-]+$/.test(text) ? text : `"${text.replace(/["\\$`]/g, '\\$&')}"`}`
}

/**
 * What labels mean, as it is written on a command line: `0=first,1=second,2=tie`, `"<1.5=first,1.5=tie,>1.5=second"`.
 *
 * @throws BlindfoldError INVALID_INPUT naming what is wrong
 */
export function parseLabels(text: string): { [value: string]: Verdict } {
  const wrong = (message: string): BlindfoldError =>
    new BlindfoldError('INVALID_INPUT', message, {
      field: 'labels',
      remedy: 'Write value=first, value=second or value=tie, separated by commas: 0=first,1=second,2=tie.',
    })
  const values = new Map<string, string>()
  for (const entry of text.split(',')) {
    const at = entry.lastIndexOf('=')
    const key = at < 1 ? null : (RANGE.exec(entry.slice(0, at).trim())?.slice(1).join('') ?? labelKey(entry.slice(0, at)))
    if (key === null) throw wrong(`“${entry.trim()}” is not value=meaning.`)
    if (values.has(key)) throw wrong(`The label ${key} has two meanings.`)
    values.set(
      key,
      entry
        .slice(at + 1)
        .trim()
        .toLowerCase(),
    )
  }
  const parsed = labelValues.safeParse(Object.fromEntries(values))
  if (parsed.success) return parsed.data
  const [bad] = [...values].filter(([, meaning]) => !['first', 'second', 'tie'].includes(meaning))
  throw wrong(`“${bad?.[1]}” is not a valid meaning of the label ${bad?.[0]}.`)
}
