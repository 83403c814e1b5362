import { clearSelection } from '../pairs/selection.ts'
import { BulkDialog } from './BulkDialog.tsx'
import { BulkHistory } from './BulkHistory.tsx'
import { useCurationDialog } from './dialogs.ts'
import { useAppSliceCommands } from './slice-commands.ts'
import { RenameSliceDialog, SaveSliceDialog } from './SliceDialogs.tsx'

/** The dialog of curation that is open, and the commands of curation that hold on every page of a project. */
export function CurationDialogs() {
  useAppSliceCommands()
  const open = useCurationDialog((state) => state.open)
  switch (open?.kind) {
    case 'bulk':
      return <BulkDialog action={open.action} scope={open.scope} onStarted={clearSelection} />
    case 'history':
      return <BulkHistory />
    case 'save-slice':
      return <SaveSliceDialog filter={open.filter} />
    case 'rename-slice':
      return <RenameSliceDialog slice={open.slice} />
    case undefined:
      return null
  }
}
