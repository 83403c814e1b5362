import Sqlite, { type Database } from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { BlindfoldError } from '../../core/errors.ts'
import { noProject, projectLayout } from '../../node/project-folder.ts'
import { copyToLook } from './look-copy.ts'
import { checkVersion } from '../migrations/migrate.ts'
import { Place } from './place.ts'
import { admit, distrust } from '../sqlite/schema.ts'
import { storeError } from '../worker/store-error.ts'

export type ReadOnlyProject = { db: Database; schema: number; place: Place; close(): void }

/**
 * Opens a project's database to read it, beside whoever has the project open and writes. Takes no lock, migrates
 * nothing. Temporary tables are possible.
 *
 * @param options.wanted the schema that the reader needs, where it needs one
 * @param options.foreign all of its pages are looked through first
 * @throws BlindfoldError PROJECT_NOT_FOUND, PROJECT_NEWER, PROJECT_CORRUPT; INVALID_INPUT where the schema is older
 */
export function openReadOnly(folder: string, { wanted = 0, foreign = false } = {}): ReadOnlyProject {
  const { database: file, backups } = projectLayout(folder)
  if (!existsSync(file)) throw noProject(folder)
  let open: Opened | null = null
  try {
    open = opened(file)
    const { db } = open
    distrust(db)
    const schema = checkVersion(db, { file, backups })
    if (schema < wanted) throw older(folder, schema, wanted)
    admit(db, { file, version: schema, foreign })
    db.pragma('temp_store = MEMORY')
    db.pragma('cache_size = -65536')
    return { db, schema, place: new Place(file), close: open.close }
  } catch (error) {
    open?.close()
    throw storeError(error, file)
  }
}

type Opened = { db: Database; close(): void }

/**
 * SQLite needs two files beside the database to read it, and cannot make them where nothing can be written. Such a database
 * is read from a copy in the system's temporary folder.
 */
function opened(file: string): Opened {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5000 })
  try {
    db.pragma('schema_version')
    return { db, close: () => void db.close() }
  } catch (error) {
    db.close()
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(String((error as { code?: string }).code))) throw error
  }
  const copy = copyToLook(file)
  try {
    const db = new Sqlite(copy.file, { readonly: true, fileMustExist: true })
    const close = (): void => {
      db.close()
      copy.remove()
    }
    return { db, close }
  } catch (error) {
    copy.remove()
    throw error
  }
}

function older(folder: string, schema: number, wanted: number): BlindfoldError {
  return new BlindfoldError('INVALID_INPUT', `This project has schema ${schema}; schema ${wanted} is required here.`, {
    remedy: 'Open the project once, or run blindfold check --repair, to upgrade it. A copy of its database is kept in the backups folder.',
    file: folder,
  })
}
