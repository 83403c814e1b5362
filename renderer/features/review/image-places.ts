import type { PairDetail } from '../../../src/contract/pairs.ts'

type Image = PairDetail['images'][number]
type Missing = PairDetail['missing'][number]
export type ImagePlace = { image: Image; missing?: undefined } | { image?: undefined; missing: Missing }

/** The images of a pair in their order, with those that are missing in their places. */
export function imagePlaces({ images, missing }: Pick<PairDetail, 'images' | 'missing'>): ImagePlace[] {
  const gaps = new Map(missing.map((each) => [each.position, each]))
  const there = [...images]
  return Array.from({ length: images.length + missing.length }, (_, position): ImagePlace | null => {
    const gap = gaps.get(position)
    if (gap) return { missing: gap }
    const image = there.shift()
    return image ? { image } : null
  }).filter((place) => place !== null)
}
