import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { foldOf } from '../../src/core/folds.ts'
import { random, type Random } from '../../src/core/random.ts'

export const FOLDS = 5
export const SEED = 0
const SYLLABLES =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu'.split(
    ' ',
  )

/** Made-up words, the most frequent first. */
export const VOCABULARY = Array.from({ length: 30_000 }, (_, i) => {
  let word = ''
  for (let rest = i + 1; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) word += SYLLABLES[rest % SYLLABLES.length]
  return word
})

/** A word with the frequencies of language. */
const word = (draw: Random): string => VOCABULARY[Math.floor(Math.exp(draw.next() * Math.log(VOCABULARY.length)) - 1)] as string

/** Words in sentences of twelve. */
function text(draw: Random, words: number): string {
  const said = Array.from({ length: words }, (_, i) => {
    const next = word(draw)
    return i % 12 === 0 ? `${next[0]?.toUpperCase()}${next.slice(1)}` : i % 12 === 11 ? `${next}.` : next
  })
  return `${said.join(' ')}.`
}

/** Responses of 20 to 80 words; in 3 of 10 pairs one side hedges, four times of five the chosen one. Three pairs a group. */
export async function writePairs(file: string, count: number): Promise<void> {
  const draw = random('bench scan')
  const response = (): string => text(draw, 20 + draw.int(60))
  const out = createWriteStream(file)
  for (let id = 0; id < count; id++) {
    const texts = { chosen: response(), rejected: response() }
    if (draw.next() < 0.3) texts[draw.next() < 0.8 ? 'chosen' : 'rejected'] += ` Perhaps maybe ${word(draw)}.`
    const group = `group ${Math.floor(id / 3)}`
    const line = { id, key: String(id).padStart(9, '0'), group, fold: foldOf(group, SEED, FOLDS), prompt: '', ...texts }
    if (!out.write(`${JSON.stringify(line)}\n`)) await new Promise<void>((resolve) => out.once('drain', () => resolve()))
  }
  out.end()
  await finished(out)
}

/** Responses of mixed length: from 4 to 200 words, every length ratio equally likely. */
export function mixedResponses(count: number): string[] {
  const draw = random('bench responses')
  return Array.from({ length: count }, () => text(draw, Math.round(4 * 50 ** draw.next())))
}
