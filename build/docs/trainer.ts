import { z } from 'zod'
import { contentHash } from '../../src/contract/base.ts'
import { trainerErrorCode, snapshotPair, trainerCommand, trainerConfig, trainerEvent } from '../../src/protocols/trainer.ts'
import { TRAINER_PROTOCOL_VERSION } from '../../src/core/vocabulary.ts'
import { code, fieldTable, page, prose, sentence, written } from './markdown.ts'
import type { Exports, Names, Schema } from './modules.ts'
import { fieldsOf, jsonOf, type Field } from './schema.ts'

/** What is named in the tables rather than written out. */
const names: Names = z.registry()
names.add(contentHash, { id: 'SHA-256 in lower-case hex' })
names.add(trainerErrorCode, { id: '[error code](#error-codes)' })

/** docs/reference/trainer.md. */
export function trainerPage(exports: Exports): string {
  const rows = (schema: Schema, io: 'input' | 'output'): Field[] => fieldsOf(jsonOf(schema, names, io), (name) => name)
  const table = (schema: Schema, fields: readonly Field[]): string => fieldTable(fields, ({ keys }) => exports.field(schema, keys))
  const [first, ...others] = trainerEvent.options
  const shared = Object.keys(first.shape).filter((key) => key !== 'type' && others.every(({ shape }) => key in shape))
  const isShared = ({ keys: [key] }: Field): boolean => shared.includes(key ?? '')

  return page([
    '# Trainer protocol',
    written('src/protocols/trainer.ts and src/core/training-options.ts'),
    `The files through which the app and the trainer work together, version ${TRAINER_PROTOCOL_VERSION}. Read it when you write a run's configuration by hand, or a program that reads its events. The trainer's commands are in [its own page](../../trainer/README.md).`,
    'A run is a folder: you write `config.json` before the start, and the trainer appends to `events.jsonl`.',
    '## config.json',
    'Paths are relative to the run folder. A key that is not listed is refused.',
    table(trainerConfig, rows(trainerConfig, 'input')),
    '## Pairs',
    'One line of a `train` file or an evaluation set.',
    table(snapshotPair, rows(snapshotPair, 'output')),
    '## events.jsonl',
    'One event per line, each with these fields and those of its type:',
    table(first, rows(first, 'output').filter(isShared)),
    ...trainerEvent.options.flatMap((event) => {
      const own = rows(event, 'output').filter((field) => !isShared(field) && field.path !== 'type')
      return [`### ${event.shape.type.value}`, prose(sentence(exports.comment(event))), own.length > 0 ? table(event, own) : ''].filter(
        Boolean,
      )
    }),
    '## Commands on standard input',
    'One line of JSON each. The end of standard input means nothing: the trainer continues.',
    table(trainerCommand, rows(trainerCommand, 'output')),
    '## Error codes',
    trainerErrorCode.options.map(code).join(', '),
  ])
}
