import type { Value } from './value.ts'
import { deeper, parseLoose } from './containers/json.ts'
import { pythonLiteral } from './containers/python-literal.ts'

/** Lists and objects that stand as JSON in a text, or as Python or numpy writes them (CSV of pandas), are what they say; any other value is itself. */
export function structured(value: Value): Value {
  if (typeof value !== 'string' || !/^\s*(?:[[{]|array\()/.test(value)) return value
  let parsed: Value
  try {
    parsed = parseLoose(value).value
  } catch {
    parsed = pythonLiteral(value)
  }
  return typeof parsed === 'object' && parsed !== null && !deeper(parsed) ? parsed : value
}
