import { responseText } from '../../core/messages.ts'
import { answerOf, OPENAI_STYLE, readTurns, settle } from '../conversation.ts'
import { Fields, metadataOf, structured } from '../fields.ts'
import { type Format } from '../format.ts'
import { isObject, type JsonObject } from '../value.ts'

const inputOf = (record: JsonObject): JsonObject | null => {
  const input = structured(record['input'] ?? null)
  return isObject(input) ? input : null
}

/**
 * OpenAI's preference fine-tuning: `{input: {messages, tools}, preferred_output: [...], non_preferred_output: [...]}`. What
 * the input holds beside its messages is metadata.
 */
export const openaiDpo: Format = {
  id: 'openai-dpo',
  name: 'OpenAI DPO',
  shape: '{input: {messages: [...]}, preferred_output: [...], non_preferred_output: [...]}',
  score(record) {
    const responses = ['preferred_output', 'non_preferred_output'].filter((field) => field in record).length
    return 0.35 * responses + (Array.isArray(inputOf(record)?.['messages']) ? 0.3 : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const input = inputOf(record)
    const prompt = readTurns(fields, 'input.messages', input?.['messages'], OPENAI_STYLE) ?? []
    const response = (field: string): string => {
      const turns = readTurns(fields, field, structured(fields.get(field) ?? null), OPENAI_STYLE)
      return turns ? responseText(answerOf(fields, field, turns)) : ''
    }
    const [chosen, rejected] = [response('preferred_output'), response('non_preferred_output')]
    // Under names of their own: the input itself is not metadata.
    const rest = Object.fromEntries(Object.entries(metadataOf(input ?? {}, ['messages'])).map(([key, value]) => [`input.${key}`, value]))
    const shown = settle(fields, 'images', prompt, fields.images('images'), 'first-if-none')
    return fields.finish({ ...shown, chosen, rejected, metadata: rest }, ['input', 'preferred_output', 'non_preferred_output', 'images'])
  },
}
