import { readdir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes what Blindfold made in a folder: regular files whose names match, and then the folder itself if nothing else is
 * left in it. Somebody else's files, folders and links stay. It is no error if the folder is missing.
 *
 * @param folder from `inside`, so that it leads through no link
 */
export async function removeMade(folder: string, names: RegExp): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!entries) return
  const made = entries.filter((entry) => entry.isFile() && names.test(entry.name))
  for (const { name } of made) await unlink(join(folder, name))
  if (made.length === entries.length) await rmdir(folder)
}
