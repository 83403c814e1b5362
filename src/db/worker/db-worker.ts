import { parentPort, workerData } from 'node:worker_threads'
import { projectLayout } from '../../node/project-folder.ts'
import { SCHEMA_VERSION } from '../migrations/index.ts'
import { createProject, openProject } from '../project/open.ts'
import { queries } from '../queries.ts'
import { openReadOnly } from '../project/read-only.ts'
import { readOnlyError, storeError } from './store-error.ts'
import { packError, type Call, type Opening, type Reply } from './wire.ts'

// The database thread: the project's one writer. It runs one named query at a time, in the order they were asked.
const port = parentPort
if (!port) throw new Error('db-worker runs as a worker thread')
const { folder, create, readOnly, foreign } = workerData as Opening
const reply = (message: Reply) => port.postMessage(message)

type Query = (db: unknown, ...args: unknown[]) => unknown
const named = queries as unknown as Record<string, Record<string, Query>>

try {
  const project = readOnly
    ? openReadOnly(folder, { wanted: SCHEMA_VERSION, foreign })
    : create
      ? createProject(folder)
      : openProject(folder, { foreign })
  const { database } = projectLayout(folder)
  /** What a failed query says: where the folder went away meanwhile, that. */
  const refusal = (error: unknown): unknown => {
    try {
      project.place.assert()
    } catch (gone) {
      return gone
    }
    return readOnly ? readOnlyError(error, folder) : storeError(error, database)
  }
  port.on('message', (call: Call) => {
    if ('close' in call) {
      project.close()
      port.close()
      return
    }
    try {
      const query = named[call.namespace]?.[call.name]
      if (!query) throw new Error(`there is no query ${call.namespace}.${call.name}`)
      // Nothing is written, or acknowledged, into a file that nobody will find again.
      project.place.assert()
      reply({ id: call.id, result: query(project.db, ...call.args) })
    } catch (error) {
      reply({ id: call.id, error: packError(refusal(error)) })
    }
  })
  reply({ ready: true })
} catch (error) {
  reply({ refused: packError(error) })
  port.close()
}
