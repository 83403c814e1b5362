/** One step of the schema. Frozen once released: a change is a new migration with the next number. */
export type Migration = { version: number; sql: string }
