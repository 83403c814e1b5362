import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { FolderEntry } from '../contract/projects.ts'
import { BlindfoldError } from '../core/errors.ts'

/**
 * Lists a folder of this machine, folders and projects first, for choosing files where there is no native dialog.
 * Hidden entries and those that cannot be looked at are left out.
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function browse(given?: string): Promise<{ path: string; parent: string | null; entries: FolderEntry[] }> {
  const path = resolve(given ?? homedir())
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error)
  })
  const visible = names.filter((name) => !name.startsWith('.'))
  const entries = (await Promise.all(visible.map((name) => describe(join(path, name), name)))).filter((entry) => entry !== null)
  entries.sort((a, b) => Number(a.kind === 'file') - Number(b.kind === 'file') || a.name.localeCompare(b.name))
  const parent = dirname(path)
  return { path, parent: parent === path ? null : parent, entries }
}

async function describe(path: string, name: string): Promise<FolderEntry | null> {
  try {
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
    return new BlindfoldError('FILE_NOT_FOUND', 'There is no such folder.', { remedy: 'Choose another one.', file: path })
  }
  const message = error.code === 'ENOTDIR' ? 'This is a file, not a folder.' : 'This folder cannot be read.'
  return new BlindfoldError('FILE_UNREADABLE', message, { remedy: 'Choose another folder, or change its permissions.', file: path })
}
