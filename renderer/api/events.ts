import type { Query, QueryKey } from '@tanstack/react-query'
import { create } from 'zustand'
import type { Event } from '../../src/contract/events.ts'
import { MEASURED_FILTERS, type FilterName, type PairFilter } from '../../src/core/pair-filters.ts'
import { api, client, queryClient } from './client.ts'

type Topic = Event['topic']

/** Which answers a topic makes old. Those of one pair, and lists whose filter a label may change, follow in `afterLabels`. */
const TOPICS: Record<Topic, QueryKey[]> = {
  project: [[]],
  jobs: [api.jobs.key(), api.training.environment.key()],
  pairs: [
    api.pairs.key(),
    api.scan.key(),
    api.projects.current.key(),
    api.exports.plan.key(),
    api.duplicates.key(),
    api.imports.missingImages.key(),
  ],
  labels: [api.pairs.facets.key(), api.scan.key(), api.exports.plan.key()],
  scan: [api.scan.key(), api.probe.key(), api.reasons.key(), api.pairs.key()],
  runs: [api.training.key(), api.evaluation.key(), api.pairs.get.key()],
  quarantine: [api.imports.quarantine.key(), api.projects.current.key(), api.scan.key()],
  models: [api.models.key()],
  curation: [api.slices.key(), api.bulk.key(), api.duplicates.key(), api.pairs.facets.key()],
}

/** What a label changes of a pair besides its status: the numbers are those of the label as it is. */
const LABELLED_FILTERS: readonly FilterName[] = ['statuses', ...MEASURED_FILTERS]

/** The queries that labels make old: the pairs themselves, unless this window has the answer already, and counts that follow the label. */
function afterLabels(labels: ReadonlyMap<number, number>): Promise<void>[] {
  const pairs = [...labels].flatMap(([pairId, annotation]) => {
    const input = { pairId }
    const known = queryClient.getQueryData(api.pairs.get.queryKey({ input }))?.history.some(({ id }) => id >= annotation)
    return known ? [] : [api.pairs.get.key({ input }), api.pairs.attribution.key({ input })]
  })
  const isCounted = ({ queryKey }: Query): boolean => {
    const { filter = {} } = (queryKey[1] as { input?: { filter?: PairFilter } } | undefined)?.input ?? {}
    return LABELLED_FILTERS.some((name) => filter[name] !== undefined)
  }
  return [
    ...pairs.map((queryKey) => queryClient.invalidateQueries({ queryKey })),
    queryClient.invalidateQueries({ queryKey: api.pairs.count.key(), predicate: isCounted }),
  ]
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
  #labels = new Map<number, number>()

  constructor(topic: Topic, keys: QueryKey[]) {
    this.#topic = topic
    this.#keys = keys
  }

  request(event?: Event): void {
    this.#wanted = true
    if (event?.topic === 'labels' && event.annotation !== undefined) this.#labels.set(Number(event.id), event.annotation)
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#wanted) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
      this.#wanted = false
      useRevisions.setState((state) => ({ [this.#topic]: state[this.#topic] + 1 }))
      const labels = this.#labels
      this.#labels = new Map()
      await Promise.allSettled([
        ...this.#keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })),
        ...(labels.size > 0 ? afterLabels(labels) : []),
      ])
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
        else refreshers[event.topic].request(event)
        expected = event.seq + 1
      }
    } catch {
      // The connection was lost: the link makes a new one, and the next subscription waits for it.
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
