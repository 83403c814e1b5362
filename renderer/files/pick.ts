import type { PickFiles, PickSave } from '../../src/contract/shell-input.ts'
import { browseFor, browseForAll } from './browse.ts'

/**
 * Paths on the machine where the backend runs: from native dialogs in the desktop shell, else from a folder dialog of our
 * own. All give null, or no paths, where the user cancelled.
 */
export async function pickFiles(options: PickFiles = {}): Promise<string[]> {
  if (window.blindfold) return window.blindfold.pickFiles({ ...options, multiple: true })
  return browseForAll({ want: 'files', title: options.title ?? 'Choose files' })
}

export async function pickFolder(title: string): Promise<string | null> {
  if (window.blindfold) return window.blindfold.pickFolder({ title })
  return browseFor({ want: 'folder', title })
}

export async function pickProject(): Promise<string | null> {
  if (window.blindfold) return window.blindfold.pickFolder({ title: 'Open project' })
  return browseFor({ want: 'project', title: 'Open project' })
}

export async function pickSave(options: PickSave): Promise<string | null> {
  if (window.blindfold) return window.blindfold.pickSave(options)
  return browseFor({ want: 'save', title: options.title ?? 'Save as', suggested: options.suggested })
}
