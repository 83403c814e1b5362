import { responseText } from '../../core/messages.ts'
import { answerOf, OPENAI_STYLE, readTurns, settle, type Turn } from '../conversation.ts'
import { Fields, structured } from '../fields.ts'
import type { Format } from '../format.ts'
import { requiredOpening } from '../containers/opening.ts'

const SIDES = { chosen: 'chosen_messages', rejected: 'rejected_messages' } as const

/**
 * LLaMA-Factory 1.0: `{chosen_messages, rejected_messages}`, both whole conversations of typed parts (`{type: text, value}`,
 * `{type: image_url, value}`). What both open with is the prompt. Weights of turns are not kept.
 */
export const llamaFactoryV1: Format = {
  id: 'llama-factory-v1',
  name: 'LLaMA-Factory 1.0',
  shape: '{chosen_messages: [{role, content: [{type, value}]}], rejected_messages: [...]}',
  score: (record) => 0.5 * Object.values(SIDES).filter((field) => Array.isArray(structured(record[field] ?? null))).length,
  read(record) {
    const fields = new Fields(record)
    const turnsOf = (field: string): Turn[] => readTurns(fields, field, structured(fields.get(field) ?? null), OPENAI_STYLE) ?? []
    const [chosen, rejected] = [turnsOf(SIDES.chosen), turnsOf(SIDES.rejected)]
    const prompt = requiredOpening(fields, SIDES, chosen, rejected)
    const shown = settle(fields, 'images', prompt, fields.images('images'), 'first-if-none')
    const answer = (field: string, turns: Turn[]): string => responseText(answerOf(fields, field, turns))
    return fields.finish({ ...shown, chosen: answer(SIDES.chosen, chosen), rejected: answer(SIDES.rejected, rejected) }, [
      ...Object.values(SIDES),
      'images',
    ])
  },
}
