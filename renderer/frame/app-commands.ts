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
import { words } from '../words/words.ts'

const t = words.frame

/**
 * The commands that hold everywhere. Browsers keep Mod+N, Mod+T and Mod+1 to themselves, so each has a plain key or a
 * sequence as well, and those come first: they are true in both homes.
 */
export const useAppCommands = (project: ProjectInfo | null): readonly Command[] => useMemo(() => appCommands(project), [project])

export function appCommands(project: ProjectInfo | null): readonly Command[] {
  const inProject = () => project !== null
  const go = (id: string, label: string, path: string, key: string, icon: Command['icon']): Command => ({
    id: `go.${id}`,
    label,
    keys: [`g ${key}`],
    group: t('group.goTo'),
    icon,
    predicate: inProject,
    perform: () => navigate(path),
  })
  return [
    go('overview', t('page.overview'), '/overview', 'o', Gauge),
    go('pairs', t('page.pairs'), '/pairs', 'p', ListChecks),
    go('training', t('page.training'), '/training', 't', Activity),
    go('evaluation', t('page.evaluation'), '/evaluation', 'e', Grid3x3),
    go('models', t('page.models'), '/models', 'm', Boxes),
    go('data', t('page.data'), '/data', 'd', Database),
    go('jobs', t('page.jobs'), '/jobs', 'j', ChartColumn),
    {
      id: 'import.open',
      label: t('command.import'),
      changes: true,
      keys: ['Mod+I'],
      group: t('group.project'),
      icon: Import,
      predicate: inProject,
      perform: () => navigate('/import'),
    },
    {
      id: 'scan.start',
      label: t('command.scan'),
      changes: true,
      keys: ['Mod+Shift+B'],
      group: t('group.project'),
      icon: FlaskConical,
      predicate: () => (project?.pairs ?? 0) > 0,
      perform: () => openDialog('scan'),
    },
    {
      id: 'probe.start',
      label: t('command.probe'),
      changes: true,
      group: t('group.project'),
      icon: ScanEye,
      predicate: () => (project?.pairs ?? 0) > 0,
      perform: () => openDialog('probe'),
    },
    {
      id: 'training.open',
      label: t('command.train'),
      group: t('group.project'),
      icon: Activity,
      predicate: inProject,
      perform: () => navigate('/training'),
    },
    {
      id: 'export.open',
      label: t('command.export'),
      keys: ['Mod+E'],
      group: t('group.project'),
      icon: Download,
      predicate: () => (project?.pairs ?? 0) > 0,
      perform: () => openDialog('export'),
    },
    {
      id: 'review.undo',
      label: t('command.undo'),
      changes: true,
      keys: ['Mod+Z'],
      group: t('group.review'),
      icon: Undo2,
      predicate: inProject,
      perform: undoLabel,
    },
    {
      id: 'review.redo',
      label: t('command.redo'),
      changes: true,
      keys: ['Mod+Shift+Z', 'Mod+Y'],
      group: t('group.review'),
      icon: Redo2,
      predicate: inProject,
      perform: redoLabel,
    },
    {
      id: 'demo.open',
      label: t('command.demo'),
      changes: true,
      group: t('group.project'),
      icon: Sparkles,
      predicate: inProject,
      perform: () => openDialog('demo'),
    },
    {
      id: 'project.new',
      label: t('command.newProject'),
      keys: ['g n', 'Mod+N'],
      group: t('group.project'),
      icon: FolderPlus,
      perform: () => openDialog('new-project'),
    },
    {
      id: 'project.open',
      label: t('command.openProject'),
      keys: ['Mod+O'],
      group: t('group.project'),
      icon: FolderOpen,
      perform: chooseAndOpenProject,
    },
    {
      id: 'project.close',
      label: t('command.closeProject'),
      group: t('group.project'),
      icon: X,
      predicate: inProject,
      perform: closeProject,
    },
    {
      id: 'palette.open',
      label: t('command.palette'),
      keys: ['Mod+K'],
      group: t('group.window'),
      icon: CommandIcon,
      perform: () => openDialog('palette'),
    },
    {
      id: 'keys.show',
      label: t('command.keys'),
      keys: ['?'],
      group: t('group.window'),
      icon: CircleHelp,
      perform: () => openDialog('keys'),
    },
    {
      id: 'settings.open',
      label: t('command.settings'),
      keys: ['Mod+,'],
      group: t('group.window'),
      icon: MonitorCog,
      perform: () => openDialog('settings'),
    },
    { id: 'rail.toggle', label: t('command.rail'), keys: ['Mod+B'], group: t('group.window'), icon: PanelLeft, perform: toggleRail },
  ]
}
