/**
 * Writes what follows from the code: the trainer's protocol as JSON Schema and Python, licences, and the reference pages of the docs.
 * `--check` writes nothing and fails if a file on disk differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { TRAINER_SCHEMAS } from '../src/protocols/trainer-schemas.ts'
import { standardOutput } from '../src/host/cli/output.ts'
import { createProgram } from '../src/host/cli/program.ts'
import { notices } from './notices.ts'
import { cliPage } from './docs/cli.ts'
import { contractPage } from './docs/contract.ts'
import { glossaryPage } from './docs/glossary.ts'
import { Exports } from './docs/modules.ts'
import { trainerPage } from './docs/trainer.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}trainer/blindfold_trainer/protocol/schema/`
const NOTICES = `${root}THIRD-PARTY-NOTICES.txt`
const check = process.argv.includes('--check')

const wanted = new Map(
  Object.entries(TRAINER_SCHEMAS).map(([name, { schema, io }]) => [
    folder + name,
    `${JSON.stringify(z.toJSONSchema(schema, { io }), null, 2)}\n`,
  ]),
)

wanted.set(NOTICES, notices(root))
wanted.set(`${root}trainer/blindfold_trainer/protocol/config_fields.py`, configFields())
wanted.set(`${root}docs/glossary.md`, glossaryPage())
const contract = await Exports.of(`${root}src/contract`, `${root}src/protocols`)
wanted.set(`${root}docs/reference/cli.md`, cliPage(createProgram(standardOutput(false))))
wanted.set(`${root}docs/reference/contract.md`, contractPage(contract))
wanted.set(`${root}docs/reference/trainer.md`, trainerPage(contract))

/** The fields of the trainer's `Config`, by the schema of its config. */
function configFields(): string {
  const { schema, io } = TRAINER_SCHEMAS['config.json']
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io }) as {
    properties?: Record<string, { type?: string; default?: unknown }>
    required?: string[]
  }
  const python: Record<string, string> = { string: 'str', integer: 'int', number: 'float', boolean: 'bool' }
  const fields = Object.entries(properties).flatMap(([name, { type = '', ...more }]) => {
    // The version, what is never done, and what has fields of its own.
    if (name === 'v' || name === 'trust_remote_code' || python[type] === undefined) return []
    return [`    ${name}: ${python[type]}${required.includes(name) || 'default' in more ? '' : ' | None'}`]
  })
  return `"""Written by \`npm run gen\` from src/protocols/trainer.ts, which says what each means. Do not edit."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ConfigFields:
    """The options of a run as \`config.json\` has them; None is for what the trainer chooses itself."""

${fields.join('\n')}
`
}

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return null
  }
}

for (const each of [folder, `${root}docs/reference`]) mkdirSync(each, { recursive: true })
const surplus = readdirSync(folder)
  .map((name) => folder + name)
  .filter((file) => file.endsWith('.json') && !wanted.has(file))
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
