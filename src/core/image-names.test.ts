import fc from 'fast-check'
import { expect, test } from 'vitest'
import { imageName, lostHash } from './image-names.ts'

const cafe = 'café.png'

test.each([
  ['images/0.png', './images//0.png'],
  ['images/0.png', 'images\\0.png'],
  ['images/0.png', 'images/x/../0.png'],
  ['my image.png', 'my%20image.png'],
  [cafe.normalize('NFC'), cafe.normalize('NFD')],
  ['/data/0.png', 'file:///data/0.png'],
  ['images/0.png', '/data/local-files/?d=images/0.png'],
  ['https://Example.org/a.png', 'https://example.org:443/a.png#top'],
  ['https://example.org/a b.png', 'https://example.org/a%20b.png'],
  ['100%.png', '100%.png'],
])('%s and %s name the same image', (a, b) => {
  expect(imageName('s', b)).toBe(imageName('s', a))
})

test.each([
  ['0.png', '1.png'],
  ['train/0.png', 'val/0.png'],
  ['0.png', '0.PNG'],
  ['https://example.org/image?id=1', 'https://example.org/image?id=2'],
  ['https://a.example/0.png', 'https://b.example/0.png'],
  ['https://a.example/0.png', '0.png'],
  ['images/0.png', '../images/0.png'],
])('%s and %s name two', (a, b) => {
  expect(imageName('s', a)).not.toBe(imageName('s', b))
})

test('a path is relative to its source, an address is not', () => {
  expect(imageName('a', '0.png')).not.toBe(imageName('b', '0.png'))
  expect(imageName('a', 'https://example.org/0.png')).toBe(imageName('b', 'https://example.org/0.png'))
})

test('any reference has a name, and the same one each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (reference) => imageName('s', reference) === imageName('s', reference)),
  )
})

test('a lost image is named by its content', () => {
  const hash = 'ab'.repeat(32)
  expect(lostHash(`ab/${hash}`)).toBe(hash)
  expect(lostHash(`images/${hash}`)).toBeNull()
})
