import type { Explanation } from '../protocols/scoring.ts'
import { words, type Word } from './lexical/tokens.ts'
import type { ResponseReader, TextPair, TokenPart } from './proxy.ts'

/** Parts that a response is taken apart into, at most: each costs one reading. */
const MAX_PARTS = 96
/**
 * What each word of both responses adds to its own reward: the reward with it minus the reward without it. `reward`
 * makes a reward, in log-odds, of what the reader gives for a response. Long responses are taken apart into runs of words.
 */
export async function occlusion(
  { prompt, chosen, rejected }: TextPair,
  reader: ResponseReader,
  reward: (numbers: Float32Array) => number,
): Promise<Explanation> {
  const sides = [chosen, rejected].map((response) => ({ response, parts: partsOf(response) }))
  const texts = sides.flatMap(({ response, parts }) => [response, ...parts.map(({ start, end }) => without(response, start, end))])
  const numbers = await reader.read(texts.map((response) => ({ prompt, response })))
  const rewards = texts.map((_, i) => reward(numbers.subarray(i * reader.width, (i + 1) * reader.width)))
  let at = 0
  const [good, bad] = sides.map(({ parts }) => {
    const whole = rewards[at++] as number
    return { whole, parts: parts.map((part): TokenPart => ({ ...part, value: whole - (rewards[at++] as number) })) }
  }) as [{ whole: number; parts: TokenPart[] }, { whole: number; parts: TokenPart[] }]
  return { method: 'occlusion', chosen: good.parts, rejected: bad.parts, features: [], textMargin: good.whole - bad.whole }
}

function partsOf(response: string): { start: number; end: number }[] {
  const pieces = words(response)
  const each = Math.ceil(pieces.length / MAX_PARTS)
  const parts: { start: number; end: number }[] = []
  for (let i = 0; i < pieces.length; i += each) {
    parts.push({ start: (pieces[i] as Word).start, end: (pieces[Math.min(i + each, pieces.length) - 1] as Word).end })
  }
  return parts
}

/** The text without a part, and without the white space in front of it. */
const without = (text: string, start: number, end: number): string => `${text.slice(0, start).trimEnd()}${text.slice(end)}`
