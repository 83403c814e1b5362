import fc from 'fast-check'
import { expect, test } from 'vitest'
import { studyBoilerplate } from './study.ts'

const pair = (id: number, chosen: string, rejected: string) => ({
  id,
  source: 'a',
  group: String(id),
  prompt: 'what is it',
  chosen,
  rejected,
})
const ending = fc.constantFrom('', ' as can be seen', ' in the picture here')
const responses = fc.array(fc.tuple(fc.constantFrom('ant', 'bear', 'cow'), ending, ending), { minLength: 20, maxLength: 60 })

test('a beginning or end that no pair has on one side only is left out', () => {
  fc.assert(
    fc.property(responses, (list) => {
      const pairs = list.map(([word, chosen, rejected], i) => pair(i, `the ${word} is${chosen}`, `the ${word} was${rejected}`))
      for (const found of studyBoilerplate(pairs)) expect(found.pairs).toBeGreaterThan(0)
    }),
  )
})

test('one that both responses of each pair share does not hide a shorter one that differs', () => {
  const both = Array.from({ length: 40 }, (_, i) => pair(i, `word${i} so it can be seen`, `other${i} so it can be seen`))
  const one = Array.from({ length: 8 }, (_, i) => pair(100 + i, `word${i} and can be seen`, `other${i} is not there at all`))
  const found = studyBoilerplate([...both, ...one])
  expect(found).toEqual([{ place: 'end', text: 'can be seen', responses: 88, chosen: 48, pairs: 8 }])
})
