import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupPairs, type GroupMember } from './groups.ts'

const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'), { minLength: 1, maxLength: 3 })
const members = fc.array(keys, { maxLength: 14 }).map((list): GroupMember[] => list.map((keys, id) => ({ id, keys })))

/** The definition, by brute force: the pairs that can be reached over shared keys. */
function reachable(all: GroupMember[], start: GroupMember): Set<number> {
  const reached = new Set([start.id])
  for (let grew = true; grew;) {
    grew = false
    for (const member of all) {
      const touches = all.some((other) => reached.has(other.id) && other.keys.some((key) => member.keys.includes(key)))
      if (touches && !reached.has(member.id)) grew = !!reached.add(member.id)
    }
  }
  return reached
}

test('a group is exactly what can be reached over shared keys, named by its smallest key', () => {
  fc.assert(
    fc.property(members, (all) => {
      const groups = groupPairs(all)
      for (const member of all) {
        const together = reachable(all, member)
        expect(all.filter(({ id }) => groups.get(id) === groups.get(member.id)).map(({ id }) => id)).toEqual(
          all.filter(({ id }) => together.has(id)).map(({ id }) => id),
        )
        const theirKeys = all.filter(({ id }) => together.has(id)).flatMap(({ keys }) => keys)
        expect(groups.get(member.id)).toBe(theirKeys.sort()[0])
      }
    }),
  )
})

test('the order of pairs and keys makes no difference', () => {
  const shuffled = members.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.boolean()))
  fc.assert(
    fc.property(shuffled, ([all, other, reverse]) => {
      const again = groupPairs(other.map(({ id, keys }) => ({ id, keys: reverse ? [...keys].reverse() : keys })))
      expect([...again].sort((a, b) => a[0] - b[0])).toEqual([...groupPairs(all)])
    }),
  )
})

test('a long chain is one group, without running out of stack', () => {
  const chain = Array.from({ length: 100_000 }, (_, id) => ({ id, keys: [`k${id}`, `k${id + 1}`] }))
  expect(new Set(groupPairs(chain.reverse()).values())).toEqual(new Set(['k0']))
})

test('a pair without keys is refused, for it would be in no fold', () => {
  expect(() => groupPairs([{ id: 7, keys: [] }])).toThrow('pair 7')
})
