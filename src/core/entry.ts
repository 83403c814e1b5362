/**
 * URL of an entry (a thread or process of its own) that lies beside the module which starts it: in development the
 * `.ts` file in the same folder, in a bundle the `.js` file, for bundles put all entries flat into one folder.
 * `moduleUrl` is the caller's `import.meta.url`, `name` the file name without its ending.
 */
export function siblingEntry(moduleUrl: string, name: string): string {
  const folder = moduleUrl.slice(0, moduleUrl.lastIndexOf('/') + 1)
  const ending = /\.ts(\?|#|$)/.test(moduleUrl) ? 'ts' : 'js'
  return `${folder}${name}.${ending}`
}
