import { responseText } from '../../core/messages.ts'
import { answerOf, MARKED_STYLE, readTurns, sameTurns, settle, type Turn } from '../conversation.ts'
import { Fields, structured } from '../fields.ts'
import type { Format } from '../format.ts'

/** A conversation as question and answer, its texts trimmed; null, with the fault noted, where it has no answer. */
function readConversation(fields: Fields, field: string): { question: Turn[]; answer: Turn } | null {
  const turns = readTurns(fields, field, structured(fields.get(field) ?? null), MARKED_STYLE)
  if (turns === null) return null
  const answer = turns.at(-1)
  if (answer?.role !== 'assistant') {
    fields.addFault(field, 'missing-field', `“${field}” does not end with a response (a turn from gpt).`)
    return null
  }
  const trimmed = (turn: Turn): Turn => ({
    role: turn.role,
    content: turn.content.map((part) => (part.type === 'text' ? { type: 'text' as const, text: part.text.trim() } : part)),
  })
  return { question: turns.slice(0, -1).map(trimmed), answer: trimmed(answer) }
}

/**
 * POVID and LLaVA-DPO: `{id, image, conversations, rejected_conversations}`. The last turn of each is the response. The
 * released files begin most answers with a blank, an artefact of tokenising, so texts are trimmed here (and only here).
 */
export const povid: Format = {
  id: 'povid',
  name: 'POVID / LLaVA-DPO',
  shape: '{id, image, conversations: [human, gpt], rejected_conversations: [human, gpt]}',
  score(record) {
    return (Array.isArray(structured(record['conversations'] ?? null)) ? 0.4 : 0) + ('rejected_conversations' in record ? 0.6 : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const chosen = readConversation(fields, 'conversations')
    const rejected = readConversation(fields, 'rejected_conversations')
    if (chosen?.question.length === 0)
      fields.addFault('conversations', 'missing-field', '“conversations” has no prompt (a turn from human).')
    if (chosen && rejected && rejected.question.length > 0 && !sameTurns(chosen.question, rejected.question)) {
      fields.addFault(
        'rejected_conversations',
        'wrong-type',
        'The two conversations have different prompts, so their responses cannot be compared.',
      )
    }
    const { field, used, images } = fields.recordImages('image', 'images')
    const shown = settle(fields, field, chosen?.question ?? [], images, 'first-if-none')
    const answer = (side: typeof chosen, name: string) => (side ? responseText(answerOf(fields, name, [side.answer])) : '')
    return fields.finish({ ...shown, chosen: answer(chosen, 'conversations'), rejected: answer(rejected, 'rejected_conversations') }, [
      ...used,
      'conversations',
      'rejected_conversations',
    ])
  },
}
