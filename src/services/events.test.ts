import { describe, expect, test } from 'vitest'
import { EventHub } from './events.ts'

describe('EventHub', () => {
  test('every listener gets every event in order, numbered without a gap', async () => {
    const hub = new EventHub()
    const a = hub.subscribe()
    const b = hub.subscribe()
    hub.publish('jobs', 'x')
    hub.publish('pairs')
    for (const iterator of [a, b]) {
      expect((await iterator.next()).value).toEqual({ seq: 1, topic: 'jobs', id: 'x' })
      expect((await iterator.next()).value).toEqual({ seq: 2, topic: 'pairs' })
    }
    const later = a.next()
    hub.publish('runs', 'r')
    expect((await later).value).toEqual({ seq: 3, topic: 'runs', id: 'r' })
    await a.return()
    expect(hub.listeners).toBe(1)
    await b.return()
    expect(hub.listeners).toBe(0)
  })

  test('nothing listens once an iterator is left, even before its first event', async () => {
    const hub = new EventHub()
    await hub.subscribe().return()
    expect(hub.listeners).toBe(0)
    const waits = hub.subscribe()
    const next = waits.next()
    await waits.return()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(hub.listeners).toBe(0)
  })

  test('ends when the signal is aborted, even while it waits', async () => {
    const hub = new EventHub()
    const controller = new AbortController()
    const waiting = hub.subscribe(controller.signal).next()
    controller.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(hub.listeners).toBe(0)
    expect((await hub.subscribe(controller.signal).next()).done).toBe(true)
    expect(hub.listeners).toBe(0)
  })

  test('a listener that sleeps costs bounded memory and can see that it missed something', async () => {
    const hub = new EventHub()
    const slow = hub.subscribe()
    for (let i = 0; i < 10_000; i += 1) hub.publish('jobs')
    const first = (await slow.next()).value!
    expect(first.seq).toBeGreaterThan(9000)
    await slow.return()
  })
})
