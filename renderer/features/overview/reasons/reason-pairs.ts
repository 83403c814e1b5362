import type { Boilerplate, ReasonName } from '../../../../src/contract/reasons.ts'
import { client } from '../../../api/client.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { count, plural } from '../../../../src/core/format.ts'
import { toast, toastError } from '../../../ui/overlays/Toast.tsx'

/** Goes to the pairs in which a feature, or a shared beginning or end, differs between the responses. */
export async function showPairsOf(what: ReasonName | Pick<Boilerplate, 'place' | 'text'>): Promise<void> {
  try {
    const { set, looked, scored } = await client.reasons.pairs(what)
    if (!set) return toast('No pair has it any more.')
    navigate(pairsPath({ set: set.id }))
    if (looked < scored) toast(`Looked for among the ${plural(looked, 'pair')} of largest text margin, of ${count(scored)}.`)
  } catch (error) {
    toastError(error)
  }
}
