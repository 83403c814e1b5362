import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { message } from '../contract/messages.ts'
import { missingImage, pairKey } from './identity.ts'
import { canonical, promptText, responseText, shownImages, simpleMessages, type Message } from './messages.ts'

const text = (value: string) => ({ type: 'text' as const, text: value })
const image = { type: 'image' as const }
const user = (...content: Message['content']): Message => ({ role: 'user', content })
const part = fc.oneof(fc.string().map(text), fc.constant(image))
const messages = fc.array(
  fc.record({
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    content: fc.array(part, { maxLength: 4 }),
  }) as fc.Arbitrary<Message>,
  { maxLength: 4 },
)

describe('the text of a prompt', () => {
  test.each<[string, Message[], string]>([
    ['a single question is its text', [user(text('What?'))], 'What?'],
    ['images say nothing, wherever they stand', [user(image, text('What?'), image)], 'What?'],
    ['texts of a turn stand on lines of their own', [user(text('a'), image, text('b'))], 'a\nb'],
    ['turns have their roles', [{ role: 'system', content: [text('s')] }, user(text('q'))], 'system: s\n\nuser: q'],
    ['a single turn of somebody else has its role', [{ role: 'system', content: [text('s')] }], 'system: s'],
    ['nothing is nothing', [], ''],
  ])('%s', (_, turns, expected) => {
    expect(promptText(turns)).toBe(expected)
  })

  test('a single answer is its text', () => {
    expect(responseText([{ role: 'assistant', content: [text('yes')] }])).toBe('yes')
    expect(
      responseText([
        { role: 'assistant', content: [text('let me see')] },
        { role: 'tool', content: [text('7')] },
      ]),
    ).toBe('assistant: let me see\n\ntool: 7')
  })
})

describe('the simple form', () => {
  test('is what prompt and images alone tell, and nothing else is', () => {
    fc.assert(
      fc.property(messages, (turns) => {
        const images = shownImages(turns)
        const kept = canonical(turns, images)
        const prompt = promptText(kept ?? simpleMessages(promptText(turns), images))
        // Without its messages the pair must still say who speaks, what is said and where images stand.
        const whole = kept ?? simpleMessages(prompt, images)
        expect(canonical(whole, images)).toEqual(kept)
        const clean = turns.map(({ role, content }) => ({
          role,
          content: content.filter((each) => each.type === 'image' || each.text !== ''),
        }))
        if (turns.length > 0) expect(whole).toEqual(clean)
        expect(z.array(message).safeParse(whole).success).toBe(true)
      }),
    )
  })

  test.each<[string, Message[], number, boolean]>([
    ['images and then text', [user(image, image, text('a'))], 2, true],
    ['no image', [user(text('a'))], 0, true],
    ['an image behind the text', [user(text('a'), image)], 1, false],
    ['two texts', [user(text('a'), text('b'))], 0, false],
    ['an empty second text', [user(text('a'), text(''))], 0, true],
    ['a system turn', [{ role: 'system', content: [text('a')] }], 0, false],
    ['two turns', [user(text('a')), { role: 'assistant', content: [text('b')] }], 0, false],
  ])('%s', (_, turns, images, simple) => {
    expect(canonical(turns, images) === null).toBe(simple)
  })

  test('messages that show another number of images are a defect', () => {
    expect(() => canonical([user(image)], 2)).toThrow('show 1 images')
  })
})

describe('identity', () => {
  test('a pair in the simple form has the identity that it always had', () => {
    const key = pairKey('p', 'c', 'r', ['aa', 'bb'], null)
    expect(createHash('sha256').update(key).digest('hex')).toBe(createHash('sha256').update('["p","c","r",["aa","bb"]]').digest('hex'))
  })

  test('turns and the places of images are part of it, and no two different prompts share one', () => {
    fc.assert(
      fc.property(messages, messages, (a, b) => {
        const key = (turns: Message[]) => pairKey(promptText(turns), 'c', 'r', [], turns)
        expect(key(a) === key(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
    expect(pairKey('', 'c', 'r', [], [user(image)])).not.toBe(pairKey('', 'c', 'r', [], [user(text(''))]))
    expect(pairKey('p', 'c', 'r', [missingImage('a.png')], null)).not.toBe(pairKey('p', 'c', 'r', [missingImage('b.png')], null))
  })
})
