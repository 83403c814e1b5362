import {
  Activity,
  Boxes,
  ChartColumn,
  ChevronsUpDown,
  Database,
  FolderOpen,
  FolderPlus,
  Gauge,
  Grid3x3,
  ListChecks,
  PanelLeft,
  Search,
  Settings,
  X,
} from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { ProjectInfo } from '../../src/contract/projects.ts'
import { api } from '../api/client.ts'
import { chooseAndOpenProject, closeProject, openProject } from '../features/projects/project-actions.ts'
import { openDialog } from '../state/dialogs.ts'
import { toggleRail, usePreferences } from '../state/preferences.ts'
import { IconButton, type Icon } from '../ui/Button.tsx'
import { classes } from '../ui/class-names.ts'
import { compactCount } from '../../src/core/format.ts'
import { Kbd } from '../ui/Kbd.tsx'
import { Menu, type MenuItem } from '../ui/overlays/Popover.tsx'
import { Tooltip } from '../ui/overlays/Tooltip.tsx'
import styles from './NavRail.module.css'
import { words } from '../words/words.ts'

const t = words.frame

const PAGES: readonly { path: string; label: string; icon: Icon; keys: string }[] = [
  { path: '/overview', label: t('page.overview'), icon: Gauge, keys: 'g o' },
  { path: '/pairs', label: t('page.pairs'), icon: ListChecks, keys: 'g p' },
  { path: '/training', label: t('page.training'), icon: Activity, keys: 'g t' },
  { path: '/evaluation', label: t('page.evaluation'), icon: Grid3x3, keys: 'g e' },
  { path: '/models', label: t('page.models'), icon: Boxes, keys: 'g m' },
  { path: '/data', label: t('page.data'), icon: Database, keys: 'g d' },
  { path: '/jobs', label: t('page.jobs'), icon: ChartColumn, keys: 'g j' },
]

export function NavRail({ project }: { project: ProjectInfo }) {
  const [location] = useLocation()
  const collapsed = usePreferences((state) => state.railCollapsed)
  const badges: Record<string, string | undefined> = {
    '/pairs': project.pairs > 0 ? compactCount(project.pairs) : undefined,
    '/data': project.quarantined > 0 ? `${compactCount(project.quarantined)} !` : undefined,
  }
  return (
    <nav className={classes(styles.rail, collapsed && styles.collapsed)} aria-label={t('nav')}>
      <ProjectMenu project={project} collapsed={collapsed} />
      <ul className={styles.list}>
        {PAGES.map((page) => {
          const active = location === page.path || location.startsWith(`${page.path}/`) || (page.path === '/data' && location === '/import')
          const badge = badges[page.path]
          return (
            <li key={page.path}>
              <Tooltip
                content={
                  <>
                    {page.label} <Kbd keys={page.keys} />
                  </>
                }
              >
                <Link
                  href={page.path}
                  className={styles.item}
                  aria-current={active ? 'page' : undefined}
                  aria-label={collapsed ? page.label : undefined}
                >
                  <page.icon size={16} aria-hidden />
                  {!collapsed && <span className={styles.label}>{page.label}</span>}
                  {!collapsed && badge && <span className={styles.badge}>{badge}</span>}
                </Link>
              </Tooltip>
            </li>
          )
        })}
      </ul>
      <div className={styles.tools}>
        <IconButton label={t('rail.palette')} icon={Search} shortcut="Mod+K" onClick={() => openDialog('palette')} />
        <IconButton label={t('rail.settings')} icon={Settings} shortcut="Mod+," onClick={() => openDialog('settings')} />
        <IconButton label={t(collapsed ? 'rail.expand' : 'rail.collapse')} icon={PanelLeft} shortcut="Mod+B" onClick={toggleRail} />
      </div>
    </nav>
  )
}

function ProjectMenu({ project, collapsed }: { project: ProjectInfo; collapsed: boolean }) {
  const recent = useQuery(api.projects.recent.queryOptions())
  const others = (recent.data ?? []).filter((other) => other.path !== project.path && other.exists).slice(0, 6)
  const items: (MenuItem | 'line')[] = [
    ...others.map((other) => ({ label: other.name, detail: other.path, onSelect: () => void openProject(other.path) })),
    ...(others.length > 0 ? (['line'] as const) : []),
    { label: t('command.newProject'), icon: FolderPlus, keys: 'g n', onSelect: () => openDialog('new-project') },
    { label: t('command.openProject'), icon: FolderOpen, keys: 'Mod+O', onSelect: () => void chooseAndOpenProject() },
    { label: t('command.closeProject'), icon: X, onSelect: () => void closeProject() },
  ]
  return (
    <div className={styles.project}>
      <Menu
        label={t('rail.projectMenu')}
        items={items}
        button={{
          tone: 'quiet',
          className: styles.projectButton,
          'aria-label': t('rail.project', { name: project.name }),
          children: (
            <span className={styles.projectName}>
              <img src="./icon.svg" alt="" width={20} height={20} />
              {!collapsed && (
                <>
                  <span dir="auto" title={project.path}>
                    {project.name}
                  </span>
                  <ChevronsUpDown size={14} aria-hidden />
                </>
              )}
            </span>
          ),
        }}
      />
    </div>
  )
}
