import type { JsonObject, Value } from '../value.ts'
import { isNoImage, looksLikeImage } from './image-values.ts'
import { structured } from '../structured.ts'

/** `Image`, `img_path`, `image-urls`, `pictures`, `imageBase64`: without case and punctuation. */
const SAYS_IMAGE = /^(?:image|img|picture|pic|photo)s?(?:path|file|filename|filepath|name|url|uri|link|src|byte|data|base64|b64)?s?$/
const NUMBERED = /^(.*?)[_ .-]?(\d{1,3})$/

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Whether the name of a field alone says that it holds images: `Image`, `img_path`, `image_urls`. */
export const saysImage = (name: string): boolean => SAYS_IMAGE.test(plain(name))

/** A path or an address without an ending that tells an image: enough where the field is called after one. */
const isReference = (value: Value): boolean => typeof value === 'string' && /^\S{1,2000}$/.test(value) && /[\\/.]/.test(value)

function holdsImages(value: Value | undefined): boolean {
  const inner = structured(value ?? null)
  if (isNoImage(inner)) return false
  return (
    looksLikeImage(inner) || (Array.isArray(inner) ? inner.every((entry) => isNoImage(entry) || isReference(entry)) : isReference(inner))
  )
}

/**
 * The fields that hold a record's images, in their order. A format's own names come first: the first of `own` that holds
 * something is alone. Where none does, it is the one field that is called after an image and holds what looks like one; or, where
 * several such fields differ in a number at their end (`image_1`, `image_2`), all of these. Where fields of different names
 * compete, none is taken: a survey names them.
 */
export function imageFieldsOf(record: JsonObject, own: readonly string[]): string[] {
  const has = (field: string): boolean => Object.hasOwn(record, field) && !isNoImage(structured(record[field] ?? null))
  const native = own.find(has)
  if (native !== undefined) return [native]
  const called = Object.keys(record).filter((name) => saysImage(name.replace(/[_ .-]?\d{1,3}$/, '')) && holdsImages(record[name]))
  if (called.length < 2) return called
  const numbered = called.map((name) => ({ name, match: NUMBERED.exec(name) }))
  const stems = new Set(numbered.map(({ match }) => match?.[1] ?? null))
  if (stems.size !== 1 || stems.has(null)) return []
  return numbered.sort((a, b) => Number(a.match?.[2]) - Number(b.match?.[2])).map(({ name }) => name)
}
