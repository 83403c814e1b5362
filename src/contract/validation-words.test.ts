import { expect, test } from 'vitest'
import { z } from 'zod'
import { exportInput } from './exports.ts'
import { pairFilter, tagName } from './pairs.ts'
import { trainRequest } from './training.ts'
import { refusal } from './validation-words.ts'

const said = (schema: z.ZodType, value: unknown): string => {
  const issue = schema.safeParse(value).error!.issues[0]!
  return refusal(issue.path.join('.'), issue.message)
}

const train = { method: 'standard', sources: ['a'] }

test.each([
  [z.object({ tag: tagName }), { tag: ' ' }, 'tag must not be empty.'],
  [z.object({ tag: tagName }), { tag: 'x'.repeat(61) }, 'tag must have at most 60 characters.'],
  [pairFilter, { suspectMin: 2 }, 'suspectMin must be 1 or less.'],
  [pairFilter, { set: 0 }, 'set must be 1 or more.'],
  [pairFilter, { set: 1.5 }, 'set must be a whole number.'],
  [pairFilter, { scored: 'yes' }, 'scored must be true or false.'],
  [pairFilter, { statuses: ['gone'] }, 'statuses.0 must be one of unreviewed, kept, flipped, tied, edited, discarded.'],
  [pairFilter, { colour: 'red' }, 'The input must not have the field colour.'],
  [trainRequest, { ...train, learningRate: 0 }, 'learningRate must be more than 0.'],
  [trainRequest, { ...train, sources: [] }, 'sources must not be empty.'],
  [trainRequest, { sources: ['a'] }, 'method must be one of standard, text-only, shortcut-aware, residual-fusion, upweight.'],
  [trainRequest, { ...train, model: 'a b' }, 'model: Enter “tiny”, the full path of a folder, or OWNER/NAME of a model on the Hub.'],
  [exportInput, {}, 'out is missing.'],
])('%# is refused in plain words', (schema, value, words) => {
  expect(said(schema, value)).toBe(words)
})
