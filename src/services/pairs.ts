import { attributePair } from './reasons/attribution.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function pairsService(backend: Backend) {
  const pairs = () => backend.requireSession().db.pairs
  return {
    list: os.pairs.list.handler(({ input }) => pairs().list(input)),
    pages: os.pairs.pages.handler(({ input }) => pairs().pages(input)),
    count: os.pairs.count.handler(async ({ input }) => ({ count: await pairs().count(input.filter) })),
    set: os.pairs.set.handler(({ input }) => backend.requireSession().db.pairSets.get(input.id)),
    facets: os.pairs.facets.handler(() => pairs().facets()),
    tag: os.pairs.tag.handler(async ({ input }) => {
      const tags = await backend.requireSession().db.tags.change(input.pairId, input)
      backend.events.publish('pairs', String(input.pairId))
      backend.events.publish('curation')
      return { tags }
    }),
    get: os.pairs.get.handler(({ input }) => pairs().get(input.pairId)),
    attribution: os.pairs.attribution.handler(({ input }) => attributePair(backend.requireTrusted(), backend.questions, input.pairId)),
    neighbours: os.pairs.neighbours.handler(({ input }) => pairs().neighbours(input)),
  }
}
