import { expect, test } from 'vitest'
import { JOB_KINDS } from '../../core/vocabulary.ts'
import { kinds } from './index.ts'

test('every kind of job is registered under its own name', () => {
  expect(kinds.map(({ kind }) => kind).sort()).toEqual([...JOB_KINDS].sort())
})
