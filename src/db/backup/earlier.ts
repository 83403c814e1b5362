import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BlindfoldError } from '../../core/errors.ts'
import { projectLayout } from '../layout.ts'
import { hashFile } from './files.ts'

/** What a backup says of itself, in `backup.json`: of which project it is, and SHA-256 of its database as it was made. */
const marker = z.object({ project: z.string(), from: z.string(), madeAt: z.iso.datetime(), database: z.string() })
export type Marker = z.infer<typeof marker>

const NAME = 'backup.json'

export function writeMarker(folder: string, value: Marker): void {
  writeFileSync(join(folder, NAME), `${JSON.stringify(value, null, 2)}\n`)
}

/**
 * Whether an earlier backup of the project lies at `out`, which a new one may take the place of.
 * @throws BlindfoldError PROJECT_EXISTS where something else lies there, or a backup that was worked on since
 */
export async function earlierBackup(out: string, project: string): Promise<boolean> {
  if (!existsSync(out)) return false
  const found = read(out)
  const { database } = projectLayout(out)
  if (found?.project === project && existsSync(database) && (await hashFile(database)) === found.database) return true
  const what = found ? 'a backup of another project, or one that was opened and changed' : 'something that is no backup'
  throw new BlindfoldError('PROJECT_EXISTS', `There is ${what} in that place.`, { remedy: 'Choose another name.', file: out })
}

function read(folder: string): Marker | null {
  try {
    return marker.parse(JSON.parse(readFileSync(join(folder, NAME), 'utf8')))
  } catch {
    return null
  }
}
