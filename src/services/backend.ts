import envPaths from 'env-paths'
import { resolve } from 'node:path'
import { BlindfoldError } from '../core/errors.ts'
import { logError } from '../core/log.ts'
import { connect, type DbClient } from '../db/worker/client.ts'
import { kinds } from '../jobs/kinds/index.ts'
import type { Places } from '../jobs/kind.ts'
import { JobRunner } from '../jobs/runner.ts'
import { holdsProject } from '../node/project-folder.ts'
import { EventHub } from './events.ts'
import { anyPath, type PathRules } from './grants.ts'
import { ScanQuestions } from './scan-questions.ts'
import { keepSearch } from './search-upkeep.ts'
import { keepThumbnails } from './thumbnails.ts'
import { Trust } from './trust.ts'
import type { Upkeep } from './upkeep.ts'

/** The open project. */
export type Session = {
  /** Absolute path of the `NAME.blindfold` folder. */
  readonly path: string
  readonly db: DbClient
  readonly jobs: JobRunner
  /** Open read-only: no job that changes the project starts. */
  readonly readOnly: boolean
  /** Its models may be loaded. */
  readonly trusted: boolean
}

export type BackendOptions = {
  /** Where the Python package of the trainer lies. */
  trainerSource: string
  /** Folder of the user's own data; see `defaultUserDir`. */
  userDir?: string
  /** Makes thumbnails of the open project's images: worth the while where somebody looks at them. */
  thumbnails?: boolean
  /** Which paths callers may name; any where it is left out, for callers in this process. */
  paths?: PathRules
}

/** Recents and the trainer's environment live here: `BLINDFOLD_HOME`, or the system's place for application data. */
export function defaultUserDir(): string {
  return process.env['BLINDFOLD_HOME'] || envPaths('Blindfold', { suffix: '' }).data
}

/** Everything the services share: the open project, if there is one, and the hub that tells of changes. */
export class Backend {
  readonly events = new EventHub()
  readonly places: Places
  readonly paths: PathRules
  /** Asks the models of finished scans about texts. */
  readonly questions: ScanQuestions
  readonly trust: Trust
  readonly #thumbnails: boolean
  #session: Session | null = null
  /** What is done in the background while a project is open. */
  #upkeep: Upkeep[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #listeners = new Set<(path: string | null) => void>()

  constructor({ trainerSource, userDir = defaultUserDir(), thumbnails = false, paths = anyPath }: BackendOptions) {
    this.paths = paths
    this.#thumbnails = thumbnails
    this.places = { trainerSource, userDir }
    this.questions = new ScanQuestions(userDir)
    this.trust = new Trust(userDir)
  }

  get session(): Session | null {
    return this.#session
  }

  /** @throws BlindfoldError PROJECT_NOT_OPEN */
  requireSession(): Session {
    if (this.#session) return this.#session
    throw new BlindfoldError('PROJECT_NOT_OPEN', 'No project is open.', { remedy: 'Open or create a project first.' })
  }

  /** The open project, whose models may be loaded. @throws BlindfoldError PROJECT_NOT_OPEN, PROJECT_UNTRUSTED */
  requireTrusted(): Session {
    const session = this.requireSession()
    if (session.trusted || this.trust.has(session.path)) return session
    throw new BlindfoldError('PROJECT_UNTRUSTED', 'This project is not trusted, so its models are not loaded.', {
      remedy: `Trust it if you know who made it: choose “Trust and edit”, or run blindfold trust --project ${session.path}`,
      file: session.path,
    })
  }

  /**
   * Opens the project in the folder `path`, or makes it; the one that was open is closed then, but stays open where
   * this fails. With `readOnly` nothing is changed: somebody else may have it open, or have made it.
   * With `trust` it is trusted from now on, if it can be opened. Throws what `openProject`, `createProject` and `openReadOnly`
   * throw, and PROJECT_UNTRUSTED.
   */
  open(path: string, { create = false, readOnly = false, trust = false } = {}): Promise<Session> {
    return this.#inTurn(async () => {
      const folder = resolve(path)
      const open = this.#session
      const known = create || this.trust.has(folder)
      // What is no project is refused by its own name below.
      if (!known && !trust && !readOnly && holdsProject(folder)) this.trust.require(folder)
      if (open?.path === folder && !create) {
        if (open.readOnly === readOnly && (await answers(open.db))) return open
        // A writer has to free the project first. A reader is in nobody's way, and stays where the next opening fails.
        if (!open.readOnly) await this.#leave()
      }
      const db = await connect(folder, { create, readOnly, foreign: !known })
      const jobs = new JobRunner({
        db,
        project: { path: folder },
        places: this.places,
        kinds,
        publish: this.events.publish,
        readOnly,
      })
      try {
        if (create || trust) this.trust.trustFolder(folder)
        if (!readOnly) await jobs.recover()
      } catch (error) {
        await db.close()
        throw error
      }
      await this.#leave()
      this.#enter({ path: folder, db, jobs, readOnly, trusted: known || trust })
      return this.requireSession()
    })
  }

  /** Stops the jobs (training goes on by itself) and frees the project for others. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#session) return
      await this.#leave()
      this.#enter(null)
    })
  }

  /** Calls back with the project's path whenever another one, or none, is open. Returns the unsubscriber. */
  onProject(listener: (path: string | null) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** One opening or closing at a time, in the order they were asked for. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  async #leave(): Promise<void> {
    const session = this.#session
    this.#session = null
    if (!session) return
    await Promise.all(this.#upkeep.splice(0).map((each) => each.close()))
    // Where the database thread has died, its jobs cannot store how they end: the next opening marks them.
    await this.questions.close()
    await session.jobs.close().catch((error: unknown) => logError('jobs', error))
    await session.db.close()
  }

  #enter(session: Session | null): void {
    this.#session = session
    if (session && !session.readOnly) {
      this.#upkeep = [keepSearch(session, this.events), ...(this.#thumbnails ? [keepThumbnails(session, this.events)] : [])]
    }
    for (const listener of this.#listeners) listener(session?.path ?? null)
    this.events.publish('project')
  }
}

/** False where the database thread has died. */
function answers(db: DbClient): Promise<boolean> {
  return db.projects.meta('project_id').then(
    () => true,
    () => false,
  )
}
