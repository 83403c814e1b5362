import { getEventIteratorSchemaDetails } from '@orpc/contract'
import { contract } from '../../src/contract/index.ts'
import { errorDetail } from '../../src/contract/errors.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { code, fieldTable, page, prose, sentence, written } from './markdown.ts'
import type { Exports, Schema } from './modules.ts'
import { fieldsOf, jsonOf, references, words, type Json } from './schema.ts'

type Procedure = { inputSchema?: Schema; outputSchema?: Schema; meta: { query: boolean } }
type Io = 'input' | 'output'

/** Every procedure by its whole name, such as `pairs.list`. */
export function procedures(
  router: object = contract,
  path: readonly string[] = [],
): { name: string; group: object; key: string; procedure: Procedure }[] {
  return Object.entries(router).flatMap(([key, each]: [string, object & { '~orpc'?: Procedure }]) => {
    const procedure = each['~orpc']
    return procedure ? [{ name: [...path, key].join('.'), group: router, key, procedure }] : procedures(each, [...path, key])
  })
}

const link = (name: string): string => `[${name}](#${name.toLowerCase()})`

/** docs/reference/contract.md. */
export function contractPage(exports: Exports): string {
  const used = new Set<string>()
  const json = (schema: Schema, io: Io): Json => {
    const found = jsonOf(schema, exports.registry, io)
    for (const name of references(found)) use(name, io)
    return found
  }
  const use = (name: string, io: Io): void => {
    if (used.has(name)) return
    used.add(name)
    json(exports.schemas.get(name) as Schema, io)
  }

  /** What a value is: a table of its fields, or words. `comment` gives what is said of a field where it is used. */
  const description = (schema: Schema, io: Io, comment: (keys: readonly string[]) => string): string => {
    const described = json(schema, io)
    const fields = fieldsOf(described, link)
    if (fields.length === 0) return words(described, link)
    const rows = fieldTable(fields, ({ keys }) => comment(keys) || exports.field(schema, keys))
    return described.type === 'object' ? rows : `${sentence(words(described, link))}:\n\n${rows}`
  }

  /** One side of a procedure. A named schema is a link to its section. */
  const side = (title: string, schema: Schema | undefined, io: Io, comment: (keys: readonly string[]) => string): string => {
    if (!schema) return `**${title}:** none`
    const stream = getEventIteratorSchemaDetails(schema as never)
    const value = (stream?.yields ?? schema) as Schema
    const name = exports.registry.get(value)?.id
    const prefix = stream ? 'stream of ' : ''
    if (name !== undefined && exports.schemas.get(name) === value) {
      use(name, io)
      return `**${title}:** ${prefix}${link(name)}`
    }
    const text = description(value, io, comment)
    return text.startsWith('|') ? `**${title}:**\n\n${text}` : `**${title}:** ${prefix}${text}`
  }

  const sections = Object.entries(contract).flatMap(([title, router]) => [
    `## ${title}`,
    ...procedures(router, [title]).flatMap(({ name, group, key, procedure }) => {
      const says = (io: Io) => (keys: readonly string[]) => exports.comment(group, key, io, ...keys)
      return [
        `### ${name}`,
        [procedure.meta.query ? '*Query.*' : '*Mutation.*', prose(exports.comment(group, key))].filter(Boolean).join(' '),
        side('Input', procedure.inputSchema, 'input', says('input')),
        side('Output', procedure.outputSchema, 'output', says('output')),
      ]
    }),
  ])

  const inputs = new Set(procedures().map(({ procedure }) => procedure.inputSchema))
  const types = [...used]
    .sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), 'en'))
    .flatMap((name) => {
      const schema = exports.schemas.get(name) as Schema
      const said = prose(exports.comment(schema))
      return [`### ${name}`, ...(said ? [said] : []), description(schema, inputs.has(schema) ? 'input' : 'output', () => '')]
    })

  return page([
    '# Contract',
    written('src/contract'),
    'Every procedure that the interface and the command line can call on the backend. Read it when you write a client, or change a procedure. The calls are the same over a MessagePort, over WebSocket and within one process.',
    'A **query** changes nothing, and ends early if its caller leaves or cancels it. A **mutation** may change something, and is finished once it has started.',
    ...sections,
    '## Errors',
    `Every procedure can fail with each of these codes. An error has a code, a message and the fields below.`,
    description(errorDetail, 'output', () => ''),
    ERROR_CODES.map(code).join(', '),
    '## Types',
    ...types,
  ])
}
