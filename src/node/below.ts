import { isAbsolute, relative, sep } from 'node:path'

/** The names that lead from a folder to a path, none for the folder itself; null if the path does not lie there. Links are not resolved. */
export function below(folder: string, path: string): string[] | null {
  const way = relative(folder, path)
  if (way === '') return []
  // A name may begin with two points.
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way.split(sep)
}
