import { create } from 'zustand'

/** What the user is to choose. `files` are one or several; `save` is a path that may not exist yet. */
export interface BrowseRequest {
  want: 'files' | 'folder' | 'project' | 'save'
  title: string
  suggested?: string
}

interface Asked extends BrowseRequest {
  answer: (paths: string[]) => void
}

export const useBrowse = create<{ asked: Asked | null }>(() => ({ asked: null }))

/** Opens the folder dialog; the path chosen, or null where it was cancelled. */
export async function browseFor(request: BrowseRequest): Promise<string | null> {
  return (await browseForAll(request))[0] ?? null
}

/** The same for several paths: none where it was cancelled. */
export function browseForAll(request: BrowseRequest): Promise<string[]> {
  return new Promise((resolve) => {
    useBrowse.setState({
      asked: {
        ...request,
        answer: (paths) => {
          useBrowse.setState({ asked: null })
          resolve(paths)
        },
      },
    })
  })
}
