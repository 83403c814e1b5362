import type { PickFiles, PickSave } from '../../src/contract/shell-input.ts'
import { browseFor } from './browse.ts'

/**
 * Paths on the machine where the backend runs: from native dialogs in the desktop shell, else from a folder dialog of our
 * own. All give null where the user cancelled.
 */
export async function pickFile(options: PickFiles = {}): Promise<string | null> {
  if (window.blindfold) return (await window.blindfold.pickFiles({ ...options, multiple: false }))[0] ?? null
  return browseFor({ want: 'file', title: options.title ?? 'Choose a file' })
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
