/** Who speaks in a turn of a prompt. */
export type Role = 'system' | 'user' | 'assistant' | 'tool'

/** Text, or the place of the next of the pair's images. */
export type MessagePart = { type: 'text'; text: string } | { type: 'image' }

/** One turn of a prompt, as the contract's `message` has it. */
export type Message = { role: Role; content: MessagePart[] }

/** The text of one turn: its text parts, each on a line of its own; images and empty parts say nothing. */
export function turnText({ content }: Message): string {
  return content.flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : [])).join('\n')
}

/**
 * The prompt as one text, the rule for all formats: what the text-only proxy reads. A single user turn is its text alone;
 * anything else is every turn as `role: text`, parted by blank lines, in order. No turns are the empty text.
 */
export function promptText(messages: readonly Message[]): string {
  const [only] = messages
  if (messages.length === 1 && only?.role === 'user') return turnText(only)
  return messages.map((message) => `${message.role}: ${turnText(message)}`).join('\n\n')
}

/** A response as one text: a single assistant turn is its text alone, more turns are written like a prompt. */
export function responseText(messages: readonly Message[]): string {
  const [only] = messages
  return messages.length === 1 && only?.role === 'assistant' ? turnText(only) : promptText(messages)
}

/** How many images the messages show. */
export function shownImages(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + content.filter(({ type }) => type === 'image').length, 0)
}

/**
 * The messages without their empty text parts, or null where they are the simple form that prompt and images alone tell:
 * one user turn of all `imageCount` images first and then at most one text.
 *
 * @throws Error where the messages show another number of images: no reader may give such a pair
 */
export function canonical(messages: readonly Message[], imageCount: number): Message[] | null {
  const shown = shownImages(messages)
  if (shown !== imageCount) throw new Error(`the messages show ${shown} images and the pair has ${imageCount}`)
  const clean = messages.map(({ role, content }) => ({
    role,
    content: content.filter((part) => part.type === 'image' || part.text !== ''),
  }))
  const [only] = clean
  if (!only) return null
  const behind = only.content.slice(imageCount)
  const simple = clean.length === 1 && only.role === 'user' && behind.length <= 1 && behind.every(({ type }) => type === 'text')
  return simple ? null : clean
}

/** The messages that a prompt in the simple form stands for; the inverse of `canonical`. */
export function simpleMessages(prompt: string, imageCount: number): Message[] {
  const images = Array.from({ length: imageCount }, (): MessagePart => ({ type: 'image' }))
  return [{ role: 'user', content: [...images, ...(prompt === '' ? [] : [{ type: 'text' as const, text: prompt }])] }]
}
