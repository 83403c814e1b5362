import { expect, test } from 'vitest'
import { EXPORT_FORMATS, READ_FORMATS } from '../core/vocabulary.ts'
import { formatFor } from './registry.ts'
import { writerOf } from './writers/index.ts'

test('every format is read and written under its own name', () => {
  for (const id of READ_FORMATS.filter((each) => each !== 'mapped')) expect(formatFor(id).id).toBe(id)
  for (const id of EXPORT_FORMATS) expect(writerOf(id).id).toBe(id)
})
