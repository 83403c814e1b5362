import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FolderEntry } from '../contract/projects.ts'
import { BlindfoldError } from '../core/errors.ts'
import type { PathRules } from './grants.ts'

/**
 * Lists a folder of this machine, folders and projects first, for choosing files where there is no native dialog.
 * Hidden entries, those that cannot be looked at and those that the rules do not show are left out.
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, PATH_NOT_ALLOWED
 */
export async function browse(rules: PathRules, given?: string): Promise<{ path: string; parent: string | null; entries: FolderEntry[] }> {
  const { path, parent } = await rules.list(given)
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error)
  })
  const shown = names.filter((name) => !name.startsWith('.'))
  const entries = (await Promise.all(shown.map((name) => describe(rules, join(path, name), name)))).filter((entry) => entry !== null)
  entries.sort((a, b) => Number(a.kind === 'file') - Number(b.kind === 'file') || a.name.localeCompare(b.name))
  return { path, parent, entries }
}

async function describe(rules: PathRules, path: string, name: string): Promise<FolderEntry | null> {
  try {
    if (!(await rules.visible(path))) return null
    const entry = await stat(path)
    if (entry.isFile()) return { name, path, kind: 'file', bytes: entry.size }
    if (!entry.isDirectory()) return null
    return { name, path, kind: name.endsWith('.blindfold') ? 'project' : 'folder', bytes: null }
  } catch {
    // A broken link, or gone since the folder was read.
    return null
  }
}

function unreadable(path: string, error: NodeJS.ErrnoException): BlindfoldError {
  if (error.code === 'ENOENT') {
    return new BlindfoldError('FILE_NOT_FOUND', 'Folder not found.', { remedy: 'Choose another one.', file: path })
  }
  const message = error.code === 'ENOTDIR' ? 'This is a file, not a folder.' : 'This folder cannot be read.'
  return new BlindfoldError('FILE_UNREADABLE', message, { remedy: 'Choose another folder, or change its permissions.', file: path })
}
