import { Fields, isObject, kindOf, type Format, type ImageReference, type Json, type JsonObject } from './format.ts'
import { flattenResponse, flattenTurns, type Turn } from './turns.ts'

/** A turn with the images it shows; `null` stands for `{type: image}`, which takes the next of the record's images. */
type RichTurn = Turn & { shown: (ImageReference | null)[] }

/** The image that a content part carries itself, where it does. */
function inlineImage(part: JsonObject): Json {
  const { image, path, url, base64, image_url: imageUrl } = part
  if (isObject(imageUrl)) return imageUrl.url ?? null
  if (typeof base64 === 'string') return { bytes: base64 }
  return image ?? path ?? url ?? imageUrl ?? null
}

function readTurn(fields: Fields, field: string, value: Json): RichTurn | null {
  if (!isObject(value) || typeof value.role !== 'string') {
    fields.add(field, 'wrong-type', `“${field}” is not a message {role, content}.`)
    return null
  }
  const { role, content } = value
  if (typeof content === 'string') return { role, text: fields.wellFormed(field, content), shown: [] }
  if (!Array.isArray(content)) {
    fields.add(`${field}.content`, 'wrong-type', `“${field}.content” is ${kindOf(content ?? null)}, not text or a list of parts.`)
    return null
  }
  const texts: string[] = []
  const shown: (ImageReference | null)[] = []
  for (const [index, part] of content.entries()) {
    const at = `${field}.content[${index}]`
    if (isObject(part) && part.type === 'text' && typeof part.text === 'string') texts.push(fields.wellFormed(at, part.text))
    else if (isObject(part) && (part.type === 'image' || part.type === 'image_url')) {
      const inline = inlineImage(part)
      shown.push(inline === null ? null : fields.image(at, inline))
    } else fields.add(at, 'wrong-type', `“${at}” is neither a text part nor an image part.`)
  }
  return { role, text: texts.join('\n'), shown }
}

/** Text or a list of messages as turns; `role` is the role that plain text stands for. */
function readTurns(fields: Fields, field: string, role: string): RichTurn[] {
  const value = fields.record[field]
  if (!Array.isArray(value)) return [{ role, text: fields.text(field), shown: [] }]
  if (value.length === 0) fields.add(field, 'empty-text', `“${field}” is an empty list.`)
  return value.flatMap((entry, index) => readTurn(fields, `${field}[${index}]`, entry) ?? [])
}

/** Takes the opening turns that both lists share off them: the prompt of a record that has no field for it. */
function sharedOpening(chosen: RichTurn[], rejected: RichTurn[]): RichTurn[] {
  let shared = 0
  const same = (a: RichTurn, b: RichTurn): boolean => JSON.stringify(a) === JSON.stringify(b)
  // At least one turn stays on each side: it is the response, even where both say the same.
  const limit = Math.min(chosen.length, rejected.length) - 1
  while (shared < limit && same(chosen[shared] as RichTurn, rejected[shared] as RichTurn)) shared++
  rejected.splice(0, shared)
  return chosen.splice(0, shared)
}

/** Joins what the prompt shows with the record's own list of images: each bare `{type: image}` takes the next of it. */
function imagesOf(fields: Fields, prompt: readonly RichTurn[], listed: ImageReference[]): ImageReference[] {
  const left = [...listed]
  const images: ImageReference[] = []
  let missing = 0
  for (const shown of prompt.flatMap((turn) => turn.shown)) {
    const image = shown ?? left.shift()
    if (image) images.push(image)
    else missing++
  }
  if (missing > 0 && fields.faults.length === 0) {
    fields.add('images', 'missing-image', `The prompt shows ${images.length + missing} images, but the record holds ${images.length}.`)
  }
  return [...images, ...left]
}

const isTextOrList = (value: Json | undefined): boolean => typeof value === 'string' || Array.isArray(value)

/**
 * TRL's preference records: `{prompt, chosen, rejected, images}` as plain texts or as message lists with `{type: image}`
 * parts, and the implicit-prompt form `{chosen: [...], rejected: [...]}`. Texts are kept to the letter.
 */
export const trl: Format = {
  id: 'trl',
  name: 'TRL',
  shape: '{prompt, chosen, rejected, images}, texts or message lists; or {chosen: [...], rejected: [...]}',
  score(record) {
    if ('img_path' in record) return 0
    const responses = 0.35 * [record.chosen, record.rejected].filter(isTextOrList).length
    const implicit = Array.isArray(record.chosen) && Array.isArray(record.rejected) && record.prompt === undefined
    return responses + (isTextOrList(record.prompt) || implicit ? 0.3 : 0)
  },
  read(record) {
    const fields = new Fields(record)
    const chosen = readTurns(fields, 'chosen', 'assistant')
    const rejected = readTurns(fields, 'rejected', 'assistant')
    const implicit = (record.prompt === undefined || record.prompt === null) && Array.isArray(record.chosen) && Array.isArray(record.rejected)
    const prompt = implicit ? sharedOpening(chosen, rejected) : readTurns(fields, 'prompt', 'user')
    if (implicit && prompt.length === 0 && fields.faults.length === 0) {
      fields.add('prompt', 'missing-field', '“prompt” is missing, and “chosen” and “rejected” share no opening turn that could be it.')
    }
    for (const [field, turns] of [['chosen', chosen], ['rejected', rejected]] as const) {
      if (turns.some(({ shown }) => shown.length > 0)) fields.add(field, 'wrong-type', `“${field}” shows an image: only the prompt may.`)
    }
    const listed = fields.images(record.images === undefined || record.images === null ? 'image' : 'images')
    const images = imagesOf(fields, prompt, listed)
    return fields.finish(
      { prompt: prompt.length === 0 ? '' : flattenTurns(prompt), chosen: flattenResponse(chosen), rejected: flattenResponse(rejected), images },
      ['prompt', 'chosen', 'rejected', 'images', 'image'],
    )
  },
}
