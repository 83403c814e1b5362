import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../build/bundle.ts'

const root = join(import.meta.dirname, '..')

/** Tests of the server need the interface it serves, those of the command line the bundle that is shipped; `npm test` has built both already. */
export async function setup(): Promise<void> {
  if (!existsSync(join(root, 'out/renderer/index.html'))) await build(['renderer'])
  if (outdated(join(root, 'out/host/cli.js'))) await build(['host'])
}

/** Whether the file is absent, or older than a source of the backend. */
function outdated(file: string): boolean {
  const built = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((name) => join('src', name))
  return [...sources, 'build/bundle.ts', 'package-lock.json'].some((name) => statSync(join(root, name)).mtimeMs > built)
}
