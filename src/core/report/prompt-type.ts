/** What a prompt asks for, by its first words; prompts in other languages than English are `other`. */
export const PROMPT_TYPES = [
  'yes or no',
  'how many',
  'what',
  'which',
  'who',
  'where',
  'when',
  'why',
  'how',
  'describe',
  'choose an option',
  'other',
] as const
export type PromptType = (typeof PROMPT_TYPES)[number]

const YES_NO = /^(is|are|was|were|am|do|does|did|can|could|has|have|had|will|would|should|may|might|must|isn't|aren't|doesn't|don't)$/
const DESCRIBE =
  /^(describe|explain|summari[sz]e|write|generate|provide|give|list|tell|compose|create|discuss|analy[sz]e|identify|elaborate|caption|narrate|outline)$/
const ASKED = ['what', 'which', 'who', 'where', 'when', 'why', 'how'] as const
/** Lines such as `A. left` after the question. */
const OPTIONS = /(^|\n)\s*\(?A[.):]\s[^]*\n\s*\(?B[.):]\s/

/** The place of a prompt's type in `PROMPT_TYPES`. Only its beginning is read, and its lines of options. */
export function promptTypeOf(prompt: string): number {
  return PROMPT_TYPES.indexOf(typeOf(prompt.slice(0, 4000)))
}

function typeOf(prompt: string): PromptType {
  if (OPTIONS.test(prompt)) return 'choose an option'
  const words = prompt
    .replaceAll(/<[^<>]{1,30}>/g, ' ')
    .slice(0, 400)
    .toLowerCase()
    .match(/[\p{L}']+/gu)
  const [first, second] = (words ?? []).filter(
    (word) => !/^(please|kindly|question|q|now|so|and|in|the|this|image|picture|photo|user|human)$/.test(word),
  )
  if (first === undefined) return 'other'
  if (first === 'how' && (second === 'many' || second === 'much')) return 'how many'
  if (first === 'count') return 'how many'
  if (first === 'whose' || first === 'whom') return 'who'
  if (first === "what's") return 'what'
  if (YES_NO.test(first)) return (first === 'can' || first === 'could' || first === 'would') && second === 'you' ? 'describe' : 'yes or no'
  if (DESCRIBE.test(first)) return 'describe'
  return ASKED.find((word) => word === first) ?? 'other'
}
