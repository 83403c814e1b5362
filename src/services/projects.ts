import { logError } from '../core/log.ts'
import type { ProjectInfo } from '../contract/projects.ts'
import type { Backend, Session } from './backend.ts'
import { browse } from './browse.ts'
import { os } from './procedure.ts'
import { projectName, Recents } from './recents.ts'

const ENDING = '.blindfold'

export function projectsService(backend: Backend) {
  const { paths } = backend
  const recents = new Recents(backend.places.userDir)

  const openable = (given: string): Promise<string> =>
    paths.openProject(
      given,
      recents.list().some(({ path }) => path === given),
    )

  async function opened(session: Session): Promise<ProjectInfo> {
    try {
      recents.noteOpened(session.path)
    } catch (error) {
      // The project is open all the same: a user's folder that cannot be written to costs the list of recents only.
      logError('recents', error)
    }
    return projectInfo(session)
  }

  return {
    current: os.projects.current.handler(() => (backend.session ? projectInfo(backend.session) : null)),
    recent: os.projects.recent.handler(() => recents.list()),
    create: os.projects.create.handler(async ({ input }) => {
      const path = await paths.createProject(input.path.endsWith(ENDING) ? input.path : input.path + ENDING)
      return opened(await backend.open(path, { create: true }))
    }),
    open: os.projects.open.handler(async ({ input: { path, access } }) =>
      opened(await backend.open(await openable(path), { readOnly: access === 'read' })),
    ),
    trust: os.projects.trust.handler(async ({ input }) => {
      const path = await openable(input.path)
      await paths.trust(path)
      return opened(await backend.open(path, { trust: true }))
    }),
    close: os.projects.close.handler(async () => {
      await backend.close()
      return null
    }),
    forgetRecent: os.projects.forgetRecent.handler(({ input }) => {
      recents.forget(input.path)
      return null
    }),
    browse: os.projects.browse.handler(({ input }) => browse(paths, input.path)),
    defaultFolder: os.projects.defaultFolder.handler(() => ({ path: paths.defaultFolder })),
  }
}

async function projectInfo({ path, db, readOnly, trusted }: Session): Promise<ProjectInfo> {
  return { path, name: projectName(path), readOnly, trusted, ...(await db.projects.info()) }
}
