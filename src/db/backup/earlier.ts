import { type Dirent, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BlindfoldError } from '../../core/errors.ts'
import { inside, projectLayout } from '../../node/project-folder.ts'
import { hashFile } from './files.ts'

/** What a backup says of itself, in `backup.json`: of which project it is, and SHA-256 of its database as it was made. */
const marker = z.object({ project: z.string(), from: z.string(), madeAt: z.iso.datetime(), database: z.string() })
export type Marker = z.infer<typeof marker>

const NAME = 'backup.json'

export function writeMarker(folder: string, value: Marker): void {
  writeFileSync(inside(folder, NAME), `${JSON.stringify(value, null, 2)}\n`)
}

/**
 * Whether an earlier backup of the project lies at `out`, which a new one may take the place of.
 * @throws BlindfoldError PROJECT_EXISTS where something else lies there, or a backup that was worked on since
 */
export async function earlierBackup(out: string, project: string): Promise<boolean> {
  if (!existsSync(out)) return false
  const found = read(out)
  const { database } = projectLayout(out)
  if (found?.project === project && existsSync(database) && (await hashFile(database)) === found.database) {
    const strange = foreignFile(out)
    if (strange === null) return true
    throw new BlindfoldError('PROJECT_EXISTS', `The earlier backup there also contains “${strange}”, which would be lost.`, {
      remedy: 'Move it elsewhere, or choose another name.',
      file: out,
    })
  }
  const what = found ? 'a backup of another project, or one that was opened and changed' : 'something that is not a backup'
  throw new BlindfoldError('PROJECT_EXISTS', `The destination is ${what}.`, { remedy: 'Choose another name.', file: out })
}

/** What only a backup holds, and what opening it to look adds. */
const OWN = /^(project\.db(-wal|-shm)?|backup\.json|lock\.(db|json)|media|scans|runs|logs|backups|cache)$/

/** Something in a backup that Blindfold did not put there; null if there is nothing. What lies in the folder of a run is the run's. */
function foreignFile(folder: string): string | null {
  const entries = readdirSync(folder, { withFileTypes: true })
  const stranger = entries.find(({ name }) => !OWN.test(name))
  if (stranger) return stranger.name
  const inside = (name: string, isOwn: (entry: Dirent) => boolean): string[] =>
    existsSync(join(folder, name))
      ? readdirSync(join(folder, name), { withFileTypes: true })
          .filter((entry) => !isOwn(entry))
          .map((entry) => `${name}/${entry.name}`)
      : []
  const works = ['scans', 'runs'].flatMap((name) => inside(name, (entry) => entry.isDirectory()))
  const media = inside('media', (entry) => entry.isDirectory() && /^([0-9a-f]{2}|thumbnails|partial)$/.test(entry.name))
  const logs = inside('logs', (entry) => entry.isFile() && entry.name.endsWith('.log'))
  return [...works, ...media, ...logs][0] ?? null
}

function read(folder: string): Marker | null {
  try {
    return marker.parse(JSON.parse(readFileSync(inside(folder, NAME), 'utf8')))
  } catch {
    return null
  }
}
