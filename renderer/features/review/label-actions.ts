import type { AnnotateInput, PairDetail, PairStatus } from '../../../src/contract/pairs.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { pairPath, readPairQuery } from '../../state/pair-query.ts'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { announce } from './session.ts'
import { words } from '../../words/words.ts'

const t = words.review

/** A second key press while the first is on its way must not label twice. */
let busy = false

async function once(change: () => Promise<{ pairId: number; status: PairStatus; pair: PairDetail }>): Promise<number | null> {
  if (busy) return null
  busy = true
  try {
    const { pairId, status, pair } = await change()
    // The answer has the pair as it is now; everything else follows the backend's event.
    queryClient.setQueryData(api.pairs.get.queryKey({ input: { pairId } }), pair)
    void queryClient.invalidateQueries({ queryKey: api.pairs.attribution.key({ input: { pairId } }) })
    announce(t(`announced.${status}`, { pairId: `${pairId}` }))
    return pairId
  } catch (error) {
    toastError(error)
    return null
  } finally {
    busy = false
  }
}

/** Says something of a pair; true where it was stored. */
export const annotate = async (input: AnnotateInput): Promise<boolean> => (await once(() => client.review.annotate(input))) !== null

/** Takes back the last label and goes to the pair it was on, in the queue that is being worked through. */
export const undoLabel = (): Promise<void> => once(() => client.review.undo()).then(show)
export const redoLabel = (): Promise<void> => once(() => client.review.redo()).then(show)

function show(pairId: number | null): void {
  if (pairId === null) return
  const [path, search] = location.hash.replace(/^#/, '').split('?')
  const target = pairPath(pairId, path?.startsWith('/pairs') ? readPairQuery(search ?? '') : { filter: {} })
  if (`#${target}` !== location.hash) navigate(target)
}
