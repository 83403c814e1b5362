/** Where the backend's socket is, beside the page, when it was served over HTTP. */
export const SOCKET_PATH = '/rpc'

/** The address of a project image, by its content hash: images never travel in messages. */
export function mediaUrl(hash: string): string {
  return window.blindfold ? `media://image/${hash}` : `/media/${hash}`
}

/** The address of the same image made small, for lists; the image itself while it has no small form yet. */
export function thumbnailUrl(hash: string): string {
  return window.blindfold ? `media://thumbnail/${hash}` : `/media/thumbnail/${hash}`
}
