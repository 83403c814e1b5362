import type { QueryKey } from '@tanstack/react-query'
import { create } from 'zustand'
import type { Event } from '../../src/contract/events.ts'
import { api, client, queryClient } from './client.ts'

type Topic = Event['topic']

/** Which answers a topic makes old. */
const TOPICS: Record<Topic, QueryKey[]> = {
  project: [[]],
  jobs: [api.jobs.key(), api.training.environment.key()],
  pairs: [api.pairs.key(), api.scan.key(), api.projects.current.key(), api.exports.plan.key(), api.duplicates.key(), api.imports.missingImages.key()],
  scan: [api.scan.key(), api.probe.key(), api.reasons.key(), api.pairs.key()],
  runs: [api.training.key(), api.evaluation.key(), api.pairs.get.key()],
  quarantine: [api.imports.quarantine.key(), api.projects.current.key(), api.scan.key()],
  models: [api.models.key()],
  curation: [api.slices.key(), api.bulk.key(), api.duplicates.key(), api.pairs.facets.key()],
}

/** How often each topic's answers became old: for what is fetched without the query cache. */
export const useRevisions = create<Record<Topic, number>>(
  () => Object.fromEntries(Object.keys(TOPICS).map((topic) => [topic, 0])) as Record<Topic, number>,
)

const GATHER_MS = 60

/**
 * Refetches what a topic made old, one round at a time: events that come meanwhile ask for one more round after it. So a
 * stream of events neither starves a slow query by restarting it nor leaves it with an answer from before the last event.
 */
class Refresher {
  readonly #topic: Topic
  readonly #keys: QueryKey[]
  #wanted = false
  #running = false

  constructor(topic: Topic, keys: QueryKey[]) {
    this.#topic = topic
    this.#keys = keys
  }

  request(): void {
    this.#wanted = true
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#wanted) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
      this.#wanted = false
      useRevisions.setState((state) => ({ [this.#topic]: state[this.#topic] + 1 }))
      await Promise.allSettled(this.#keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })))
    }
    this.#running = false
  }
}

const refreshers = Object.fromEntries(
  Object.entries(TOPICS).map(([topic, keys]) => [topic, new Refresher(topic as Topic, keys)]),
) as Record<Topic, Refresher>

/**
 * Listens to the backend's hints for as long as the window lives. A gap in the numbers, and every new connection, makes
 * all answers old, since hints may have been missed.
 */
export async function followEvents(): Promise<never> {
  for (let first = true; ; first = false) {
    try {
      const stream = await client.events.subscribe()
      if (!first) refreshers.project.request()
      let expected: number | null = null
      for await (const event of stream) {
        if (expected !== null && event.seq !== expected) refreshers.project.request()
        else refreshers[event.topic].request()
        expected = event.seq + 1
      }
    } catch {
      // The connection was lost: the link makes a new one, and the next subscription waits for it.
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
