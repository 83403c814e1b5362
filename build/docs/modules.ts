import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { TRAINING_OPTIONS, type OptionName } from '../../src/core/training-options.ts'
import { configFields, optionFields } from '../../src/contract/option-schemas.ts'
import { commentsOf } from './comments.ts'

export type Schema = z.core.$ZodType
export type Names = z.core.$ZodRegistry<{ id?: string }>

/** The schema that holds the fields: behind lists, defaults and `null`. */
function unwrapped(schema: Schema): Schema[] {
  const def = schema._zod.def as { innerType?: Schema; element?: Schema; in?: Schema; valueType?: Schema; options?: Schema[] }
  if (def.options) return def.options.flatMap(unwrapped)
  const inner = def.innerType ?? def.element ?? def.in ?? def.valueType
  return inner ? unwrapped(inner) : [schema]
}
const shapeOf = (schema: Schema): Record<string, Schema> => (schema instanceof z.ZodObject ? (schema.shape as Record<string, Schema>) : {})

/** The names and doc comments of what the modules of some folders export. */
export class Exports {
  /** Exported schemas by name, for references between them. */
  readonly schemas = new Map<string, Schema>()
  readonly registry: Names = z.registry<{ id?: string }>()
  readonly #homes = new Map<unknown, { name: string; comments: ReadonlyMap<string, string> }>()
  /** Comments of fields: other schemas take over the same field by `pick` and `extend`. */
  readonly #fields = new Map<Schema, Map<string, string>>()

  static async of(...folders: readonly string[]): Promise<Exports> {
    const found = new Exports()
    const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    for (const file of files.filter((each) => /(?<!\.test)\.ts$/.test(each)).sort()) {
      found.#add((await import(pathToFileURL(file).href)) as Record<string, unknown>, commentsOf(file))
    }
    for (const fields of [optionFields, configFields]) found.#addOptions(fields)
    return found
  }

  #add(module: Record<string, unknown>, comments: ReadonlyMap<string, string>): void {
    for (const [name, value] of Object.entries(module)) {
      // Of two schemas of one name, the second is described where it is used.
      if (typeof value !== 'object' || value === null || this.#homes.has(value)) continue
      this.#homes.set(value, { name, comments })
      if (!(value instanceof z.ZodType)) continue
      this.#note(value, name, comments)
      if (this.schemas.has(name)) continue
      this.schemas.set(name, value)
      this.registry.add(value, { id: name })
    }
  }

  #note(schema: Schema, path: string, comments: ReadonlyMap<string, string>): void {
    for (const object of unwrapped(schema)) {
      for (const [key, field] of Object.entries(shapeOf(object))) {
        const text = comments.get(`${path}.${key}`) ?? (field instanceof z.ZodType ? field.description : undefined)
        if (text) this.#noteField(field, key, text)
        if (!this.#homes.has(field)) this.#note(field, `${path}.${key}`, comments)
      }
    }
  }

  #noteField(field: Schema, key: string, text: string): void {
    const texts = this.#fields.get(field) ?? new Map<string, string>()
    if (!texts.has(key)) texts.set(key, text)
    this.#fields.set(field, texts)
  }

  #addOptions(fields: Readonly<Record<string, Schema>>): void {
    for (const [name, row] of Object.entries(TRAINING_OPTIONS)) {
      for (const key of [name as OptionName, row.config ?? '']) {
        const field = fields[key]
        if (field) this.#noteField(field, key, `${row.help.charAt(0).toUpperCase()}${row.help.slice(1)}.`)
      }
    }
  }

  /** The comment of an export, or of what is at a path in it. */
  comment(exported: unknown, ...path: readonly string[]): string {
    const home = this.#homes.get(exported)
    return home?.comments.get([home.name, ...path].join('.')) ?? ''
  }

  /** The comment of a field, by the names that lead to it. */
  field(schema: Schema, keys: readonly string[]): string {
    const [key, ...rest] = keys
    if (key === undefined) return ''
    for (const object of unwrapped(schema)) {
      const field = shapeOf(object)[key]
      if (!field) continue
      const text = rest.length > 0 ? this.field(field, rest) : this.#fields.get(field)?.get(key)
      if (text) return text
    }
    return ''
  }
}
