import { responseText, type Role } from '../core/messages.ts'
import { answerOf, settle, textTurn, type Turn } from './conversation.ts'
import { Fields } from './fields.ts'
import type { Format, Value } from './format.ts'
import { requiredOpening } from './opening.ts'

const SIDES = { chosen: 'chosen', rejected: 'rejected' } as const
const SPEAKERS: Record<string, Role> = { system: 'system', human: 'user', user: 'user', assistant: 'assistant', ai: 'assistant', bot: 'assistant', gpt: 'assistant', 用户: 'user', 人类: 'user', 助手: 'assistant' }
/** A line that begins with who speaks, after a blank line or at the start. */
const MARK = /(?:^\s*|\n\n+)(?:#{2,3} ?|<\|)?(system|human|user|assistant|ai|bot|gpt|用户|人类|助手)(?:\|>)?[:：] ?/gi

/** The turns of a transcript (`\n\nHuman: ...\n\nAssistant: ...`); null where the text is none. */
export function transcriptTurns(text: string): Turn[] | null {
  const marks = [...text.matchAll(MARK)]
  if (marks[0]?.index !== 0 || marks.length < 2) return null
  return marks.map((mark, index) => {
    const role = SPEAKERS[(mark[1] ?? '').toLowerCase()] ?? 'user'
    return textTurn(role, text.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? text.length))
  })
}

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
      if (turns === null && fields.faults.length === 0) fields.add(field, 'wrong-type', `“${field}” is no transcript: it does not begin with Human: and go on with Assistant:.`)
      return turns ?? []
    }
    const [chosen, rejected] = [turnsOf(SIDES.chosen), turnsOf(SIDES.rejected)]
    const prompt = requiredOpening(fields, SIDES, chosen, rejected)
    const shown = settle(fields, 'images', prompt, fields.images('images'), 'first-if-none')
    const answer = (field: string, turns: Turn[]): string => responseText(answerOf(fields, field, turns))
    return fields.finish({ ...shown, chosen: answer('chosen', chosen), rejected: answer('rejected', rejected) }, ['prompt', 'chosen', 'rejected', 'images'])
  },
}
