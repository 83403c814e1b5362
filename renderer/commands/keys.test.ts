import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chordsOf, normalised, shownKeys, type KeyPress } from './keys.ts'
import { labelsOf } from './layout.ts'
import { ambiguous, type Command } from './registry.ts'
import { reviewCommands, type ReviewMode } from '../features/review/review-commands.ts'

type Held = Partial<Omit<KeyPress, 'key' | 'getModifierState'>> & { altGraph?: boolean }
const pressed = (key: string, { altGraph = false, ...held }: Held = {}) =>
  chordsOf({
    key,
    code: '',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    keyCode: 0,
    ...held,
    getModifierState: (name) => altGraph && name === 'AltGraph',
  })
const press = (key: string, held: Held = {}) => pressed(key, held)[0] ?? null

const key = fc.constantFrom(...'abcxyz0189?/,.'.split(''), 'ArrowUp', 'Enter', 'F2', 'Delete')
const held = fc.record({ ctrlKey: fc.boolean(), altKey: fc.boolean(), shiftKey: fc.boolean() })
/** A row of keys as a layout types them, by the letters of their codes. */
const row = (codes: string, characters: string) =>
  [...codes].map((letter, i): [string, string] => [`Key${letter}`, [...characters][i] as string])
const LAYOUTS = {
  russian: row('QWERTYUIOPASDFGHJKLZXCVBNM', 'йцукенгшщзфывапролдячсмить'),
  greek: row('WERTYUIOPASDFGHJKLZXCVBNM', 'ςερτυθιοπασδφγηξκλζχψωβνμ'),
  hebrew: row('ERTYUIOPASDFGHJKLZXCVBNM', 'קראטוןםפשדגכעיחלךזסבהנמצ'),
  arabic: row('QWERTYUIOPASDFGHJKL', 'ضصثقفغعهخحشسيبلاتنم'),
}

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

