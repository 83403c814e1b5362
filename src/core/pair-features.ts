import { isFormula } from './formulas.ts'
import type { Message } from './messages.ts'

/** What of a pair decides whether a format can hold it. Few combinations occur, so counts describe a million pairs. */
export type PairFeatures = {
  /** Images that it names, missing ones among them; 2 stands for several. */
  images: 0 | 1 | 2
  /** It names an image that the project lacks. */
  missing: boolean
  /** `simple`: one user turn of its images and then its text. Else how its turns follow one another, see `turnsOf`. */
  turns: 'simple' | 'question' | 'ends-with-tool' | 'free'
  system: boolean
  tools: boolean
  /** An image stands in a turn that is not the user's. */
  strayImages: boolean
  /** A turn has texts side by side, with no image between them. */
  adjacentTexts: boolean
  /** A text of nothing but blanks stands in a turn that shows images. */
  blankBesideImage: boolean
  /** Texts that begin or end with a blank; of the prompt, any of its parts. */
  blankEnds: { prompt: boolean; chosen: boolean; rejected: boolean }
  emptyPrompt: boolean
  /** A response is blank, or they differ in blanks at their ends only: no reader takes such a pair. */
  degenerate: boolean
  /** A text is a JSON list of messages, and would be read as these where a text stands by itself. */
  messageLike: boolean
  /** A text holds the literal `<image>`. */
  mark: { prompt: boolean; responses: boolean }
  /** A text holds the literal `<video>` or `<audio>`. */
  otherMark: boolean
  /** A text holds U+0000. */
  nul: boolean
  /** A text has line ends of two characters, CR and LF. */
  crlf: { prompt: boolean; chosen: boolean; rejected: boolean }
  /** Texts that a spreadsheet may run as a formula. */
  formulas: { prompt: boolean; chosen: boolean; rejected: boolean }
  metadata: boolean
  tags: boolean
  /** Somebody has said something of it, or it was tied as imported. */
  reviewed: boolean
  scored: boolean
}

/** The pair as it would be written. `messages` is null where the prompt is in the simple form, or was replaced by a text. */
export type FeatureSource = {
  prompt: string
  chosen: string
  rejected: string
  messages: readonly Message[] | null
  images: number
  missing: number
  metadata: boolean
  tags: boolean
  reviewed: boolean
  scored: boolean
}

const MARK = '<image>'

/** The features of a pair; a function of it alone. */
export function pairFeatures(pair: FeatureSource): PairFeatures {
  const { prompt, chosen, rejected, messages, images } = pair
  const texts = messages
    ? messages.flatMap(({ content }) => content.flatMap((part) => (part.type === 'text' ? [part.text] : [])))
    : [prompt]
  return {
    images: images > 1 ? 2 : images === 1 ? 1 : 0,
    missing: pair.missing > 0,
    turns: messages ? turnsOf(messages) : 'simple',
    system: messages?.some(({ role }) => role === 'system') ?? false,
    tools: messages?.some(({ role }) => role === 'tool') ?? false,
    strayImages: messages?.some(({ role, content }) => role !== 'user' && content.some(({ type }) => type === 'image')) ?? false,
    adjacentTexts:
      messages?.some(({ content }) => content.some(({ type }, i) => type === 'text' && content[i + 1]?.type === 'text')) ?? false,
    blankBesideImage: messages
      ? messages.some(
          ({ content }) =>
            content.some(({ type }) => type === 'image') && content.some((part) => part.type === 'text' && isBlank(part.text)),
        )
      : images > 0 && prompt !== '' && isBlank(prompt),
    blankEnds: { prompt: [prompt, ...texts].some(hasBlankEnd), chosen: hasBlankEnd(chosen), rejected: hasBlankEnd(rejected) },
    emptyPrompt: prompt === '',
    degenerate: isBlank(chosen) || isBlank(rejected) || chosen.trim() === rejected.trim(),
    messageLike: [prompt, chosen, rejected].some(isMessageLike),
    mark: { prompt: texts.some((text) => text.includes(MARK)), responses: chosen.includes(MARK) || rejected.includes(MARK) },
    otherMark: [...texts, chosen, rejected].some((text) => text.includes('<video>') || text.includes('<audio>')),
    nul: [prompt, chosen, rejected].some((text) => text.includes('\0')),
    crlf: { prompt: hasCrlf(prompt), chosen: hasCrlf(chosen), rejected: hasCrlf(rejected) },
    formulas: { prompt: isFormula(prompt), chosen: isFormula(chosen), rejected: isFormula(rejected) },
    metadata: pair.metadata,
    tags: pair.tags,
    reviewed: pair.reviewed,
    scored: pair.scored,
  }
}

/**
 * `question`: perhaps a system turn, then questions (user or tool) and answers by turns, the last a question by the
 * user. `ends-with-tool`: so, but the last is what a tool gave. `free`: anything else.
 */
function turnsOf(messages: readonly Message[]): PairFeatures['turns'] {
  const turns = messages[0]?.role === 'system' ? messages.slice(1) : messages
  const last = turns.at(-1)
  if (last?.role !== 'user' && last?.role !== 'tool') return 'free'
  const alternate = turns.every(({ role }, i) => (i % 2 === 1 ? role === 'assistant' : role === 'user' || role === 'tool'))
  if (!alternate) return 'free'
  return last.role === 'user' ? 'question' : 'ends-with-tool'
}

const isBlank = (text: string): boolean => text.trim() === ''
const hasCrlf = (text: string): boolean => text.includes('\r\n')
const hasBlankEnd = (text: string): boolean => text !== text.trim()

function isMessageLike(text: string): boolean {
  if (!/^\s*\[\s*\{/.test(text)) return false
  try {
    const list = JSON.parse(text) as unknown
    return Array.isArray(list) && list.every((turn) => typeof turn === 'object' && turn !== null && 'role' in turn && 'content' in turn)
  } catch {
    return false
  }
}
