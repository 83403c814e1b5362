/**
 * A decimal number as it is written: the number if a double is written with the same digits again, else the text itself, such as
 * of most integers beyond 2^53 or of 1e400. Every format decides by this.
 */
export function exactNumber(source: string): number | string {
  const value = Number(source)
  return isExact(source, value) ? value : source
}

/** Whether a number as written says the same as the double that was read. */
export function isExact(source: string, value: number): boolean {
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) || String(value) === source
  if (!Number.isFinite(value)) return false
  const [given, held] = [decimal(source), decimal(String(value))]
  return given.digits === held.digits && (given.digits === '' || given.exponent === held.exponent)
}

/** The significant digits, without zeros at either end, and the power of ten of the first. */
function decimal(source: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = source.toLowerCase().replace(/^[-+]/, '').split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const all = whole + fraction
  const first = all.search(/[1-9]/)
  if (first < 0) return { digits: '', exponent: 0 }
  return { digits: all.slice(first).replace(/0+$/, ''), exponent: whole.length - first + Number(power) }
}
