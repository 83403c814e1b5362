import type { Shell } from '../../../src/protocols/shell.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { type ShownFailure, failureOf } from '../../api/failure.ts'
import { pickProject } from '../../files/pick.ts'
import { closeDialog, openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { isWaiting } from '../import/wizard.ts'
import { useOpening } from './opening.ts'

/** Everything on screen belongs to the project: forget it, and show the new one from its start. */
async function entered(): Promise<void> {
  closeDialog()
  queryClient.removeQueries({ type: 'inactive' })
  await queryClient.invalidateQueries()
  navigate(isWaiting() ? '/import' : '/overview')
}

/** Opens a project folder. If that fails, home shows why and what to do; within another project a message does. */
export const openProject = (path: string): Promise<void> => opened(path, () => client.projects.open({ path }))

/** Opens a project without changing it: one that was made elsewhere, is open elsewhere, or cannot be written to. */
export const openReadOnly = (path: string): Promise<void> => opened(path, () => client.projects.open({ path, access: 'read' }))

/** Opens a project that was made elsewhere, and never asks about it again. In the desktop app the shell asks first. */
export async function trustProject(path: string): Promise<void> {
  if (window.blindfold) return askNatively(window.blindfold, path)
  await opened(path, () => client.projects.trust({ path }))
}

async function askNatively(shell: Shell, path: string): Promise<void> {
  const answer = await shell.confirmTrust(path)
  if (answer === 'trust') await opened(path, () => client.projects.trust({ path }))
  if (answer === 'read') await openReadOnly(path)
}

async function opened(path: string, open: () => Promise<unknown>): Promise<void> {
  useOpening.setState({ path, failure: null, untrusted: null })
  try {
    await open()
    useOpening.setState({ path: null })
    await entered()
  } catch (error) {
    const failure = failureOf(error)
    if (failure.code === 'PROJECT_UNTRUSTED') {
      useOpening.setState({ path: null, untrusted: path })
      return window.blindfold ? askNatively(window.blindfold, path) : openDialog('untrusted')
    }
    useOpening.setState({ path: null, failure: { ...failure, file: failure.file ?? path } })
    if (queryClient.getQueryData(api.projects.current.queryKey())) toastError(error)
  }
}

export async function chooseAndOpenProject(): Promise<void> {
  const path = await pickProject()
  if (path !== null) await openProject(path)
}

/** Makes a project and opens it. Null where it went well, else why not. */
export async function createProject(path: string): Promise<ShownFailure | null> {
  try {
    await client.projects.create({ path })
  } catch (error) {
    return failureOf(error)
  }
  await entered()
  return null
}

export async function closeProject(): Promise<void> {
  try {
    await client.projects.close()
    closeDialog()
    navigate('/', { replace: true })
    await queryClient.invalidateQueries()
  } catch (error) {
    toastError(error)
  }
}
