import type { Boilerplate, ReasonName } from '../../../../src/contract/reasons.ts'
import { client } from '../../../api/client.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { toast, toastError } from '../../../ui/overlays/Toast.tsx'
import { words } from '../../../words/words.ts'

const t = words.overview

/** Goes to the pairs in which a feature, or a shared beginning or end, differs between the responses. */
export async function showPairsOf(what: ReasonName | Pick<Boilerplate, 'place' | 'text'>): Promise<void> {
  try {
    const { set, looked, scored } = await client.reasons.pairs(what)
    if (!set) return toast(t('cues.gone'))
    navigate(pairsPath({ set: set.id }))
    if (looked < scored) toast(t('cues.searched', { searched: looked, scored }))
  } catch (error) {
    toastError(error)
  }
}
