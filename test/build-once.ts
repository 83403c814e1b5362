import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../build/bundle.ts'

/** Tests of the server need the interface it serves; `npm test` has built it already. */
export async function setup(): Promise<void> {
  if (!existsSync(join(import.meta.dirname, '../out/renderer/index.html'))) await build(['renderer'])
}
