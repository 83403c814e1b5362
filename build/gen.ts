/**
 * Writes the trainer protocol of src/contract/trainer.ts as JSON Schema into the Python package.
 * `--check` writes nothing and fails where a file on disk differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { TRAINER_SCHEMAS } from '../src/contract/trainer-schemas.ts'

const folder = fileURLToPath(new URL('../trainer/blindfold_trainer/schema/', import.meta.url))
const check = process.argv.includes('--check')

const wanted = new Map(
  Object.entries(TRAINER_SCHEMAS).map(([name, { schema, io }]) => [
    name,
    `${JSON.stringify(z.toJSONSchema(schema, { io }), null, 2)}\n`,
  ]),
)

const read = (name: string): string | null => {
  try {
    return readFileSync(folder + name, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return null
  }
}

mkdirSync(folder, { recursive: true })
const surplus = readdirSync(folder).filter((name) => name.endsWith('.json') && !wanted.has(name))
const stale = [...wanted].filter(([name, text]) => read(name) !== text).map(([name]) => name)

if (check) {
  if (stale.length + surplus.length > 0) {
    console.error(`Out of date: ${[...stale, ...surplus].join(', ')}. Run \`npm run gen\` and commit the result.`)
    process.exitCode = 1
  }
} else {
  for (const name of stale) writeFileSync(folder + name, wanted.get(name) ?? '')
  for (const name of surplus) rmSync(folder + name)
  console.log(stale.length + surplus.length > 0 ? `Wrote ${[...stale, ...surplus].join(', ')}.` : 'Everything is up to date.')
}
