import { z } from 'zod'
import { count } from '../../src/core/format.ts'
import { code } from './markdown.ts'
import type { Names, Schema } from './modules.ts'

/** What of JSON Schema describes the contract's values. */
export type Json = {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Json[]
  oneOf?: Json[]
  allOf?: Json[]
  items?: Json
  properties?: Record<string, Json>
  required?: string[]
  additionalProperties?: Json | boolean
  propertyNames?: Json
  default?: unknown
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  pattern?: string
  format?: string
}

/** A row of a table of fields. `path` is where the field is, below what the table describes. */
export type Field = { path: string; type: string; fallback: string; keys: readonly string[] }

/** The schema as JSON Schema, in which a named one is a reference. */
export function jsonOf(schema: Schema, names: Names, io: 'input' | 'output'): Json {
  const {
    $schema: _,
    $defs,
    ...json
  } = z.toJSONSchema(schema, { io, metadata: names, unrepresentable: 'any' }) as Json & { $schema?: string; $defs?: Record<string, Json> }
  return json.$ref && names.get(schema)?.id === refName(json.$ref) ? ($defs?.[refName(json.$ref)] ?? json) : json
}

const value = (each: unknown): string => code(typeof each === 'string' && each !== '' ? each : (JSON.stringify(each) ?? 'null'))
const refName = (ref: string): string => ref.replace(/^.*#\/\$defs\//, '')
const isNamed = (ref: string): boolean => !refName(ref).startsWith('__')
const isNull = (each: Json): boolean => each.type === 'null'
/** The forms of a union; a list of types is one too. */
const bare = (each: Json): Json[] | undefined =>
  each.anyOf ?? each.oneOf ?? (Array.isArray(each.type) ? each.type.map((type) => ({ ...each, type })) : undefined)

const bound = (n: number): string => (Number.isInteger(n) ? count(n) : String(n))

/** Bounds of a number, if they are more than what every whole number has. */
function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Json): string {
  const low =
    exclusiveMinimum === undefined
      ? minimum === undefined || minimum <= -Number.MAX_SAFE_INTEGER
        ? ''
        : `from ${bound(minimum)}`
      : `above ${bound(exclusiveMinimum)}`
  const high =
    exclusiveMaximum === undefined
      ? maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
        ? ''
        : `to ${bound(maximum)}`
      : `below ${bound(exclusiveMaximum)}`
  return [low, high].filter(Boolean).join(' ')
}

/** The type in words. `link` points to a named schema. */
export function words(json: Json, link: (name: string) => string): string {
  const inner = (each: Json): string => words(each, link)
  // A schema without a name is referred to only by itself: `z.json()`.
  if (json.$ref) return isNamed(json.$ref) ? link(refName(json.$ref)) : 'any JSON'
  if ('const' in json) return value(json.const)
  if (json.enum) return json.enum.length > 2 ? `one of ${json.enum.map(value).join(', ')}` : json.enum.map(value).join(' or ')
  if (json.allOf) return json.allOf.map(inner).join(' and ')
  const union = bare(json)
  if (union) {
    const others = union.filter((each) => !isNull(each))
    const forms =
      others.every(({ type }) => type === 'object') && others.length > 1 ? 'object, in one of these forms' : others.map(inner).join(' or ')
    return others.length < union.length ? `${forms}, or \`null\`` : forms
  }
  switch (json.type) {
    case 'string': {
      if (json.format === 'date-time') return 'time (ISO 8601)'
      if (json.pattern) return `text like ${code(json.pattern)}`
      const { minLength = 0, maxLength } = json
      const size = maxLength ? `, at most ${count(maxLength)} characters` : ''
      return minLength > 0 ? `text, not empty${size}` : `text${size}`
    }
    case 'integer':
      return ['whole number', bounds(json)].filter(Boolean).join(' ')
    case 'number':
      return ['number', bounds(json)].filter(Boolean).join(' ')
    case 'boolean':
      return '`true` or `false`'
    case 'null':
      return '`null`'
    case 'array': {
      const { minItems = 0, maxItems } = json
      const size = maxItems ? (minItems === maxItems ? `${minItems} ` : `at most ${count(maxItems)} `) : ''
      return `list of ${size}${json.items ? nest(json.items, inner) : 'anything'}`
    }
    case 'object': {
      if (json.properties && Object.keys(json.properties).length > 0) return 'object'
      const { additionalProperties: each, propertyNames: key } = json
      if (typeof each !== 'object') return 'object'
      const by = key && (key.$ref ?? key.enum) ? inner(key) : 'name'
      return `object of ${nest(each, inner)} by ${by}`
    }
    default:
      return 'any JSON'
  }
}

/** A type within another one, in brackets if it has parts. */
const nest = (json: Json, inner: (json: Json) => string): string => {
  const text = inner(json)
  return / or |, /.test(text) ? `(${text})` : text
}

/** The object that a field consists of, behind lists and `null`, with what its fields are called in a table. */
function objectsOf(json: Json, path: string): { objects: Json[]; path: string } {
  if (json.type === 'array' && json.items) return objectsOf(json.items, `${path}[]`)
  const union = bare(json)?.filter((each) => !isNull(each))
  if (union?.length === 1) return objectsOf(union[0] as Json, path)
  if (union) return { objects: union.filter(({ properties }) => properties), path }
  if (json.properties) return { objects: [json], path }
  if (json.type === 'object' && typeof json.additionalProperties === 'object') return objectsOf(json.additionalProperties, `${path}.*`)
  return { objects: [], path }
}

/** What tells a form of a union from the others, such as `status` of a job. */
const formOf = ({ properties = {} }: Json): string => {
  const [tag] = Object.entries(properties).filter(([, each]) => 'const' in each || each.enum)
  return tag ? ` (${tag[0]} ${(tag[1].enum ?? [tag[1].const]).join(' or ')})` : ''
}

/** The fields of an object and of the objects in them, in the order of the schema. */
export function fieldsOf(json: Json, link: (name: string) => string, path = '', keys: readonly string[] = []): Field[] {
  const { objects, path: at } = objectsOf(json, path)
  return objects.flatMap((object) => {
    const form = objects.length > 1 ? formOf(object) : ''
    return Object.entries(object.properties ?? {}).flatMap(([name, each]) => {
      const place = { path: `${at ? `${at}.` : ''}${name}`, keys: [...keys, name] }
      const optional = !object.required?.includes(name)
      const fallback = 'default' in each ? value(each.default) : optional ? 'optional' : ''
      return [
        { path: place.path + form, type: words(each, link), fallback, keys: place.keys },
        ...fieldsOf(each, link, place.path, place.keys),
      ]
    })
  })
}

/** The names of all schemas that a schema refers to. */
export function references(json: unknown): string[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([key, each]) =>
    key !== '$ref' || typeof each !== 'string' ? references(each) : isNamed(each) ? [refName(each)] : [],
  )
}
