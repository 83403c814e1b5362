import {
  Activity,
  Boxes,
  ChartColumn,
  CircleHelp,
  Command as CommandIcon,
  Database,
  Download,
  FlaskConical,
  FolderOpen,
  FolderPlus,
  Gauge,
  Grid3x3,
  Import,
  ListChecks,
  MonitorCog,
  PanelLeft,
  Redo2,
  ScanEye,
  Sparkles,
  Undo2,
  X,
} from 'lucide-react'
import { useMemo } from 'react'
import type { ProjectInfo } from '../../src/contract/projects.ts'
import type { Command } from '../commands/registry.ts'
import { chooseAndOpenProject, closeProject } from '../features/projects/project-actions.ts'
import { redoLabel, undoLabel } from '../features/review/label-actions.ts'
import { openDialog } from '../state/dialogs.ts'
import { navigate } from '../state/location.ts'
import { toggleRail } from '../state/preferences.ts'

/**
 * The commands that hold everywhere. Browsers keep Mod+N, Mod+T and Mod+1 to themselves, so each has a plain key or a
 * sequence as well, and those come first: they are true in both homes.
 */
export function useAppCommands(project: ProjectInfo | null): readonly Command[] {
  return useMemo(() => {
    const inProject = () => project !== null
    const go = (id: string, label: string, path: string, key: string, icon: Command['icon']): Command => ({
      id: `go.${id}`,
      label,
      keys: [`g ${key}`],
      group: 'Go to',
      icon,
      predicate: inProject,
      perform: () => navigate(path),
    })
    return [
      go('overview', 'Overview', '/overview', 'o', Gauge),
      go('pairs', 'Pairs', '/pairs', 'p', ListChecks),
      go('training', 'Training', '/training', 't', Activity),
      go('evaluation', 'Evaluation', '/evaluation', 'e', Grid3x3),
      go('models', 'Models', '/models', 'm', Boxes),
      go('data', 'Data', '/data', 'd', Database),
      go('jobs', 'Jobs', '/jobs', 'j', ChartColumn),
      {
        id: 'import.open',
        label: 'Import…',
        changes: true,
        keys: ['Mod+I'],
        group: 'Project',
        icon: Import,
        predicate: inProject,
        perform: () => navigate('/import'),
      },
      {
        id: 'scan.start',
        label: 'Run blind test…',
        changes: true,
        keys: ['Mod+Shift+B'],
        group: 'Project',
        icon: FlaskConical,
        predicate: () => (project?.pairs ?? 0) > 0,
        perform: () => openDialog('scan'),
      },
      {
        id: 'probe.start',
        label: 'Probe with images…',
        changes: true,
        group: 'Project',
        icon: ScanEye,
        predicate: () => (project?.pairs ?? 0) > 0,
        perform: () => openDialog('probe'),
      },
      {
        id: 'training.open',
        label: 'Train…',
        group: 'Project',
        icon: Activity,
        predicate: inProject,
        perform: () => navigate('/training'),
      },
      {
        id: 'export.open',
        label: 'Export…',
        keys: ['Mod+E'],
        group: 'Project',
        icon: Download,
        predicate: () => (project?.pairs ?? 0) > 0,
        perform: () => openDialog('export'),
      },
      {
        id: 'review.undo',
        label: 'Undo label',
        changes: true,
        keys: ['Mod+Z'],
        group: 'Review',
        icon: Undo2,
        predicate: inProject,
        perform: undoLabel,
      },
      {
        id: 'review.redo',
        label: 'Redo label',
        changes: true,
        keys: ['Mod+Shift+Z', 'Mod+Y'],
        group: 'Review',
        icon: Redo2,
        predicate: inProject,
        perform: redoLabel,
      },
      {
        id: 'demo.open',
        label: 'Add demo data…',
        changes: true,
        group: 'Project',
        icon: Sparkles,
        predicate: inProject,
        perform: () => openDialog('demo'),
      },
      {
        id: 'project.new',
        label: 'New project…',
        keys: ['g n', 'Mod+N'],
        group: 'Project',
        icon: FolderPlus,
        perform: () => openDialog('new-project'),
      },
      { id: 'project.open', label: 'Open project…', keys: ['Mod+O'], group: 'Project', icon: FolderOpen, perform: chooseAndOpenProject },
      { id: 'project.close', label: 'Close project', group: 'Project', icon: X, predicate: inProject, perform: closeProject },
      {
        id: 'palette.open',
        label: 'Command palette…',
        keys: ['Mod+K'],
        group: 'Window',
        icon: CommandIcon,
        perform: () => openDialog('palette'),
      },
      { id: 'keys.show', label: 'Keyboard shortcuts', keys: ['?'], group: 'Window', icon: CircleHelp, perform: () => openDialog('keys') },
      {
        id: 'settings.open',
        label: 'Settings…',
        keys: ['Mod+,'],
        group: 'Window',
        icon: MonitorCog,
        perform: () => openDialog('settings'),
      },
      { id: 'rail.toggle', label: 'Toggle sidebar', keys: ['Mod+B'], group: 'Window', icon: PanelLeft, perform: toggleRail },
    ]
  }, [project])
}