describe('keyboards of every kind', () => {
  test.each(Object.entries(LAYOUTS))('%s letters mean the key in their place', (_, layout) => {
    for (const [code, character] of layout) {
      const letter = code.slice(3).toLowerCase()
      expect(pressed(character, { code })).toEqual([letter])
      expect(pressed(character.toUpperCase(), { code, shiftKey: true })).toEqual([`Shift+${letter.toUpperCase()}`])
      expect(pressed(character, { code, ctrlKey: true })).toEqual([`Mod+${letter.toUpperCase()}`])
    }
  })

  test.each<[string, string[], string[]]>([
    ['Dvorak: the character, not the place', pressed('o', { code: 'KeyS' }), ['o']],
    ['Dvorak with Control', pressed('k', { code: 'KeyV', ctrlKey: true }), ['Mod+K']],
    ['AZERTY letters', pressed('a', { code: 'KeyQ' }), ['a']],
    ['AZERTY: a digit key without Shift', pressed('&', { code: 'Digit1' }), ['&', '1']],
    ['AZERTY: a letter of the digits row', pressed('é', { code: 'Digit2' }), ['é', '2']],
    ['AZERTY: a digit with Shift', pressed('1', { code: 'Digit1', shiftKey: true }), ['1']],
    ['AZERTY: the sign of a digit key comes first', pressed('-', { code: 'Digit6' }), ['-', '6']],
    ['US: a sign with Shift is no digit', pressed('#', { code: 'Digit3', shiftKey: true }), ['#']],
    ['German: the slash has Shift', pressed('/', { code: 'Digit7', shiftKey: true }), ['/']],
    ['Turkish: dotless i is itself', pressed('ı', { code: 'KeyI' }), ['ı']],
    ['Russian: the number sign is where # is', pressed('№', { code: 'Digit3', shiftKey: true }), ['#']],
    ["Russian: a letter on a sign's key", pressed('х', { code: 'BracketLeft' }), ['[']],
    ['Arabic digits', pressed('١', { code: 'Digit1' }), ['1']],
    ['Bengali digits', pressed('২', { code: 'Digit2' }), ['2']],
    ['a foreign letter of an unknown key', pressed('л', { code: '' }), []],
    ['AltGr on Windows types a character', pressed('#', { code: 'Digit3', ctrlKey: true, altKey: true, altGraph: true }), ['#']],
    ['AltGr on Linux', pressed('[', { code: 'Digit8', altGraph: true }), ['[']],
    ['AltGr that is told as both keys', pressed('@', { code: 'KeyQ', ctrlKey: true, altKey: true }), ['@']],
    ['Polish AltGr is no Control+Alt', pressed('ł', { code: 'KeyL', ctrlKey: true, altKey: true, altGraph: true }), ['ł']],
    ['Control and Alt held for a letter', pressed('k', { code: 'KeyK', ctrlKey: true, altKey: true }), ['Mod+Alt+K']],
    ['an input method composes', pressed('k', { code: 'KeyK', isComposing: true }), []],
    ['an input method has taken the key', pressed('Process', { code: 'KeyK', keyCode: 229 }), []],
    ['the key that ends a composition', pressed('Enter', { code: 'Enter', keyCode: 229 }), []],
    ['a dead key', pressed('Dead', { code: 'BracketLeft' }), []],
  ])('%s', (_, chords, expected) => {
    expect(chords).toEqual(expected)
  })

  test('no press means more than two chords, and none of a foreign letter that is not printed on a US keyboard', () => {
    const any = fc.record({
      key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }),
      code: fc.constantFrom('', 'KeyA', 'Digit1', 'Slash', 'Space', 'F5'),
      held,
    })
    fc.assert(
      fc.property(any, ({ key: name, code, held: modifiers }) => {
        for (const chord of pressed(name, { code, ...modifiers })) expect(normalised(chord)).toBe(chord)
        expect(pressed(name, { code, ...modifiers }).length).toBeLessThanOrEqual(2)
      }),
    )
  })

  test('are shown as they are printed: another letter only where no key types the one of the shortcut', () => {
    const russian = labelsOf([...LAYOUTS.russian, ['Digit1', '1'], ['Slash', '.']])
    expect(shownKeys('g o', russian)).toEqual(['П', 'Щ'])
    expect(shownKeys('Mod+Shift+B', russian)).toEqual(['Ctrl+Shift+И'])
    expect(shownKeys('1', russian)).toEqual(['1'])
    const azerty = labelsOf([
      ['KeyQ', 'a'],
      ['KeyA', 'q'],
      ['KeyW', 'z'],
      ['KeyZ', 'w'],
      ['Digit1', '&'],
      ['KeyM', ','],
      ['Semicolon', 'm'],
    ])
    expect(['a', 'q', 'm', '1', '/'].map((each) => shownKeys(each, azerty)[0])).toEqual(['A', 'Q', 'M', '1', '/'])
  })
})

describe('one key means one thing', () => {
  const command = (id: string, ...keys: string[]): Command => ({ id, keys, label: id, group: '', perform: () => undefined })

  test('twice the same keys, and keys that begin those of another, are told', () => {
    expect(ambiguous([command('a', 'x'), command('b', 'y'), command('c', 'g o'), command('d', 'g p')])).toEqual([])
    expect(ambiguous([command('a', 'x', 'X')])).toEqual([])
    expect(ambiguous([command('a', 'Mod+e'), command('b', 'Mod+E')]).map(({ ids }) => ids)).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ])
    expect(ambiguous([command('a', 'g'), command('b', 'g o')])).toEqual([{ keys: 'g', ids: ['a', 'b'] }])
  })

  test('a key of the review means the same in each of its modes', () => {
    const modes: ReviewMode[] = ['choosing', 'decided', 'inspect']
    const meanings = modes.flatMap((mode) =>
      Object.values(
        reviewCommands({
          pair: { pairId: 1 } as never,
          sides: { left: 'chosen', right: 'rejected' },
          mode,
          blind: true,
          editing: false,
          queue: { previous: 1, next: 2, go: () => undefined },
          query: { filter: {}, sort: '-textMargin' },
          attribution: { shown: true, toggle: () => undefined },
        }),
      ),
    )
    expect(ambiguous(meanings)).toEqual([])
  })
})
