import { fileURLToPath } from 'node:url'
import type { Places } from '../jobs/kind.ts'
import { Backend, defaultUserDir } from '../services/backend.ts'
import { anyPath, type PathRules } from '../services/grants.ts'
import { createRouter } from '../services/router.ts'

/** The backend put together: its procedures, and the little that hosts need besides them. */
export interface Composition {
  router: ReturnType<typeof createRouter>
  /** Folder of the open project, for the images in it. */
  projectPath(): string | null
  /** Calls back whenever another project, or none, is open. */
  onProject(listener: (path: string | null) => void): void
  /** Closes the project. Training runs go on by themselves. */
  close(): Promise<void>
}

/** @param window a page looks at the project: thumbnails are of use, and it may name only the paths that these rules allow */
export function compose(window?: PathRules): Composition {
  const backend = new Backend({ ...places(), thumbnails: window !== undefined, paths: window ?? anyPath })
  return {
    router: createRouter(backend),
    projectPath: () => backend.session?.path ?? null,
    onProject: (listener) => void backend.onProject(listener),
    close: () => backend.close(),
  }
}

/** Folders outside of any project. */
export const places = (): Places => ({
  trainerSource: process.env['BLINDFOLD_TRAINER'] ?? rootFolder('trainer'),
  userDir: defaultUserDir(),
})

/** The built interface. */
export const assetsFolder = (): string => rootFolder('out/renderer')

/** A folder of the project's root, which lies two above this file both as `src/host/compose.ts` and bundled into `out/host/`. */
function rootFolder(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}
