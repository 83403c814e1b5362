import { Fields, isObject, kindOf, type Format, type Json } from './format.ts'
import { flattenTurns, type Turn } from './turns.ts'

const IMAGE_MARK = '<image>'
const ROLES = new Map([
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['assistant', 'assistant'],
  ['system', 'system'],
])

/** Reads `[{from, value}, ...]`; null, with the fault noted, where it is something else. */
function readTurns(fields: Fields, field: string): Turn[] | null {
  const value: Json | undefined = fields.record[field]
  if (value === undefined || value === null) {
    fields.add(field, 'missing-field', `“${field}” is missing.`)
    return null
  }
  if (!Array.isArray(value)) {
    fields.add(field, 'wrong-type', `“${field}” is ${kindOf(value)}, not a list of turns.`)
    return null
  }
  const turns: Turn[] = []
  for (const [index, entry] of value.entries()) {
    const role = isObject(entry) && typeof entry.from === 'string' ? ROLES.get(entry.from) : undefined
    if (!isObject(entry) || role === undefined || typeof entry.value !== 'string') {
      fields.add(`${field}[${index}]`, 'wrong-type', `Turn ${index + 1} of “${field}” is not {from: human or gpt, value: text}.`)
      return null
    }
    turns.push({ role, text: fields.wellFormed(`${field}[${index}].value`, entry.value) })
  }
  if (turns.at(-1)?.role !== 'assistant') {
    fields.add(field, 'missing-field', `“${field}” does not end with an answer (a turn from gpt).`)
    return null
  }
  return turns
}

/** The conversation before the answer, as LLaVA reads it: the image marks taken out of the human turns, ends trimmed. */
function promptOf(turns: readonly Turn[]): string {
  const before = turns.slice(0, -1).map(({ role, text }) => ({
    role,
    text: (role === 'user' ? text.replaceAll(IMAGE_MARK, '') : text).trim(),
  }))
  return before.length === 0 ? '' : flattenTurns(before)
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
    return (Array.isArray(record.conversations) ? 0.4 : 0) + ('rejected_conversations' in record ? 0.6 : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const chosenTurns = readTurns(fields, 'conversations')
    const rejectedTurns = readTurns(fields, 'rejected_conversations')
    const images = fields.images('image')
    const prompt = promptOf(chosenTurns ?? [])
    if (chosenTurns?.length === 1) fields.add('conversations', 'missing-field', '“conversations” has no question (a turn from human).')
    if (chosenTurns && rejectedTurns && rejectedTurns.length > 1 && promptOf(rejectedTurns) !== prompt) {
      fields.add('rejected_conversations', 'wrong-type', 'The two conversations ask different questions, so their answers cannot be compared.')
    }
    const marks = (chosenTurns ?? []).filter(({ role }) => role === 'user').reduce((n, { text }) => n + text.split(IMAGE_MARK).length - 1, 0)
    if (marks > 0 && !record.image) {
      fields.add('image', 'missing-image', 'The question shows an image (<image>), but “image” names none.')
    }
    const chosen = (chosenTurns?.at(-1)?.text ?? '').trim()
    const rejected = (rejectedTurns?.at(-1)?.text ?? '').trim()
    return fields.finish({ prompt, chosen, rejected, images }, ['image', 'conversations', 'rejected_conversations'])
  },
}
