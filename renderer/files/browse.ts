import { create } from 'zustand'

/** What the user is to choose. `save` is a path that may not exist yet. */
export interface BrowseRequest {
  want: 'file' | 'folder' | 'project' | 'save'
  title: string
  suggested?: string
}

interface Asked extends BrowseRequest {
  answer: (path: string | null) => void
}

export const useBrowse = create<{ asked: Asked | null }>(() => ({ asked: null }))

/** Opens the folder dialog; the path chosen, or null where it was cancelled. */
export function browseFor(request: BrowseRequest): Promise<string | null> {
  return new Promise((resolve) => {
    useBrowse.setState({
      asked: {
        ...request,
        answer: (path) => {
          useBrowse.setState({ asked: null })
          resolve(path)
        },
      },
    })
  })
}
