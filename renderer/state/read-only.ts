import { create } from 'zustand'
import type { ProjectInfo } from '../../src/contract/projects.ts'
import { words } from '../words/words.ts'

const t = words.frame

/** Id of the notice that says so on every page; it describes what is off. */
export const READ_ONLY_NOTICE = 'read-only-notice'

/** Why the open project cannot be changed. */
export interface ReadOnly {
  message: string
  remedy: string
}

/** In one line, for a tooltip. */
export const said = ({ message, remedy }: ReadOnly): string => `${message} ${remedy}`

const useStore = create<{ path: string | null; why: ReadOnly | null; told: boolean }>(() => ({ path: null, why: null, told: false }))

/** Follows the project that is open. */
export function followProject(project: ProjectInfo | null): void {
  const { path, why } = useStore.getState()
  const next = project?.readOnly ? reason(project) : null
  if (path === (project?.path ?? null) && why?.remedy === next?.remedy) return
  useStore.setState({ path: project?.path ?? null, why: next, told: false })
}

const reason = ({ trusted }: ProjectInfo): ReadOnly => ({
  message: t('readOnly.message'),
  remedy: trusted ? t('readOnly.open') : t('readOnly.trust'),
})

/** Why nothing can be changed now; null while it can. */
export const useReadOnly = (): ReadOnly | null => useStore((state) => state.why)

/** The same outside of components. */
export const readOnly = (): ReadOnly | null => useStore.getState().why

/** True the first time since the project was opened. */
export function isFirstRefusal(): boolean {
  const { told } = useStore.getState()
  if (!told) useStore.setState({ told: true })
  return !told
}
