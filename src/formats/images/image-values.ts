import { imageType } from '../../core/image-type.ts'
import { type ImageReference } from '../format.ts'
import { isObject, kindOf, type JsonObject, type Value } from '../value.ts'
import { pythonLiteral } from '../containers/python-literal.ts'

/** Ways in which writers say that there is nothing: pandas, Python, JavaScript and databases. */
const NOTHING = /^\s*(?:nan|none|null|undefined|<na>|n\/a)?\s*$/i

/** Where an object keeps the image itself, and where its name; the first that says something holds. */
const BYTES = ['bytes', 'base64', 'data'] as const
const NAMES = ['path', 'url', 'image_url', 'file_name', 'filename', 'src'] as const

/** Whether a value says that there is no image: null, '', "nan", [], [null], {bytes: null, path: null}. */
export function isNoImage(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'string') return NOTHING.test(value)
  if (value instanceof Uint8Array) return value.length === 0
  if (Array.isArray(value)) return value.every(isNoImage)
  return isObject(value) && Object.entries(value).every(([key, inner]) => isKnown(key) && isNoImage(inner))
}

const isKnown = (key: string): boolean => ([...BYTES, ...NAMES] as string[]).includes(key)

/** The images that a value states: one, or a list of them. `at` is the field, for messages; what is none of them is told to `refuse`. */
export function imagesIn(at: string, value: Value, refuse: (found: string) => void): ImageReference[] {
  const list = Array.isArray(value) && !isBytes(value) ? value : [value]
  return list.flatMap((entry) => {
    if (isNoImage(entry)) return []
    const image = imageIn(at, entry)
    if (image === null) refuse(kindOf(entry))
    return image ?? []
  })
}

/** One image as a record writes it, null where the value is none. */
export function imageIn(at: string, value: Value): ImageReference | null {
  const bytes = bytesIn(value)
  if (bytes) return { kind: 'bytes', bytes, name: null, field: at }
  if (typeof value === 'string') return named(at, value)
  if (!isObject(value)) return null
  const name = nameIn(value)
  for (const key of BYTES) {
    const held = Object.hasOwn(value, key) ? (value[key] ?? null) : null
    // Nothing beside a path: the path holds.
    if (isNoImage(held)) continue
    const inner = bytesIn(held)
    if (inner) return { kind: 'bytes', bytes: inner, name, field: at }
    return typeof held === 'string' ? { kind: 'base64', base64: held, field: at } : null
  }
  return name === null ? null : named(at, name)
}

function nameIn(value: JsonObject): string | null {
  for (const key of NAMES) {
    const held = Object.hasOwn(value, key) ? (value[key] ?? null) : null
    if (typeof held === 'string' && !isNoImage(held)) return held
    // OpenAI's {image_url: {url}}.
    if (isObject(held) && typeof held['url'] === 'string') return held['url']
  }
  return null
}

/** Bytes, also as a list of numbers and as Python writes them in a text (`b'\x89PNG'`). */
function bytesIn(value: Value): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  if (isBytes(value)) return Uint8Array.from(value)
  if (typeof value !== 'string' || !/^\s*b['"]/i.test(value)) return null
  const bytes = pythonLiteral(value)
  return bytes instanceof Uint8Array ? bytes : null
}

/** No image has fewer bytes, and no list of images is numbers. */
const FEWEST_BYTES = 8

function isBytes(value: Value): value is number[] {
  return (
    Array.isArray(value) &&
    value.length >= FEWEST_BYTES &&
    value.every((byte) => typeof byte === 'number' && byte >= 0 && byte <= 255 && Number.isInteger(byte))
  )
}

/** First characters of JPEG, PNG, WebP and GIF in base64. */
const BARE_BASE64 = /^(\/9j\/|iVBORw0KGgo|UklGR|R0lGOD)[A-Za-z0-9+/\s]*={0,2}\s*$/

/** A path or URL; or plain base64, which no path looks like: it begins like an image and is long. */
function named(field: string, text: string): ImageReference {
  return text.length >= 100 && BARE_BASE64.test(text) ? { kind: 'base64', base64: text, field } : { kind: 'text', text, field }
}

const EXTENSION = /\.(?:png|jpe?g|jfif|webp|gif|bmp|avif|tiff?|heic|svg)$/i
/** No path with an image at its end is longer, or holds line ends; a text that ends in “.png” is a text. */
const PATH = /^[^\r\n]{1,1000}$/

/**
 * Whether a value looks like an image whatever its field is called: a path or address that ends like one, a data URL, base64
 * or bytes that begin like one, `{bytes, path}` of these, or a list of nothing else.
 */
export function looksLikeImage(value: Value | undefined): boolean {
  if (value === undefined || isNoImage(value)) return false
  const bytes = bytesIn(value)
  if (bytes) return imageType(bytes) !== null
  if (typeof value === 'string') return nameLooksLikeImage(value)
  if (Array.isArray(value)) return value.every((entry) => isNoImage(entry) || looksLikeImage(entry))
  const image = imageIn('', value)
  if (image?.kind === 'text') return nameLooksLikeImage(image.text)
  return image?.kind === 'base64' || (image?.kind === 'bytes' && imageType(image.bytes) !== null)
}

function nameLooksLikeImage(text: string): boolean {
  if (/^data:image\//i.test(text)) return true
  if (named('', text).kind === 'base64') return true
  if (!PATH.test(text)) return false
  const [name = ''] = text.trim().split(/[?#]/, 1)
  return EXTENSION.test(name) || EXTENSION.test(text.trim())
}
