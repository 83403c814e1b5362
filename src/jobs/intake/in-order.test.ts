import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inOrder } from './in-order.ts'

async function* from(items: readonly number[]): AsyncGenerator<number, void, undefined> {
  for (const item of items) yield item
}

/** Work that ends after as many milliseconds as its item says, and counts what runs. */
function counted() {
  const running = { now: 0, most: 0 }
  const work = async (item: number) => {
    running.most = Math.max(running.most, ++running.now)
    await wait(item)
    running.now--
    return item * 2
  }
  return { running, work }
}

const durations = fc.array(fc.nat(6), { maxLength: 20 })

describe('work on several items at once', () => {
  test('gives every result, in the order of the items, and begins no more than it may', async () => {
    await fc.assert(
      fc.asyncProperty(durations, fc.integer({ min: 1, max: 5 }), async (items, width) => {
        const { running, work } = counted()
        const results: number[] = []
        for await (const { result } of inOrder(from(items), width, work)) results.push(result)
        expect(results).toEqual(items.map((item) => item * 2))
        expect(running.most).toBeLessThanOrEqual(width)
      }),
      { numRuns: 30 },
    )
  })

  test('has ended when the consumer leaves', async () => {
    await fc.assert(
      fc.asyncProperty(durations, fc.nat(20), async (items, leaveAt) => {
        const { running, work } = counted()
        let taken = 0
        for await (const _ of inOrder(from(items), 4, work)) if (taken++ === leaveAt) break
        expect(running.now).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  test('has ended when one item fails, with the error of that item', async () => {
    const { running, work } = counted()
    const failing = (item: number) => (item === 0 ? wait(1).then(() => Promise.reject(new Error('broken'))) : work(item))
    const all = async () => {
      for await (const _ of inOrder(from([1, 0, 30, 30]), 4, failing)) continue
    }
    await expect(all()).rejects.toThrow('broken')
    expect(running).toEqual({ now: 0, most: 3 })
  })
})
