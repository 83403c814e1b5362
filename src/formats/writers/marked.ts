import type { Message, Role } from '../../core/messages.ts'
import type { PairFeatures } from '../../core/pair-features.ts'
import { IMAGE_MARK } from '../conversation.ts'
import type { Loss, WrittenPair } from './writer.ts'

export type MarkedTurn = { role: Role; text: string }

/**
 * The prompt as turns of text in which `<image>` stands at each image's place; texts side by side are parted by a line
 * end, as they are in the prompt's own text. A prompt in the simple form is one user turn with all marks first.
 *
 * @param behind what stands between the marks and the text of a simple prompt
 */
export function markedTurns({ messages, prompt }: Pick<WrittenPair, 'messages' | 'prompt'>, images: number, behind = ''): MarkedTurn[] {
  if (!messages) return [{ role: 'user', text: `${IMAGE_MARK.repeat(images)}${images > 0 ? behind : ''}${prompt}` }]
  return messages.map(({ role, content }) => ({ role, text: markedText(content) }))
}

function markedText(content: Message['content']): string {
  return content
    .map((part, i) => {
      if (part.type === 'image') return IMAGE_MARK
      return content[i - 1]?.type === 'text' ? `\n${part.text}` : part.text
    })
    .join('')
}

/** What such texts cannot say of turns that are kept. */
export function markedLosses(features: PairFeatures): Loss[] {
  const losses: Loss[] = []
  if (features.adjacentTexts) losses.push({ field: 'messages', why: 'Adjacent texts in one turn are joined into one text.' })
  if (features.blankBesideImage) {
    const why = 'A blank text beside an image is not read.'
    losses.push({ field: 'prompt', why })
    if (features.turns !== 'simple') losses.push({ field: 'messages', why })
  }
  return losses
}

/** Why the literal `<image>` in the texts of a pair stands in the way. */
export const markRefusal = (reader: string): string =>
  `A text contains the literal <image>, which ${reader} always reads as an image. These pairs are excluded.`

export const flattenedLoss = (why: string): Loss => ({
  field: 'messages',
  why: `${why} The prompt is written as one text, its images first.`,
})
