import fc from 'fast-check'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { asCaller, leave, Turns, wanted, whileWanted } from './turns.ts'

/** Adds items as numbered callers, takes all of them, and gives them in the order taken. */
function taken(items: readonly { caller: number; n: number }[]): { caller: number; n: number }[] {
  const turns = new Turns<{ caller: number; n: number }>()
  const callers = new Map<number, object>()
  for (const item of items) {
    const caller = callers.get(item.caller) ?? {}
    callers.set(item.caller, caller)
    asCaller(caller, () => turns.enqueue(item))
  }
  const order = []
  for (let next; (next = turns.take());) order.push(next)
  return order
}

const added = fc.array(fc.nat({ max: 5 }), { maxLength: 200 }).map((callers) => callers.map((caller, n) => ({ caller, n })))

describe('taking turns', () => {
  test('everything is taken once, and what one caller asked for keeps its order', () => {
    fc.assert(
      fc.property(added, (items) => {
        const order = taken(items)
        expect(order.map(({ n }) => n).sort((a, b) => a - b)).toEqual(items.map(({ n }) => n))
        for (const caller of new Set(items.map((item) => item.caller))) {
          const numbers = order.filter((item) => item.caller === caller).map(({ n }) => n)
          expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
        }
      }),
    )
  })

  test('between two items of a caller, no other caller has more than one turn', () => {
    fc.assert(
      fc.property(added, (items) => {
        const order = taken(items)
        order.forEach((item, at) => {
          const next = order.findIndex((later, i) => i > at && later.caller === item.caller)
          if (next === -1) return
          const between = order.slice(at + 1, next).map(({ caller }) => caller)
          expect(new Set(between).size).toBe(between.length)
        })
      }),
    )
  })

  test('one question behind six hundred of another caller is the second to be answered', () => {
    const flood = Array.from({ length: 600 }, (_, n) => ({ caller: 0, n }))
    expect(taken([...flood, { caller: 1, n: 600 }])[1]).toEqual({ caller: 1, n: 600 })
  })

  test('all callers that have left share one turn, in the order in which they asked', () => {
    const turns = new Turns<string>()
    for (const left of ['a', 'b', 'c']) {
      const caller = {}
      asCaller(caller, () => ['1', '2'].forEach((n) => turns.enqueue(left + n)))
      leave(caller)
    }
    asCaller({}, () => ['x', 'y'].forEach((item) => turns.enqueue(item)))
    const order = []
    for (let next; (next = turns.take());) order.push(next)
    expect(order.indexOf('y')).toBeLessThan(4)
    expect(order.filter((item) => item.length === 2)).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2'])
  })

  test('the caller is known after a pause, too, and work of another caller can be started within', async () => {
    const turns = new Turns<string>()
    const job = {}
    await asCaller({}, async () => {
      turns.enqueue('a')
      await pause(1)
      turns.enqueue('b')
      asCaller(job, () => turns.enqueue('of the job'))
    })
    expect([turns.take(), turns.take(), turns.take()]).toEqual(['a', 'of the job', 'b'])
  })

  test('what is removed is not taken; the others are, in the order of their callers', () => {
    fc.assert(
      fc.property(added, fc.func(fc.boolean()), (items, leaves) => {
        const turns = new Turns<(typeof items)[number]>()
        const callers = Array.from({ length: 6 }, () => ({}))
        for (const item of items) asCaller(callers[item.caller]!, () => turns.enqueue(item))
        const gone = items.filter((item) => leaves(item.n))
        for (const item of gone) expect(turns.remove(item)).toBe(true)
        for (const item of gone) expect(turns.remove(item)).toBe(false)
        const order = []
        for (let next; (next = turns.take());) order.push(next)
        for (const caller of callers.keys()) {
          expect(order.filter((item) => item.caller === caller)).toEqual(
            items.filter((item) => item.caller === caller && !gone.includes(item)),
          )
        }
      }),
    )
  })

  test('the signal is known to all that is asked for within, and to nothing that runs for somebody else', async () => {
    const { signal } = new AbortController()
    await asCaller({}, () =>
      whileWanted(signal, async () => {
        await pause(1)
        expect(wanted()).toBe(signal)
        asCaller({}, () => expect(wanted()).toBeUndefined())
      }),
    )
    expect(wanted()).toBeUndefined()
  })
})
