import { responseText } from '../core/messages.ts'
import { answerOf, OPENAI_STYLE, readTurn, settle, textTurn, type Turn } from './conversation.ts'
import { Fields, structured } from './fields.ts'
import { isObject, type Format, type Value } from './format.ts'
import { areWhole, isAskedIn, sharedOpening } from './opening.ts'

/** Messages where the field holds a list of them or one; else its text as one turn of `role`. */
function readSide(fields: Fields, field: string, role: Turn['role'], holdsMessages: boolean): Turn[] {
  const given = fields.get(field)
  const value = typeof given === 'string' && !holdsMessages ? given : messagesOf(given)
  if (!Array.isArray(value)) return [textTurn(role, fields.text(field))]
  if (value.length === 0) fields.add(field, 'empty-text', `“${field}” is an empty list.`)
  return value.flatMap((entry, index) => readTurn(fields, `${field}[${index}]`, entry, OPENAI_STYLE) ?? [])
}

/** Messages may stand as JSON in a text, as in CSV; a text that is any other list is a text. */
function messagesOf(value: Value | undefined): Value | undefined {
  if (typeof value !== 'string') return isObject(value) && 'role' in value ? [value] : value
  const inner = structured(value)
  return Array.isArray(inner) && inner.length > 0 && inner.every((turn) => isObject(turn) && 'role' in turn && 'content' in turn) ? inner : value
}

/** Whether both responses are messages: beside a response that is a text, one that looks like messages in JSON is a text as well. */
const holdMessages = (fields: Fields): boolean => ['chosen', 'rejected'].every((field) => Array.isArray(messagesOf(fields.get(field))))

/**
 * The prompt: its field; or, without one, what `chosen` and `rejected` both open with. Some data sets have both, `prompt`
 * being the last question of that opening: then the opening is the prompt.
 */
function readPrompt(fields: Fields, chosen: Turn[], rejected: Turn[]): Turn[] {
  const whole = areWhole(chosen, rejected)
  const given = fields.get('prompt')
  if (given !== undefined && given !== null && !(whole && given === '')) {
    const prompt = readSide(fields, 'prompt', 'user', true)
    if (!whole || typeof given !== 'string') return prompt
    const opening = sharedOpening(chosen, rejected)
    if (opening.length > 0 && !isAskedIn(opening, given)) {
      fields.add('prompt', 'wrong-type', '“prompt” is not the question that “chosen” and “rejected” open with.')
    }
    return opening.length > 0 ? opening : prompt
  }
  if (!holdMessages(fields)) {
    fields.text('prompt')
    return []
  }
  const prompt = sharedOpening(chosen, rejected)
  if (prompt.length === 0 && fields.faults.length === 0) {
    fields.add('prompt', 'missing-field', '“prompt” is missing, and “chosen” and “rejected” share no opening turn that could be it.')
  }
  return prompt
}

const isTextOrList = (value: Value | undefined): boolean => typeof value === 'string' || Array.isArray(value)

/**
 * TRL's preference records: `{prompt, chosen, rejected, images}` as plain texts or as message lists with `{type: image}`
 * parts, and the implicit-prompt form `{chosen: [...], rejected: [...]}`. Texts are kept to the letter.
 */
export const trl: Format = {
  id: 'trl',
  name: 'TRL',
  shape: '{prompt, chosen, rejected, images}, texts or message lists; or {chosen: [...], rejected: [...]}',
  score(record) {
    if ('img_path' in record || 'blindfold' in record) return 0
    const responses = 0.35 * [record['chosen'], record['rejected']].filter(isTextOrList).length
    const implicit = Array.isArray(record['chosen']) && Array.isArray(record['rejected']) && (record['prompt'] ?? null) === null
    const others = ['conversations', 'instruction', 'question', 'messages'].some((field) => field in record)
    return responses + (isTextOrList(record['prompt']) ? 0.3 : implicit && !others ? 0.3 : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const messages = holdMessages(fields)
    const chosen = readSide(fields, 'chosen', 'assistant', messages)
    const rejected = readSide(fields, 'rejected', 'assistant', messages)
    const turns = readPrompt(fields, chosen, rejected)
    const { field, used, images } = fields.recordImages('images', 'image')
    const shown = settle(fields, field, turns, images, 'first-if-none')
    const texts = { chosen: responseText(answerOf(fields, 'chosen', chosen)), rejected: responseText(answerOf(fields, 'rejected', rejected)) }
    return fields.finish({ ...shown, ...texts }, ['prompt', 'chosen', 'rejected', ...used])
  },
}
