import { mkdirSync } from 'node:fs'
import { inside, projectLayout } from '../../node/project-folder.ts'
import { projectHolder } from '../project/lock.ts'
import { SCHEMA_VERSION } from '../migrations/index.ts'
import { openProject } from '../project/open.ts'
import { openReadOnly } from '../project/read-only.ts'
import { storeError } from '../worker/store-error.ts'
import { checkCounts } from './counts.ts'
import { checkDatabase, checkLog, checkReferences } from './database.ts'
import { Trash, type Finding, type Found, type Place } from './finding.ts'
import { checkFolders } from './folders.ts'
import { checkLinks } from './links.ts'
import { checkGroups, checkStates, checkTexts } from './labels.ts'
import { checkImages } from './media.ts'
import { checkSearch } from './search.ts'

export type { Finding } from './finding.ts'

export type Progress = Place['progress']

/** In this order, for later ones build upon what earlier ones mend. */
const CHECKS: readonly ((place: Place) => Found[])[] = [
  checkDatabase,
  checkLog,
  checkReferences,
  checkImages,
  checkTexts,
  checkStates,
  checkGroups,
  checkCounts,
  checkSearch,
  checkFolders,
  checkLinks,
]

/**
 * Looks a project over and changes nothing; somebody may have it open and write meanwhile.
 *
 * @throws BlindfoldError PROJECT_NOT_FOUND, PROJECT_NEWER, PROJECT_CORRUPT where the database cannot even be opened;
 *   INVALID_INPUT where it is of an older schema
 */
export function checkProject(folder: string, progress: Progress = () => {}): Finding[] {
  const { db, close } = openReadOnly(folder, { wanted: SCHEMA_VERSION })
  try {
    // One state of the database for all checks, whoever writes meanwhile.
    db.exec('BEGIN')
    const place: Place = {
      db,
      folder,
      progress,
      trash: new Trash(folder, 'never'),
      // Somebody may open it while the check goes on.
      get held() {
        return projectHolder(folder) !== null
      },
    }
    return look(place, () => {})
  } catch (error) {
    throw storeError(error, projectLayout(folder).database)
  } finally {
    close()
  }
}

/**
 * Mends what can be mended, with a copy of the database put into `backups/` first. Gives what was found, and what is
 * still wrong afterwards.
 *
 * @throws BlindfoldError what `openProject` throws: PROJECT_LOCKED where somebody has the project open
 */
export function repairProject(folder: string, progress: Progress = () => {}): { found: Finding[]; left: Finding[] } {
  const { db, close } = openProject(folder)
  try {
    const stamp = new Date().toISOString().replace(/[:.]/g, '-')
    const place: Place = { db, folder, held: false, progress, trash: new Trash(folder, stamp) }
    let copied = false
    const found = look(place, ({ mend }) => {
      if (!mend) return
      if (!copied) keepCopy(place, stamp)
      copied = true
      // Rows may go whose parents are gone already, and in any order.
      db.pragma('foreign_keys = OFF')
      db.transaction(mend).immediate()
      db.pragma('foreign_keys = ON')
    })
    return { found, left: look(place, () => {}) }
  } catch (error) {
    throw storeError(error, projectLayout(folder).database)
  } finally {
    close()
  }
}

/** All findings, each handed over as it is found: what is done about it then, the next check sees. */
function look(place: Place, each: (found: Found) => void): Finding[] {
  const findings: Finding[] = []
  for (const check of CHECKS) {
    for (const found of check(place)) {
      each(found)
      const { mend: _, ...finding } = found
      findings.push(finding)
    }
    // What a damaged file says means nothing.
    if (findings.some(({ code }) => code === 'database-damaged')) break
  }
  return findings
}

function keepCopy({ db, folder }: Place, stamp: string): void {
  const { backups } = projectLayout(folder)
  mkdirSync(backups, { recursive: true })
  try {
    db.prepare('VACUUM INTO ?').run(inside(backups, `before-repair-${stamp}.db`))
  } catch (error) {
    // A damaged file cannot be copied this way, and nothing but its indexes is mended then.
    if (!String((error as { code?: string }).code).startsWith('SQLITE_CORRUPT')) throw error
  }
}
