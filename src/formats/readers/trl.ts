import { responseText } from '../../core/messages.ts'
import { answerOf, OPENAI_STYLE, readTurn, settle, textTurn, type Turn } from '../conversation.ts'
import { Fields } from '../fields.ts'
import { type Format } from '../format.ts'
import { isObject, type Value } from '../value.ts'
import { areWhole, isAskedIn, sharedOpening } from '../containers/opening.ts'
import { holdTurns, listedTurns, mixedColumns, styleOfTurns, type TurnColumns } from '../turn-columns.ts'

/** Turns where the field contains them, and in a text where `holdsTurns`; else its text as one turn of `role`. */
function readSide(fields: Fields, field: string, role: Turn['role'], holdsTurns: boolean): Turn[] {
  const given = fields.get(field)
  const value = typeof given === 'string' ? (holdsTurns ? listedTurns(given) : given) : isObject(given) && 'role' in given ? [given] : given
  if (!Array.isArray(value)) return [textTurn(role, fields.text(field))]
  if (value.length === 0) fields.addFault(field, 'empty-text', `“${field}” is an empty list.`)
  const style = typeof given === 'string' ? styleOfTurns(value) : OPENAI_STYLE
  return value.flatMap((entry, index) => readTurn(fields, `${field}[${index}]`, entry, style) ?? [])
}

const RESPONSES = ['chosen', 'rejected'] as const

/**
 * The prompt: its field; or, without one, what `chosen` and `rejected` both open with. Some data sets have both, `prompt`
 * being the last question of that opening: then the opening is the prompt.
 */
function readPrompt(fields: Fields, chosen: Turn[], rejected: Turn[], texts: { turns: TurnColumns; holdTurns: boolean }): Turn[] {
  const whole = areWhole(chosen, rejected)
  const given = fields.get('prompt')
  if (given !== undefined && given !== null && !(whole && given === '')) {
    const prompt = readSide(fields, 'prompt', 'user', holdTurns(mixedColumns(fields.record, 'prompt'), texts.turns))
    if (!whole || typeof given !== 'string') return prompt
    const opening = sharedOpening(chosen, rejected)
    if (opening.length > 0 && !isAskedIn(opening, given)) {
      fields.addFault('prompt', 'wrong-type', '“prompt” is not the prompt that “chosen” and “rejected” begin with.')
    }
    return opening.length > 0 ? opening : prompt
  }
  if (!texts.holdTurns && !RESPONSES.every((field) => Array.isArray(fields.get(field)))) {
    fields.text('prompt')
    return []
  }
  const prompt = sharedOpening(chosen, rejected)
  if (prompt.length === 0 && fields.faults.length === 0) {
    fields.addFault('prompt', 'missing-field', '“prompt” is missing, and “chosen” and “rejected” share no first turn to use as the prompt.')
  }
  return prompt
}

const isTextOrList = (value: Value | undefined): boolean => typeof value === 'string' || Array.isArray(value)

/** TRL's records, each read by itself. */
export const trl = trlBy(null)

/**
 * TRL's preference records: `{prompt, chosen, rejected, images}` as plain texts or as message lists with `{type: image}`
 * parts, and the implicit-prompt form `{chosen: [...], rejected: [...]}`. Texts are kept to the letter.
 */
export function trlBy(turns: TurnColumns): Format {
  return {
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
      const both = holdTurns(mixedColumns(record, ...RESPONSES), turns)
      const chosen = readSide(fields, 'chosen', 'assistant', both)
      const rejected = readSide(fields, 'rejected', 'assistant', both)
      const prompt = readPrompt(fields, chosen, rejected, { turns, holdTurns: both })
      const { field, used, images } = fields.recordImages('images', 'image')
      const shown = settle(fields, field, prompt, images, 'first-if-none')
      const texts = {
        chosen: responseText(answerOf(fields, 'chosen', chosen)),
        rejected: responseText(answerOf(fields, 'rejected', rejected)),
      }
      return fields.finish({ ...shown, ...texts }, ['prompt', 'chosen', 'rejected', ...used])
    },
    mixed: (record) => mixedColumns(record, 'prompt', ...RESPONSES),
  }
}
