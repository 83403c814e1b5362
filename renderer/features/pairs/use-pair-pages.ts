import { useEffect, useSyncExternalStore } from 'react'
import { client } from '../../api/client.ts'
import { useRevisions } from '../../api/events.ts'
import type { PairQuery } from '../../state/pair-query.ts'
import { PairPages, type PagesState } from './pair-pages.ts'

const PAGE = 200
/** Lists whose pages are kept, so that coming back shows them at once. */
const KEPT = 3
const kept = new Map<string, PairPages>()

function pagesOf(listKey: string, query: PairQuery, revision: number): PairPages {
  const { filter, sort } = query
  const store = {
    fetch: (cursor: string | null) => client.pairs.list({ filter, sort, cursor, limit: PAGE }),
    ahead: async (cursor: string | null, most: number) => (await client.pairs.pages({ filter, sort, cursor, size: PAGE, most })).cursors,
  }
  const pages = kept.get(listKey) ?? new PairPages(PAGE, store, revision)
  if (!kept.has(listKey)) {
    kept.set(listKey, pages)
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest)
  }
  return pages
}

/** The pages of a list, refetched whenever the backend says that pairs changed. `listKey` names project, filter and order. */
export function usePairPages(listKey: string, query: PairQuery): { pages: PairPages; state: PagesState } {
  const revision = useRevisions((state) => state.pairs + state.labels + state.scan + state.project)
  const pages = pagesOf(listKey, query, revision)
  useEffect(() => {
    pages.refresh(revision)
    if (pages.state().length === 0) pages.show(0, 0)
  }, [pages, revision])
  return { pages, state: useSyncExternalStore(pages.subscribe, pages.state) }
}
