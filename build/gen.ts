/**
 * Writes the trainer protocol of src/contract/trainer.ts as JSON Schema into the Python package, and the licences of what is
 * shipped into THIRD-PARTY-NOTICES.txt.
 * `--check` writes nothing and fails where a file on disk differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { TRAINER_SCHEMAS } from '../src/contract/trainer-schemas.ts'
import { notices } from './notices.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}trainer/blindfold_trainer/schema/`
const NOTICES = `${root}THIRD-PARTY-NOTICES.txt`
const check = process.argv.includes('--check')

const wanted = new Map(
  Object.entries(TRAINER_SCHEMAS).map(([name, { schema, io }]) => [
    folder + name,
    `${JSON.stringify(z.toJSONSchema(schema, { io }), null, 2)}\n`,
  ]),
)

wanted.set(NOTICES, notices(root))

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return null
  }
}

mkdirSync(folder, { recursive: true })
const surplus = readdirSync(folder).map((name) => folder + name).filter((file) => file.endsWith('.json') && !wanted.has(file))
const stale = [...wanted].filter(([file, text]) => read(file) !== text).map(([file]) => file)

const named = [...stale, ...surplus].map((file) => file.slice(root.length)).join(', ')

if (check) {
  if (stale.length + surplus.length > 0) {
    console.error(`Out of date: ${named}. Run \`npm run gen\` and commit the result.`)
    process.exitCode = 1
  }
} else {
  for (const file of stale) writeFileSync(file, wanted.get(file) ?? '')
  for (const file of surplus) rmSync(file)
  console.log(stale.length + surplus.length > 0 ? `Wrote ${named}.` : 'Everything is up to date.')
}
