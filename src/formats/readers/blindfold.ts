import { z } from 'zod'
import { timestamp } from '../../contract/base.ts'
import { message } from '../../contract/messages.ts'
import { annotationAction, pairStatus, tagName } from '../../contract/pairs.ts'
import { promptText, shownImages, simpleMessages } from '../../core/messages.ts'
import { Fields, metadataOf } from '../fields.ts'
import { type Format, type ImageReference, type RestoredAnnotation } from '../format.ts'
import { isObject, type JsonObject } from '../value.ts'
import { BLINDFOLD_RECORD } from '../writers/blindfold.ts'

const wellFormed = z.string().refine((text) => text.isWellFormed(), { message: 'half of a surrogate pair' })
const text = wellFormed.nullable()

const annotation = z
  .object({
    action: z.enum([...annotationAction.options, 'undo', 'redo']),
    reverts: z.number().int().min(0).nullable(),
    status: pairStatus,
    prompt: text,
    chosen: text,
    rejected: text,
    blind: z.boolean(),
    annotator: wellFormed.min(1),
    at: timestamp,
  })
  .refine(({ action, reverts }) => (action === 'undo' || action === 'redo') === (reverts !== null), {
    message: 'only an undo or redo states what it reverts',
  })

/**
 * A list of these, refused at the first entry that is none: zod keeps an issue for each, which takes minutes for a long list
 * of something else.
 */
const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.array(z.unknown()).transform((list, context): z.output<Entry>[] => {
    const read: z.output<Entry>[] = []
    for (const [index, value] of list.entries()) {
      const parsed = entry.safeParse(value)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        context.addIssue({ code: 'custom', path: [index, ...(issue?.path ?? [])], message: issue?.message ?? 'wrong' })
        return z.NEVER
      }
      read.push(parsed.data)
    }
    return read
  })

/** A turn as the contract has it, its parts read one by one. */
const turn = message.extend({ content: listOf(message.shape.content.element) })

/** What a reader needs of a record; `current` and `scores` are for others. */
const record = z.object({
  blindfold: z.literal(BLINDFOLD_RECORD),
  source: wellFormed.trim().min(1).max(200),
  split: wellFormed.max(100),
  messages: listOf(turn).nullable(),
  images: listOf(wellFormed.min(1)),
  tied: z.boolean(),
  metadata: z.custom<JsonObject>(isObject, 'not an object'),
  tags: listOf(tagName),
  history: listOf(annotation),
})
const FIELDS = [...Object.keys(record.shape), 'prompt', 'chosen', 'rejected', 'current', 'scores']

/**
 * Blindfold's own records, everything that a project holds of a pair: see `writers/blindfold.ts`. The pair comes back
 * with its source, split, tags and history; its present state follows from the history.
 */
export const blindfold: Format = {
  id: 'blindfold',
  name: 'Blindfold',
  shape: '{blindfold: 1, id, source, split, prompt, chosen, rejected, messages, images, tied, metadata, tags, history}',
  judges: true,
  score: (value) => (typeof value['blindfold'] === 'number' ? 1 : 0),
  read(value) {
    const fields = new Fields(value)
    const prompt = fields.text('prompt')
    const chosen = fields.text('chosen')
    const rejected = fields.text('rejected')
    const parsed = record.safeParse(value)
    if (!parsed.success) {
      noteIssues(fields, value, parsed.error)
      return { faults: fields.faults }
    }
    const { source, split, messages, tied, tags, history } = parsed.data
    const images = parsed.data.images.map((reference): ImageReference => ({ kind: 'text', text: reference, field: 'images' }))
    if (messages) {
      if (shownImages(messages) !== images.length)
        fields.addFault('messages', 'wrong-type', `“messages” shows ${shownImages(messages)} images, and “images” names ${images.length}.`)
      else if (promptText(messages) !== prompt) fields.addFault('prompt', 'wrong-type', '“prompt” is not the text of “messages”.')
    }
    checkHistory(fields, history)
    if (fields.faults.length > 0) return { faults: fields.faults }
    const read = fields.finish(
      {
        prompt: messages ?? simpleMessages(prompt, images.length),
        images,
        chosen,
        rejected,
        tied,
        metadata: metadataOf(parsed.data.metadata, []),
      },
      [...Object.keys(value), ...FIELDS],
    )
    if ('faults' in read) return read
    return { pairs: read.pairs.map((pair) => ({ ...pair, source, split, tags: [...new Set(tags)], history })) }
  },
}

function noteIssues(fields: Fields, value: JsonObject, error: z.ZodError): void {
  const version = value['blindfold']
  if (typeof version === 'number' && version !== BLINDFOLD_RECORD) {
    fields.addFault('blindfold', 'wrong-type', `This Blindfold reads version ${BLINDFOLD_RECORD}; the record has version ${version}.`)
    return
  }
  for (const { path, message: said } of error.issues.slice(0, 5)) {
    const field = path.join('.') || null
    const absent = path.length === 1 && !Object.hasOwn(value, String(path[0]))
    fields.addFault(field, absent ? 'missing-field' : 'wrong-type', absent ? `“${field}” is missing.` : `“${field}”: ${said}.`)
  }
}

/**
 * Each entry takes back at most one before it, and none is taken back twice: as a history comes about. An undo takes back
 * what is none, a redo an undo; whoever asks what stands goes by that.
 */
function checkHistory(fields: Fields, history: readonly RestoredAnnotation[]): void {
  const taken = new Set<number>()
  for (const [index, { action, reverts }] of history.entries()) {
    if (reverts === null) continue
    if (reverts >= index || taken.has(reverts) || (history[reverts]?.action === 'undo') !== (action === 'redo')) {
      fields.addFault(
        `history.${index}`,
        'wrong-type',
        `Entry ${index + 1} of “history” undoes something that does not exist, is already undone, or cannot be undone.`,
      )
      return
    }
    taken.add(reverts)
  }
}
