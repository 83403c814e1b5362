import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JsonObject } from '../value.ts'
import { trl } from './trl.ts'

// What the trainer reads in a row, the app reads in it: trainer/tests/golden.py has the table, trainer/tests/test_golden.py the other side.

type Golden = { row: JsonObject; pair: { prompt: string; messages: unknown; chosen: string; rejected: string; images: string[] } | null }
const golden = JSON.parse(readFileSync(new URL('../../../test/fixtures/golden/rows.json', import.meta.url), 'utf8')) as Golden[]

test.each(golden)('row $# says the same to app and trainer', ({ row, pair }) => {
  const reading = trl.read(row)
  const [found = null] = 'pairs' in reading ? reading.pairs : []
  if (pair === null) expect(found).toBeNull()
  else {
    expect(found).toMatchObject({ prompt: pair.prompt, messages: pair.messages, chosen: pair.chosen, rejected: pair.rejected })
    expect(found?.images.map((image) => (image.kind === 'text' ? image.text : image.kind))).toEqual(pair.images)
  }
})
