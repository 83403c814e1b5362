import { z } from 'zod'

/**
 * Says in plain words why a value is refused: `must be from 1 to 256`, to be read after the name of the field. Undefined
 * for what zod says well enough itself.
 */
export function refusalWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'too_small': {
      const { origin, minimum, inclusive } = issue
      if (origin === 'string') return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`
      if (origin === 'array' || origin === 'set') return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} entries`
      return inclusive === false ? `must be more than ${minimum}` : `must be ${minimum} or more`
    }
    case 'too_big': {
      const { origin, maximum, inclusive } = issue
      if (origin === 'string') return `must have at most ${maximum} characters`
      if (origin === 'array' || origin === 'set') return `must have at most ${maximum} entries`
      return inclusive === false ? `must be less than ${maximum}` : `must be ${maximum} or less`
    }
    case 'invalid_type': {
      if (issue.input === undefined) return 'is missing'
      const what: Record<string, string> = {
        string: 'text',
        number: 'a number',
        int: 'a whole number',
        boolean: 'true or false',
        array: 'a list',
        object: 'an object',
      }
      return what[issue.expected] && `must be ${what[issue.expected]}`
    }
    case 'invalid_value': {
      const values = issue.values.map(String)
      return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`
    }
    case 'unrecognized_keys':
      return `must not have the ${issue.keys.length === 1 ? 'field' : 'fields'} ${issue.keys.join(', ')}`
    default:
      return undefined
  }
}

z.config({ customError: (issue) => refusalWords(issue) })

/** A refusal with the field it is about, as one sentence. */
export function refusal(field: string, message: string): string {
  if (!/^(must|is) /.test(message)) return field ? `${field}: ${message}` : message
  return `${field || 'The input'} ${message}.`
}
