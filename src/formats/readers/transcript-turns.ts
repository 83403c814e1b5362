import type { Role } from '../../core/messages.ts'
import { textTurn, type Turn } from '../conversation.ts'

const SPEAKERS: Record<string, Role> = {
  system: 'system',
  human: 'user',
  user: 'user',
  question: 'user',
  instruction: 'user',
  '': 'user',
  用户: 'user',
  人类: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  response: 'assistant',
  answer: 'assistant',
  '/': 'assistant',
  助手: 'assistant',
}
const NAMES = 'system|human|user|assistant|ai|bot|gpt|用户|人类|助手'

/** One way of writing a conversation in one text. */
interface Dialect {
  /** Where a turn begins; the first group names who speaks. */
  mark: RegExp
  /** What ends a turn, and is no part of it. */
  end?: RegExp
  /** Whether a text before the first mark is the system's turn. Otherwise a mark comes first. */
  preamble?: boolean
}

/** In this order: a text is of the first dialect in which it has a question and an answer. */
const DIALECTS: readonly Dialect[] = [
  // ChatML (Qwen and others), Llama 3, Gemma, Zephyr, Llama 2 and Mistral: the control tokens of chat templates.
  { mark: /\s*<\|im_start\|>(system|user|assistant)\n/g, end: /<\|im_end\|>\s*$/ },
  { mark: /(?:<\|begin_of_text\|>)?<\|start_header_id\|>(system|user|assistant)<\|end_header_id\|>\n*/g, end: /<\|eot_id\|>\s*$/ },
  { mark: /(?:<bos>)?<start_of_turn>(user|model)\n/g, end: /<end_of_turn>\s*$/ },
  { mark: /(?:^\s*|\n)<\|(system|user|assistant)\|>\n?/g, end: /\s*<\/s>\s*$/ },
  { mark: /(?:<s>)?\s*\[(\/?)INST\][ \n]?/g, end: /\s*<\/s>\s*$/ },
  // Alpaca.
  { mark: /(?:^|\n\n)### (Instruction|Response):\n/g, preamble: true },
  // A line that begins with who speaks, after a blank line (HH-RLHF), then after any line end.
  { mark: new RegExp(`(?:^\\s*|\\n\\n+)(?:#{2,3} ?|<\\|)?(${NAMES})(?:\\|>)?[:：] ?`, 'gi') },
  { mark: /(?:^\s*|\n\n+)(Question|Answer): ?/g },
  { mark: new RegExp(`(?:^\\s*|\\n)(?:#{2,3} ?)?(${NAMES})[:：] ?`, 'gi') },
  // Vicuna: in capitals, on one line.
  { mark: /(?:^|\s)(USER|ASSISTANT): ?/g, end: /\s*<\/s>\s*$/, preamble: true },
]
const SYSTEM = /^<<SYS>>\n?([\s\S]*?)\n?<<\/SYS>>\n*/

/** The turns of a transcript, such as `\n\nHuman: ...\n\nAssistant: ...`, to the letter; null if the text is none. */
export function transcriptTurns(text: string): Turn[] | null {
  for (const dialect of DIALECTS) {
    const turns = turnsIn(text, dialect)
    if (turns) return turns
  }
  return null
}

function turnsIn(text: string, { mark, end, preamble }: Dialect): Turn[] | null {
  const marks = [...text.matchAll(mark)]
  const first = marks[0]?.index ?? 0
  if (marks.length < 2 || (first > 0 && !preamble)) return null
  const turns = marks.flatMap((each, index) => {
    const role = SPEAKERS[(each[1] ?? '').toLowerCase()] ?? 'user'
    const raw = text.slice(each.index + each[0].length, marks[index + 1]?.index ?? text.length)
    const said = end ? raw.replace(end, '') : raw
    const system = mark.source.includes('INST') && role === 'user' ? SYSTEM.exec(said) : null
    return system ? [textTurn('system', system[1] ?? ''), textTurn(role, said.slice(system[0].length))] : [textTurn(role, said)]
  })
  const before = text.slice(0, first).trim()
  if (before !== '') turns.unshift(textTurn('system', before))
  const asked = turns.findIndex(({ role }) => role === 'user')
  return asked >= 0 && turns.slice(asked).some(({ role }) => role === 'assistant') ? turns : null
}
