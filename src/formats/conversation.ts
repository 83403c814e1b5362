import type { Message, MessagePart, Role } from '../core/messages.ts'
import type { Fields } from './fields.ts'
import { type ImageReference } from './format.ts'
import { isObject, kindOf, type JsonObject, type Value } from './value.ts'

export const IMAGE_MARK = '<image>'

/** A part of a turn as a record writes it; an image that the part does not carry itself is the next one listed. */
export type Part = { type: 'text'; text: string } | { type: 'image'; image: ImageReference | null }
export type Turn = { role: Role; content: Part[] }

/** How a list of turns is written. */
export type TurnStyle = {
  /** Pairs of fields that hold role and content, the first that an entry has. */
  keys: readonly (readonly [role: string, content: string])[]
  roles: ReadonlyMap<string, Role>
  /** Whether `<image>` in a text stands for an image: in all but the assistant's turns. */
  marks: boolean
}

const ROLES = new Map<string, Role>([
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['function_call', 'assistant'],
  ['tool_call', 'assistant'],
  ['system', 'system'],
  ['developer', 'system'],
  ['tool', 'tool'],
  ['tool_response', 'tool'],
  ['observation', 'tool'],
  ['function', 'tool'],
])

const SHAREGPT = ['from', 'value'] as const
const OPENAI = ['role', 'content'] as const
/** `{from, value}`, as LLaVA and its successors write turns, or `{role, content}`; with marks. */
export const MARKED_STYLE: TurnStyle = { keys: [SHAREGPT, OPENAI], roles: ROLES, marks: true }
/** `{role, content}`; a text is kept to the letter. */
export const OPENAI_STYLE: TurnStyle = { keys: [OPENAI], roles: ROLES, marks: false }

/** Text as parts: each mark is an image; blanks that stand alone beside marks say nothing. */
export function markedParts(text: string): Part[] {
  const pieces = text.split(IMAGE_MARK)
  return pieces.flatMap((piece, index): Part[] => [
    ...(index > 0 ? [{ type: 'image' as const, image: null }] : []),
    ...(piece.trim() === '' && pieces.length > 1 ? [] : [{ type: 'text' as const, text: piece }]),
  ])
}

/** One turn of text. */
export const textTurn = (role: Role, text: string, marks = false): Turn => ({
  role,
  content: marks && role !== 'assistant' ? markedParts(text) : [{ type: 'text', text }],
})

/** One turn `{role, content}` as `style` writes it; null, with the fault noted, where it is something else. */
export function readTurn(fields: Fields, at: string, value: Value | undefined, style: TurnStyle): Turn | null {
  const keys = isObject(value) ? (style.keys.find(([key]) => key in value) ?? style.keys[0]) : style.keys[0]
  const [roleKey = 'role', contentKey = 'content'] = keys ?? []
  if (!isObject(value)) {
    fields.addFault(at, 'wrong-type', `“${at}” is ${kindOf(value ?? null)}, not a turn {${roleKey}, ${contentKey}}.`)
    return null
  }
  const name = value[roleKey]
  const role = typeof name === 'string' ? style.roles.get(name) : undefined
  if (role === undefined) {
    const known = [...style.roles.keys()].join(', ')
    fields.addFault(
      at,
      'wrong-type',
      `“${at}.${roleKey}” is ${typeof name === 'string' ? `“${name.slice(0, 40)}”` : kindOf(name ?? null)}, not one of ${known}.`,
    )
    return null
  }
  const content = value[contentKey]
  if (typeof content === 'string') return textTurn(role, fields.wellFormed(`${at}.${contentKey}`, content), style.marks)
  if (!Array.isArray(content)) {
    fields.addFault(
      `${at}.${contentKey}`,
      'wrong-type',
      `“${at}.${contentKey}” is ${kindOf(content ?? null)}, not text or a list of parts.`,
    )
    return null
  }
  const parts = content.map((part, index) => readPart(fields, `${at}.${contentKey}[${index}]`, part))
  return parts.includes(null) ? null : { role, content: parts.filter((part) => part !== null) }
}

const TEXT_PARTS = new Set(['text', 'input_text', 'output_text'])

function readPart(fields: Fields, at: string, part: Value): Part | null {
  // LLaMA-Factory writes the text as `value`.
  const text = isObject(part) ? (part['text'] ?? part['value']) : null
  if (isObject(part) && typeof text === 'string' && TEXT_PARTS.has(String(part['type'])))
    return { type: 'text', text: fields.wellFormed(at, text) }
  if (isObject(part) && (part['type'] === 'image' || part['type'] === 'image_url')) {
    const inline = inlineImage(part)
    return { type: 'image', image: inline === null ? null : fields.image(at, inline) }
  }
  fields.addFault(at, 'wrong-type', `“${at}” is not a part {type: text, text} or {type: image}.`)
  return null
}

