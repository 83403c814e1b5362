import type { Boilerplate, ReasonName } from '../../../src/contract/reasons.ts'
import { client } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { toast, toastError } from '../../ui/Toast.tsx'

/** Goes to the pairs in which a feature, or a shared beginning or end, differs between the responses. */
export async function showPairsOf(what: ReasonName | Pick<Boilerplate, 'place' | 'text'>): Promise<void> {
  try {
    const { pairIds } = await client.reasons.pairs(what)
    if (pairIds.length > 0) navigate(pairsPath({ pairIds }))
    else toast('No pair has it any more.')
  } catch (error) {
    toastError(error)
  }
}
