import Sqlite, { type Database } from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { BlindfoldError } from '../core/errors.ts'
import { projectLayout } from '../node/project-folder.ts'
import { checkVersion } from './migrate.ts'
import { checkSchema, distrust } from './schema.ts'
import { storeError } from './store-error.ts'

export type ReadOnlyProject = { db: Database; schema: number; close(): void }

/**
 * Opens a project's database to read it, beside whoever has the project open and writes. Takes no lock, migrates
 * nothing. Temporary tables are possible.
 *
 * @param wanted the schema that the reader needs, where it needs one
 * @throws BlindfoldError PROJECT_NOT_FOUND, PROJECT_NEWER, PROJECT_CORRUPT; INVALID_INPUT where the schema is older
 */
export function openReadOnly(folder: string, wanted = 0): ReadOnlyProject {
  const { database: file, backups } = projectLayout(folder)
  if (!existsSync(file)) {
    throw new BlindfoldError('PROJECT_NOT_FOUND', 'There is no Blindfold project here (no project.db).', {
      remedy: 'Name a folder that ends in .blindfold.',
      file: folder,
    })
  }
  let db: Database | null = null
  try {
    db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5000 })
    distrust(db)
    const schema = checkVersion(db, { file, backups })
    if (schema < wanted) throw older(folder, schema, wanted)
    checkSchema(db, { file, version: schema })
    db.pragma('temp_store = MEMORY')
    db.pragma('cache_size = -65536')
    const open = db
    return { db, schema, close: () => void open.close() }
  } catch (error) {
    db?.close()
    throw storeError(error, file)
  }
}

function older(folder: string, schema: number, wanted: number): BlindfoldError {
  return new BlindfoldError('INVALID_INPUT', `This project has schema ${schema}, and schema ${wanted} is needed here.`, {
    remedy: 'Open the project once, or run blindfold check --repair: it is brought up to date then, with a copy of its database in the backups folder.',
    file: folder,
  })
}