/** The image that a content part carries itself, where it does. Parquet writes absent keys of parts as null. */
function inlineImage(part: JsonObject): Value {
  const { image, path, url, base64, image_url: imageUrl, value } = part
  if (isObject(imageUrl)) return imageUrl['url'] ?? null
  if (typeof base64 === 'string') return { bytes: base64 }
  return image ?? path ?? url ?? imageUrl ?? value ?? null
}

/** A list of turns; null, with the faults noted, where it is something else or holds none. */
export function readTurns(fields: Fields, at: string, value: Value | undefined, style: TurnStyle): Turn[] | null {
  if (value === undefined || value === null) {
    fields.addFault(at, 'missing-field', `“${at}” is missing.`)
    return null
  }
  if (!Array.isArray(value)) {
    fields.addFault(at, 'wrong-type', `“${at}” is ${kindOf(value)}, not a list of turns.`)
    return null
  }
  if (value.length === 0) {
    fields.addFault(at, 'empty-text', `“${at}” is an empty list.`)
    return null
  }
  const turns = value.map((entry, index) => readTurn(fields, `${at}[${index}]`, entry, style))
  return turns.includes(null) ? null : turns.filter((turn) => turn !== null)
}

/**
 * What becomes of listed images that the turns do not show. `first`: they stand before everything in the first user
 * turn. `first-if-none`: so where the turns show no image at all. `refuse`: marks and images must match.
 */
export type Unshown = 'first' | 'first-if-none' | 'refuse'

/** Joins the turns with the record's own list of images: each bare image part takes the next of it. Faults are noted. */
export function settle(
  fields: Fields,
  field: string,
  turns: readonly Turn[],
  listed: readonly ImageReference[],
  unshown: Unshown,
): { prompt: Message[]; images: ImageReference[] } {
  const parts = turns.flatMap(({ content }) => content).filter((part) => part.type === 'image')
  const bare = parts.filter(({ image }) => image === null).length
  const extra = listed.length - bare
  if (extra < 0 || (extra > 0 && (unshown === 'refuse' || (unshown === 'first-if-none' && parts.length > 0)))) {
    const [shown, held] = [count(bare, 'image'), count(listed.length, 'image')]
    const code = extra < 0 ? 'missing-field' : 'wrong-type'
    fields.addFault(field, code, `The prompt shows ${shown}, but “${field}” names ${held}. The numbers must match.`)
    return { prompt: [], images: [] }
  }
  const placed = turns.map(({ role, content }) => ({ role, content: [...content] }))
  if (extra > 0) {
    if (placed.length === 0) placed.push({ role: 'user', content: [] })
    const opening = placed.find(({ role }) => role === 'user') ?? placed[0]
    opening?.content.unshift(...Array.from({ length: extra }, (): Part => ({ type: 'image', image: null })))
  }
  const left = [...listed]
  const images: ImageReference[] = []
  const prompt = placed.map(({ role, content }) => ({
    role,
    content: content.map((part): MessagePart => {
      if (part.type === 'text') return part
      const image = part.image ?? left.shift()
      if (!image) throw new Error('settle: an image part without an image')
      images.push(image)
      return { type: 'image' }
    }),
  }))
  return { prompt, images }
}

/** A prompt of one text kept to the letter, its images before it. */
export function plainPrompt(text: string, images: readonly ImageReference[]): Message[] {
  return [{ role: 'user', content: [...images.map((): MessagePart => ({ type: 'image' })), { type: 'text', text }] }]
}

/** The turns of a response as messages; an image in them is noted as a fault. */
export function answerOf(fields: Fields, field: string, turns: readonly Turn[]): Message[] {
  return turns.map(({ role, content }) => {
    if (content.some(({ type }) => type === 'image'))
      fields.addFault(field, 'wrong-type', `“${field}” shows an image. Only the prompt may contain images.`)
    return { role, content: content.filter((part) => part.type === 'text') }
  })
}

/** Whether two lists of turns say and show the same, in whatever field they stand. */
export const sameTurns = (a: readonly Turn[], b: readonly Turn[]): boolean => comparable(a) === comparable(b)

/** Equal texts for turns or images that say and show the same, whatever field they stand in. */
export const comparable = (turns: readonly (Turn | ImageReference)[]): string =>
  JSON.stringify(turns, (key, value: unknown) =>
    key === 'field' ? undefined : value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  )

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
