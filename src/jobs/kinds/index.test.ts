import { expect, test } from 'vitest'
import { FORMATS } from '../../formats/registry.ts'
import { JOB_KINDS, READ_FORMATS } from '../../core/vocabulary.ts'
import { kinds } from './index.ts'

test('every kind of job is registered under its own name', () => {
  expect(kinds.map(({ kind }) => kind).sort()).toEqual([...JOB_KINDS].sort())
})

test('every format that is read is registered, and mapped columns need a map', () => {
  expect([...FORMATS.map(({ id }) => id), 'mapped'].sort()).toEqual([...READ_FORMATS].sort())
})
