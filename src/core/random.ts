/** A seeded source of random numbers: the same seed gives the same numbers on every machine. Not for secrets. */
export type Random = {
  /** Uniform in [0, 1), 32 bits fine. */
  next(): number
  /** Uniform integer in 0 .. n - 1. */
  int(n: number): number
  /** One entry of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** `k` different entries in random order; `k` may not exceed the length. */
  sample<T>(list: readonly T[], k: number): T[]
  /** A new list with the same entries in random order. */
  shuffle<T>(list: readonly T[]): T[]
  /** Standard normal (Box-Muller). */
  normal(): number
}

export const HASH_BASIS = 0x811c9dc5

/** FNV-1a over UTF-16 units with a final avalanche, as an unsigned 32-bit number. Not for secrets. */
export function hash32(text: string, basis = HASH_BASIS): number {
  let h = basis >>> 0
  for (let i = 0; i < text.length; i++) h = hashStep(h, text.charCodeAt(i))
  return hashEnd(h)
}

/** `hash32` unit by unit, from `HASH_BASIS` on: what one text's hash shares with a longer one's is then worked out once. */
export const hashStep = (h: number, unit: number): number => Math.imul(h ^ unit, 0x01000193)

export function hashEnd(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** sfc32 (C. Doty-Humphrey, PractRand), seeded by text or number; `1` and `'1'` are the same seed. */
export function random(seed: string | number): Random {
  const text = String(seed)
  let a = hash32(text, 0x811c9dc5)
  let b = hash32(text, 0x9e3779b9)
  let c = hash32(text, 0x7f4a7c15)
  let counter = hash32(text, 0x94d049bb)

  function bits(): number {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) bits()

  const next = (): number => bits() / 2 ** 32
  const int = (n: number): number => Math.floor(next() * n)
  const shuffle = <T>(list: readonly T[]): T[] => {
    const copy = [...list]
    for (let i = copy.length - 1; i > 0; i--) {
      const j = int(i + 1)
      ;[copy[i], copy[j]] = [copy[j] as T, copy[i] as T]
    }
    return copy
  }
  return {
    next,
    int,
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new RangeError('pick: the list is empty')
      return list[int(list.length)] as T
    },
    sample: <T>(list: readonly T[], k: number): T[] => {
      if (k > list.length) throw new RangeError(`sample: ${k} of ${list.length}`)
      return shuffle(list).slice(0, k)
    },
    shuffle,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}
