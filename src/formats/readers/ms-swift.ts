import { responseText } from '../../core/messages.ts'
import { answerOf, comparable, MARKED_STYLE, readTurns, sameTurns, settle, textTurn, type Turn } from '../conversation.ts'
import { Fields, structured } from '../fields.ts'
import { type Format, type ImageReference } from '../format.ts'
import { kindOf } from '../value.ts'

const REJECTED = ['rejected_response', 'rejected_messages', 'rejected_images'] as const

/** Parts a conversation at its last question: what follows is the response. */
function part(fields: Fields, field: string, turns: readonly Turn[]): { question: Turn[]; answer: Turn[] } {
  const at = turns.findLastIndex(({ role }) => role === 'user' || role === 'system') + 1
  const answer = turns.slice(at)
  if (turns.length > 0 && answer.at(-1)?.role !== 'assistant') {
    fields.addFault(field, 'missing-field', `“${field}” does not end with a response (a turn from assistant).`)
  }
  return { question: turns.slice(0, at), answer }
}

/**
 * ms-swift's preference records: `messages` ends with the chosen answer; beside it the rejected one as text or as the
 * whole conversation. Other `rejected_images`, the same answer to another image, are no pair of responses and are refused. As in
 * ms-swift, images that no `<image>` shows come first in the first question.
 */
export const msSwift: Format = {
  id: 'ms-swift',
  name: 'ms-swift',
  shape: '{messages, images, rejected_response | rejected_messages}',
  score(record) {
    const messages = Array.isArray(structured(record['messages'] ?? null))
    return (messages ? 0.4 : 0) + (REJECTED.some((field) => field in record) ? 0.6 : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const turnsOf = (field: string) => readTurns(fields, field, structured(fields.get(field) ?? null), MARKED_STYLE) ?? []
    const chosen = part(fields, 'messages', turnsOf('messages'))
    if (chosen.question.length === 0 && chosen.answer.length > 0)
      fields.addFault('messages', 'missing-field', '“messages” has no prompt (a turn from user).')
    for (const field of ['videos', 'audios'])
      if (fields.has(field)) fields.addFault(field, 'wrong-type', `“${field}” is not empty. Blindfold reads only images.`)
    const { field, used, images } = fields.recordImages('images', 'image')
    const question = withSystem(fields, chosen.question)
    const shown = settle(fields, field, question, images, 'first')
    const rejected = readRejected(fields, chosen.question, turnsOf)
    // `rejected_messages` come with images of their own, which then are the same ones.
    if (fields.has('rejected_images') && !sameImages(images, fields.images('rejected_images'))) {
      const reason = '“rejected_images” and “images” differ, so the preference is about images. A pair is two responses to the same images.'
      fields.addFault('rejected_images', 'wrong-type', reason)
    }
    return fields.finish(
      {
        ...shown,
        chosen: responseText(answerOf(fields, 'messages', chosen.answer)),
        rejected: responseText(answerOf(fields, 'rejected_messages', rejected)),
      },
      ['messages', ...used, ...REJECTED, ...(question.length > chosen.question.length ? ['system'] : [])],
    )
  },
}

function readRejected(fields: Fields, question: readonly Turn[], turnsOf: (field: string) => Turn[]): Turn[] {
  if (fields.has('rejected_messages')) {
    const rejected = part(fields, 'rejected_messages', turnsOf('rejected_messages'))
    if (question.length > 0 && rejected.question.length > 0 && !sameTurns(question, rejected.question)) {
      fields.addFault(
        'rejected_messages',
        'wrong-type',
        '“messages” and “rejected_messages” have different prompts, so their responses cannot be compared.',
      )
    }
    return rejected.answer
  }
  // Without any other response it is the same answer to other images.
  if (fields.has('rejected_images') && !fields.has('rejected_response')) return []
  const value = fields.get('rejected_response')
  if (value !== undefined && value !== null && typeof value !== 'string') {
    fields.addFault('rejected_response', 'wrong-type', `“rejected_response” is ${kindOf(value)}, not text.`)
    return []
  }
  return [textTurn('assistant', fields.text('rejected_response'))]
}

const sameImages = (a: readonly ImageReference[], b: readonly ImageReference[]): boolean => comparable(a) === comparable(b)

/** A `system` field stands before the turns, unless they bring a system turn themselves. */
function withSystem(fields: Fields, turns: Turn[]): Turn[] {
  const system = fields.optionalText('system')
  return system === '' || turns[0]?.role === 'system' ? turns : [textTurn('system', system), ...turns]
}
