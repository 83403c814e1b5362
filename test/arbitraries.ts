import fc from 'fast-check'
import type { Message } from '../src/core/messages.ts'
import type { Json } from '../src/formats/value.ts'

const PIECES = [
  '"',
  '\\',
  '\n',
  '\r\n',
  '\u2028',
  '\0',
  '\uFEFF',
  '<image>',
  '<video>',
  '😀',
  ' ',
  'a',
  'two words',
  ',',
  ';',
  '\t',
  '[{"role": "user", "content": "x"}]',
  'user: ',
  '{}',
  "'",
  'data:image/png,',
  '=1+1',
  '-',
  '@',
]
/** Texts with everything in them that formats and readers might trip over. */
export const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((pieces) => pieces.join('')) },
  { weight: 2, arbitrary: fc.constantFrom('How many?', 'Two.', 'It shows a cat.\nAnd a dog.') },
)
const part = fc.oneof(
  anyText.filter((text) => text !== '').map((text) => ({ type: 'text' as const, text })),
  fc.constant({ type: 'image' as const }),
)
const role = fc.constantFrom('system' as const, 'user' as const, 'assistant' as const, 'tool' as const)
/** Turns of any kind, in any order. */
export const free = fc.array(fc.record({ role, content: fc.array(part, { maxLength: 3 }) }), { minLength: 1, maxLength: 4 })
const said = fc.constantFrom('Hello', 'And this?', 'Look', '<b>')
/** Turns as most data sets have them: the user asks last, some questions show images. */
export const dialogue = fc
  .tuple(
    fc.boolean(),
    fc.integer({ min: 1, max: 3 }),
    fc.array(said, { minLength: 7, maxLength: 7 }),
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }),
  )
  .map(([system, questions, texts, shown]): Message[] => [
    ...(system ? [{ role: 'system' as const, content: [{ type: 'text' as const, text: texts[6] as string }] }] : []),
    ...Array.from({ length: questions }, (_, i): Message[] => [
      {
        role: 'user',
        content: [
          { type: 'text', text: texts[i] as string },
          ...Array.from({ length: shown[i] as number }, () => ({ type: 'image' as const })),
        ],
      },
      ...(i < questions - 1 ? [{ role: 'assistant' as const, content: [{ type: 'text' as const, text: texts[i + 3] as string }] }] : []),
    ]).flat(),
  ])
/** What JSON can hold, as it comes back. */
export const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json)
