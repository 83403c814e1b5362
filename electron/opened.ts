import { basename, dirname, resolve } from 'node:path'

/**
 * The project that somebody opened through the system: its folder, or the `project.db` in it, where a file manager cannot open
 * folders with an app. Null if the path is neither.
 */
export function projectOf(path: string, cwd: string): string | null {
  const folder = basename(path) === 'project.db' ? dirname(path) : path
  return /\.blindfold[\\/]?$/.test(folder) ? resolve(cwd, folder) : null
}

/** The project among the arguments that the app was started with, if there is one. */
export function projectArgument(argv: readonly string[], cwd: string): string | null {
  return (
    argv
      .slice(1)
      .map((argument) => (argument.startsWith('-') ? null : projectOf(argument, cwd)))
      .find((project) => project !== null) ?? null
  )
}
