import { api, client, queryClient } from '../../api/client.ts'
import { type ShownFailure, failureOf } from '../../api/failure.ts'
import { pickProject } from '../../files/pick.ts'
import { closeDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { toastError } from '../../ui/Toast.tsx'
import { isWaiting } from '../import/wizard.ts'
import { useOpening } from './opening.ts'

/** Everything on screen belongs to the project: forget it, and show the new one from its start. */
async function entered(): Promise<void> {
  closeDialog()
  queryClient.removeQueries({ type: 'inactive' })
  await queryClient.invalidateQueries()
  navigate(isWaiting() ? '/import' : '/overview')
}

/** Opens a project folder. Where that fails, home shows why and what to do; within another project a message does. */
export async function openProject(path: string): Promise<void> {
  useOpening.setState({ path, failure: null })
  try {
    await client.projects.open({ path })
    useOpening.setState({ path: null, failure: null })
    await entered()
  } catch (error) {
    const failure = failureOf(error)
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
