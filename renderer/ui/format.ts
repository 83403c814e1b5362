const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const dateTime = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' })

export { count, fixed, inPercent, interval, percent, percentInterval, plural, points, pValue, rate, signed } from '../../src/core/format.ts'
export const compactCount = (value: number): string => compact.format(value)
/** Training influence relative to the mean pair: `1.84×`, and `< 0.01×` where it is next to none. */
export const influence = (value: number): string => (value < 0.005 ? '< 0.01×' : `${value.toFixed(2)}×`)
export const time = (iso: string): string => dateTime.format(new Date(iso))

/** `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 && s < 600 ? ` ${s % 60} s` : ''}`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3))
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
