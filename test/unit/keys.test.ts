import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chordOf, normalised, shownKeys } from '../../renderer/commands/keys.ts'

const press = (key: string, held: { ctrlKey?: boolean; altKey?: boolean; shiftKey?: boolean } = {}) =>
  chordOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

const key = fc.constantFrom(...'abcxyz0189?/,.'.split(''), 'ArrowUp', 'Enter', 'F2', 'Delete')
const held = fc.record({ ctrlKey: fc.boolean(), altKey: fc.boolean(), shiftKey: fc.boolean() })

describe('shortcuts', () => {
  test('a pressed chord is its own normal form, so that it finds the command written in any case', () => {
    fc.assert(
      fc.property(key, held, (name, modifiers) => {
        const chord = press(name, modifiers)!
        expect(normalised(chord)).toBe(chord)
      }),
    )
  })

  test.each([
    ['Mod+k', press('k', { ctrlKey: true })],
    ['Mod+Shift+b', press('B', { ctrlKey: true, shiftKey: true })],
    ['Shift+Mod+B', press('B', { ctrlKey: true, shiftKey: true })],
    ['?', press('?', { shiftKey: true })],
    ['J', press('j')],
    ['Shift+j', press('J', { shiftKey: true })],
    ['Shift+ArrowDown', press('ArrowDown', { shiftKey: true })],
    ['Mod+,', press(',', { ctrlKey: true })],
    ['Space', press(' ')],
  ])('%s is what its keys give', (written, pressed) => {
    expect(pressed).toBe(normalised(written))
  })

  test('Caps Lock changes nothing, a modifier alone is no chord', () => {
    expect(press('J')).toBe(press('j'))
    expect(press('Shift', { shiftKey: true })).toBeNull()
  })

  test('are shown as people read them', () => {
    expect(shownKeys('Mod+Shift+b')).toEqual(['Ctrl+Shift+B'])
    expect(shownKeys('g o')).toEqual(['G', 'O'])
    expect(shownKeys('ArrowLeft')).toEqual(['←'])
  })
})
