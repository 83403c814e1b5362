import { responseText } from '../../core/messages.ts'
import { answerOf, settle, type Turn } from '../conversation.ts'
import { Fields } from '../fields.ts'
import type { Format } from '../format.ts'
import type { Value } from '../value.ts'
import { requiredOpening } from '../containers/opening.ts'
import { transcriptTurns } from './transcript-turns.ts'

const SIDES = { chosen: 'chosen', rejected: 'rejected' } as const

const isTranscript = (value: Value | undefined): boolean => typeof value === 'string' && transcriptTurns(value) !== null

/**
 * Transcripts, as Anthropic's HH-RLHF writes them: `chosen` and `rejected` are whole conversations in one text. What both open with
 * is the prompt; the rest, as a rule the last answer, is the response.
 */
export const transcripts: Format = {
  id: 'transcripts',
  name: 'transcripts (HH-RLHF)',
  shape: '{chosen: "\\n\\nHuman: ...\\n\\nAssistant: ...", rejected: "\\n\\nHuman: ...\\n\\nAssistant: ..."}',
  score(record) {
    if ((record['prompt'] ?? null) !== null) return 0
    return 0.5 * Object.values(SIDES).filter((field) => isTranscript(record[field])).length
  },
  read(record) {
    const fields = new Fields(record)
    const turnsOf = (field: string): Turn[] => {
      const text = fields.text(field)
      const turns = transcriptTurns(text)
      if (turns === null && fields.faults.length === 0)
        fields.addFault(
          field,
          'wrong-type',
          `“${field}” is not a transcript: it has no prompt followed by a response, such as Human: ... Assistant: ...`,
        )
      return turns ?? []
    }
    const [chosen, rejected] = [turnsOf(SIDES.chosen), turnsOf(SIDES.rejected)]
    const prompt = requiredOpening(fields, SIDES, chosen, rejected)
    const shown = settle(fields, 'images', prompt, fields.images('images'), 'first-if-none')
    const answer = (field: string, turns: Turn[]): string => responseText(answerOf(fields, field, turns))
    return fields.finish({ ...shown, chosen: answer('chosen', chosen), rejected: answer('rejected', rejected) }, [
      'prompt',
      'chosen',
      'rejected',
      'images',
    ])
  },
}
