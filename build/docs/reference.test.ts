import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from './cli.ts'
import { procedures } from './contract.ts'
import { standardOutput } from '../../src/host/cli/output.ts'
import { createProgram } from '../../src/host/cli/program.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { trainerConfig, trainerErrorCode, trainerEvent } from '../../src/protocols/trainer.ts'

// `npm run gen` writes these pages, and the tests fail if they are out of date: here it is whether they are complete.
const pageOf = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs/reference', `${name}.md`), 'utf8')
const section = (page: string, heading: string): string | undefined =>
  page.split(/^(?=#{1,3} )/m).find((part) => part.startsWith(`${heading}\n`))

const contract = pageOf('contract')

test.each(procedures())('the contract page has $name, with its kind, what it does, takes and gives', ({ name, procedure }) => {
  const text = section(contract, `### ${name}`)
  expect(text).toMatch(procedure.meta.query ? /^\*Query\.\* [A-Z]/m : /^\*Mutation\.\* [A-Z]/m)
  expect(text).toMatch(procedure.inputSchema ? /\*\*Input:\*\*(?! none)/ : /\*\*Input:\*\* none/)
  expect(text).toMatch(procedure.outputSchema ? /\*\*Output:\*\*(?! none)/ : /\*\*Output:\*\* none/)
})

test('the contract page has the fields, defaults and bounds of an input', () => {
  const text = section(contract, '### pairs.list')
  expect(text).toContain('| `sort` | [pairSort](#pairsort) | `-textMargin` |')
  expect(text).toContain('| `limit` | whole number from 1 to 500 | `100` |')
})

test('the contract page has every error code', () => {
  for (const code of ERROR_CODES) expect(contract).toContain(`\`${code}\``)
})

const trainer = pageOf('trainer')

test.each(trainerEvent.options.map(({ shape }) => [shape.type.value, shape] as const))(
  'the trainer page has the event %s with its fields',
  (type, shape) => {
    const text = section(trainer, `### ${type}`)
    for (const field of Object.keys(shape).filter((key) => !['type', 'v', 'seq', 'ts', 'run_id', 'rank'].includes(key)))
      expect(text).toContain(`| \`${field}\` |`)
  },
)

test('the trainer page has every field of a config, and every error code', () => {
  const config = section(trainer, '## config.json')
  for (const field of Object.keys(trainerConfig.shape)) expect(config).toContain(`| \`${field}\` |`)
  for (const code of trainerErrorCode.options) expect(trainer).toContain(`\`${code}\``)
})

const cli = pageOf('cli')

test.each(commands(createProgram(standardOutput(false))))(
  'the page of the command line has $name with its arguments and flags',
  ({ name, command }) => {
    const text = section(cli, `## ${name}`)
    for (const argument of command.registeredArguments) expect(text).toContain(`| \`${argument.name()}\` |`)
    for (const { flags, long } of command.options) if (long !== '--json') expect(text?.replaceAll('\\|', '|')).toContain(flags)
  },
)
