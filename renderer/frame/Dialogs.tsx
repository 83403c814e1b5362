import type { ProjectInfo } from '../../src/contract/projects.ts'
import { CommandPalette } from '../commands/CommandPalette.tsx'
import { KeySheet } from '../commands/KeySheet.tsx'
import { ExportDialog } from '../features/export/ExportDialog.tsx'
import { ProbeDialog } from '../features/overview/scan/ProbeDialog.tsx'
import { ScanDialog } from '../features/overview/scan/ScanDialog.tsx'
import { DemoDialog, DemoProjectDialog } from '../features/projects/DemoDialogs.tsx'
import { NewProjectDialog } from '../features/projects/NewProjectDialog.tsx'
import { UntrustedDialog } from '../features/projects/UntrustedDialog.tsx'
import { useDialogs } from '../state/dialogs.ts'
import { SettingsDialog } from './SettingsDialog.tsx'

/** The dialog that is open, if any; see `state/dialogs.ts`. */
export function Dialogs({ project }: { project: ProjectInfo | null }) {
  const open = useDialogs((state) => state.open)
  switch (open) {
    case 'palette':
      return <CommandPalette />
    case 'keys':
      return <KeySheet />
    case 'settings':
      return <SettingsDialog />
    case 'new-project':
      return <NewProjectDialog />
    case 'new-demo':
      return <DemoProjectDialog />
    case 'untrusted':
      return <UntrustedDialog />
    case 'export':
      return project && <ExportDialog project={project} />
    case 'demo':
      return project && <DemoDialog />
    case 'scan':
      return project && <ScanDialog />
    case 'probe':
      return project && <ProbeDialog />
    case null:
      return null
  }
}
