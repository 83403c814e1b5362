import type { PickFiles, PickSave } from '../../src/protocols/shell-input.ts'
import { browseFor, browseForAll } from './browse.ts'
import { words } from '../words/words.ts'

const t = words.files

/** In the desktop app paths are chosen in dialogs, dropped, or suggested: one that was typed would be refused. */
export const PATHS_ARE_CHOSEN = window.blindfold !== undefined

/**
 * Paths on the machine where the backend runs: from native dialogs in the desktop shell, else from a folder dialog of our
 * own. All give null, or no paths, where the user cancelled.
 */
export async function pickFiles(options: PickFiles = {}): Promise<string[]> {
  if (window.blindfold) return window.blindfold.pickFiles({ ...options, multiple: true })
  return browseForAll({ want: 'files', title: options.title ?? t('chooseFiles') })
}

/** @param purpose what is done with the folder and all in it */
export async function pickFolder(title: string, purpose: 'read' | 'write' = 'read'): Promise<string | null> {
  if (window.blindfold) return window.blindfold.pickFolder({ title, purpose })
  return browseFor({ want: 'folder', title })
}

export async function pickProject(): Promise<string | null> {
  if (window.blindfold) return window.blindfold.pickFolder({ title: t('openProject'), purpose: 'write' })
  return browseFor({ want: 'project', title: t('openProject') })
}

export async function pickSave(options: PickSave): Promise<string | null> {
  if (window.blindfold) return window.blindfold.pickSave(options)
  return browseFor({ want: 'save', title: options.title ?? t('saveAs'), suggested: options.suggested })
}
