import type { BulkAction, Slice } from '../../../src/contract/curation.ts'
import type { PairFilter } from '../../../src/contract/pairs.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { watchJob } from '../jobs/watch.ts'
import { words } from '../../words/words.ts'

const t = words.curation

/** Starts a bulk action on the pairs of a filter; `expected` is the count that was agreed to. Throws what the backend refuses. */
export async function startBulk(filter: PairFilter, change: BulkAction, expected: number): Promise<void> {
  watchJob((await client.bulk.start({ filter, change, expected })).jobId)
}

/** Takes a bulk action back. */
export async function undoBulk(id: number): Promise<void> {
  try {
    watchJob((await client.bulk.undo({ id })).jobId)
  } catch (error) {
    toastError(error)
  }
}

export const applySlice = (slice: Slice): void => navigate(pairsPath(slice.filter))

const refreshSlices = () => queryClient.invalidateQueries({ queryKey: api.slices.key() })

/** Deletes a slice; its pairs stay. The message offers to bring it back. */
export async function deleteSlice(slice: Slice): Promise<void> {
  try {
    await client.slices.remove({ id: slice.id })
    await refreshSlices()
    const bringBack = () => client.slices.save({ name: slice.name, filter: slice.filter }).then(refreshSlices, toastError)
    toast(t('slice.deleted', { name: slice.name }), { action: { label: t('slice.undo'), onClick: () => void bringBack() } })
  } catch (error) {
    toastError(error)
  }
}
