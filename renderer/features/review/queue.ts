import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { mediaUrl } from '../../api/addresses.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { pairPath, type PairQuery, writePairQuery } from '../../state/pair-query.ts'
import { announce } from './session.ts'
import { words } from '../../words/words.ts'

const t = words.review

/** The pair one came from, by queue and pair: where labelling takes pairs out of a queue, the way back stays open. */
const trail = new Map<string, number>()
const place = (queue: string, pairId: number) => `${queue}#${pairId}`

export interface Queue {
  previous: number | null
  next: number | null
  go: (pairId: number | null) => void
}

/**
 * The pairs before and after this one. They are asked for once, when the pair is opened, and kept: a label that takes the
 * pair out of its own queue (a filter on the status) must not change where "next" leads. The next pair is fetched ahead.
 */
export function useQueue(pairId: number, query: PairQuery): Queue {
  const queue = writePairQuery(query)
  const neighbours = useQuery({
    queryKey: ['review-queue', queue, pairId],
    queryFn: () => client.pairs.neighbours({ pairId, filter: query.filter, sort: query.sort }),
    staleTime: Infinity,
  })
  const next = neighbours.data?.next ?? null
  const previous = trail.get(place(queue, pairId)) ?? neighbours.data?.previous ?? null

  useEffect(() => {
    if (next === null) return
    void queryClient
      .ensureQueryData(api.pairs.get.queryOptions({ input: { pairId: next } }))
      .then((pair) => {
        for (const image of pair.images) new Image().src = mediaUrl(image.hash)
      })
      .catch(() => {
        // Only fetched ahead: the page of that pair asks again and shows what went wrong.
      })
  }, [next])

  const go = (to: number | null) => {
    if (to === null) return
    if (to === next) trail.set(place(queue, to), pairId)
    announce(t('title', { id: `${to}` }))
    navigate(pairPath(to, query))
  }
  return { previous, next, go }
}
