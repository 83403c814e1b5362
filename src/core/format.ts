import type { Estimate } from './statistics.ts'

/** How numbers, dates and amounts are written for people: in the app, the saved report, the command line and every sentence. */

/** The one locale of every word and number; dates are written day first. */
export const LOCALE = 'en-US'

const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 })
const dateTime = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' })
const integer = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })

export const count = (value: number): string => integer.format(value)
/** `1 pair`, `2 pairs`. */
export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`
/** A number with a true minus sign; what rounds to zero has none. */
export const fixed = (value: number, digits = 2): string =>
  value
    .toFixed(digits)
    .replace(/^-(?=0(\.0*)?$)/, '')
    .replace('-', '−')
/** A number with its sign, plus or a true minus; what rounds to zero has a plus. */
export const signed = (value: number, digits = 2): string => {
  const text = fixed(value, digits)
  return text.startsWith('−') ? text : `+${text}`
}
/** A share in percent without the sign, for tables whose header has it: `92.3`. */
export const inPercent = (share: number, digits = 1): string => fixed(100 * share, digits)
/** A share in percent: `92.3%`. */
export const percent = (share: number, digits = 1): string => `${inPercent(share, digits)}%`
/** `90.1–94.2`; with a negative bound `−0.8 to 3.1`. */
export const interval = ({ low, high }: Pick<Estimate, 'low' | 'high'>, digits = 1): string =>
  `${fixed(low, digits)}${low < 0 || high < 0 ? ' to ' : '–'}${fixed(high, digits)}`
const hundredfold = ({ low, high }: Pick<Estimate, 'low' | 'high'>) => ({ low: 100 * low, high: 100 * high })
/** `90.1–94.2%`, of shares. */
export const percentInterval = (estimate: Pick<Estimate, 'low' | 'high'>): string => `${interval(hundredfold(estimate))}%`
/** `92.3% (95% CI 90.1–94.2%)`, of shares. */
export const rate = (estimate: Estimate): string => `${percent(estimate.value)} (95% CI ${percentInterval(estimate)})`
/** A difference of shares: `+8.1 points (95% CI 5.2–11.0)`. */
export const points = (estimate: Estimate): string =>
  `${signed(100 * estimate.value, 1)} points (95% CI ${interval(hundredfold(estimate))})`
export const pValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`)
/** `12K`, for counts where there is little room. */
export const compactCount = (value: number): string => compact.format(value)
/** Training influence relative to the mean pair: `1.84×`, and `< 0.01×` where it is next to none. */
export const influence = (value: number): string => (value < 0.005 ? '< 0.01×' : `${value.toFixed(2)}×`)
/** `23 Nov 2026, 14:05`, in the reader's time zone. */
export const time = (iso: string): string => dateTime.format(new Date(iso))

/** `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 && s < 600 ? ` ${s % 60} s` : ''}`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** Bytes in the largest unit of which there is one: `1.4 GB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3))
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
