export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A value of a record: JSON, or bytes where the file holds them as such (Parquet). */
export type Value = null | boolean | number | string | Uint8Array | Value[] | { [key: string]: Value }
export type JsonObject = { [key: string]: Value }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** What a value is, for a message: `null`, `a list`, `an object`, `a number`. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return 'bytes'
  return typeof value === 'object' ? 'an object' : typeof value === 'string' ? 'text' : `a ${typeof value}`
}
