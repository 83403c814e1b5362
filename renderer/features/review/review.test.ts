import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fit, pan, zoomAt } from '../../ui/image/pan-zoom.ts'
import { isSwapped, sidesOf } from './sides.ts'

test('sides are the same at every visit, spread evenly, and stay when the label is flipped', () => {
  let left = 0
  let runs = 1
  for (let pairId = 1; pairId <= 4000; pairId++) {
    const before = sidesOf(pairId, false)
    expect(sidesOf(pairId, false)).toEqual(before)
    // After the flip the text that was chosen is the rejected one, so it stands where it stood.
    expect(sidesOf(pairId, true)).toEqual({ left: before.right, right: before.left })
    if (before.left === 'chosen') left++
    if (pairId > 1 && before.left !== sidesOf(pairId - 1, false).left) runs++
  }
  expect(Math.abs(left - 2000)).toBeLessThan(160)
  // Neighbours are independent: about every second pair changes sides.
  expect(Math.abs(runs - 2000)).toBeLessThan(160)
})

test('a flipped label is recognised by its texts', () => {
  const original = { chosen: 'a', rejected: 'b' }
  expect(isSwapped(original, original)).toBe(false)
  expect(isSwapped({ chosen: 'b', rejected: 'a' }, original)).toBe(true)
  // Edited since: the response that was left alone tells.
  expect(isSwapped({ chosen: 'b', rejected: 'c' }, original)).toBe(true)
  expect(isSwapped({ chosen: 'c', rejected: 'b' }, original)).toBe(false)
  expect(isSwapped({ chosen: 'c', rejected: 'd' }, original)).toBe(false)
})

const size = fc.record({ width: fc.integer({ min: 8, max: 4000 }), height: fc.integer({ min: 8, max: 4000 }) })
const box = fc.record({ width: fc.integer({ min: 100, max: 1500 }), height: fc.integer({ min: 100, max: 1200 }) })

test('a fitted image is whole and centred', () => {
  fc.assert(
    fc.property(size, box, (image, room) => {
      const view = fit(image, room)
      expect(view.x).toBeGreaterThanOrEqual(-1e-6)
      expect(view.y).toBeGreaterThanOrEqual(-1e-6)
      expect(2 * view.x + image.width * view.scale).toBeCloseTo(room.width, 6)
      expect(2 * view.y + image.height * view.scale).toBeCloseTo(room.height, 6)
      expect(view.scale).toBeLessThanOrEqual(4)
    }),
  )
})

test('what lies under the cursor stays there while zooming in', () => {
  fc.assert(
    fc.property(
      size,
      box,
      fc.double({ min: 1.05, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (image, room, factor, share) => {
        const view = fit(image, room)
        const at = { x: view.x + share * image.width * view.scale, y: view.y + (1 - share) * image.height * view.scale }
        const zoomed = zoomAt(view, factor, at, image, room)
        expect(zoomed.scale).toBeGreaterThan(view.scale)
        const shown = {
          x: zoomed.x + ((at.x - view.x) / view.scale) * zoomed.scale,
          y: zoomed.y + ((at.y - view.y) / view.scale) * zoomed.scale,
        }
        expect(shown.x).toBeCloseTo(at.x, 6)
        expect(shown.y).toBeCloseTo(at.y, 6)
      },
    ),
  )
})

test('an image cannot be dragged out of reach', () => {
  fc.assert(
    fc.property(size, box, fc.integer({ min: -9000, max: 9000 }), fc.integer({ min: -9000, max: 9000 }), (image, room, dx, dy) => {
      const view = pan(fit(image, room), dx, dy, image, room)
      expect(view.x).toBeLessThanOrEqual(room.width / 2)
      expect(view.x + image.width * view.scale).toBeGreaterThanOrEqual(room.width / 2 - 1e-6)
      expect(view.y + image.height * view.scale).toBeGreaterThanOrEqual(room.height / 2 - 1e-6)
    }),
  )
})
