import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { checkImage, imageHeader, thumbnail } from '../../formats/images/images.ts'
import { openPicture } from './picture.ts'
import { square } from '../../scoring/probe/picture.ts'

// What the trainer sees, the app sees: trainer/tests/golden.py draws the pictures and says what is to be seen of them.

type Seen = { file: string; width: number; height: number; tolerance: number; rgb: string }
const place = (name: string): string => fileURLToPath(new URL(`../../../test/fixtures/golden/pictures/${name}`, import.meta.url))
const { pictures, damaged } = JSON.parse(readFileSync(place('seen.json'), 'utf8')) as { pictures: Seen[]; damaged: string[] }
const wantedOf = ({ rgb }: Seen): Uint8Array => inflateSync(Buffer.from(rgb, 'base64'))

const furthest = (some: Uint8Array, others: Uint8Array): number =>
  some.reduce((most, value, i) => Math.max(most, Math.abs(value - (others[i] ?? NaN))), 0)
const means = (rgb: Uint8Array): number[] =>
  [0, 1, 2].map((c) => rgb.filter((_, i) => i % 3 === c).reduce((sum, value) => sum + value, 0) / (rgb.length / 3))

describe.each(pictures)('$file', (seen) => {
  const bytes = readFileSync(place(seen.file))
  const wanted = wantedOf(seen)

  test('is decoded as it is shown', async () => {
    const { data, info } = await (await openPicture(bytes)).raw().toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: seen.width, height: seen.height, channels: 3 })
    expect(furthest(data, wanted)).toBeLessThanOrEqual(seen.tolerance)
    await expect(imageHeader(bytes, seen.file)).resolves.toMatchObject({ width: seen.width, height: seen.height })
  })

  test('has the same colours in the probe and as a thumbnail', async () => {
    const side = Math.min(seen.width, seen.height)
    const left = (seen.width - side) / 2
    const middle = wanted.filter((_, i) => Math.floor(i / 3) % seen.width >= left && Math.floor(i / 3) % seen.width < left + side)
    const probe = await square(place(seen.file), side)
    expect(furthest(probe ?? new Uint8Array(), middle)).toBeLessThanOrEqual(seen.tolerance)
    const small = await openPicture(await thumbnail(bytes, seen.file, seen.width))
    const shown = means(await small.raw().toBuffer())
    for (const [c, mean] of means(wanted).entries()) expect(Math.abs((shown[c] ?? NaN) - mean)).toBeLessThan(6)
  })
})

test.each(damaged)('%s is refused', async (name) => {
  await expect(checkImage(readFileSync(place(name)), name)).rejects.toThrow(name)
})
