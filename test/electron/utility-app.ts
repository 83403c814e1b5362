import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { hostBundle } from '../../build/bundle.ts'

const root = join(import.meta.dirname, '../..')

/** The stand-in for the backend, and what runs beside it. */
const NEEDED = ['utility', 'scoring-process', 'probe-process', 'fit-thread', 'reading-thread']

/** What these use of Node 22 that the Node 18 of an old Electron lacks. */
const MISSING_IN_NODE_18 = `
import { webcrypto } from 'node:crypto'
globalThis.crypto ??= webcrypto
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new this((yes, no) => ((resolve = yes), (reject = no)))
  return { promise, resolve, reject }
}
`

/**
 * The built shell in a folder of its own, made so that it runs its backend in Electron's utility process, as an Electron of today does: it is
 * told of a newer Node. The backend is `helper-backend.ts`, and the helpers are the real ones, bundled for Node 18 with what
 * that lacks; the database's compiled part does not run there.
 */
export async function utilityApp(folder: string): Promise<string> {
  const app = join(folder, 'app')
  await mkdir(app, { recursive: true })
  await cp(join(root, 'out/electron'), join(app, 'out/electron'), { recursive: true })
  for (const name of ['node_modules', 'trainer']) await symlink(join(root, name), join(app, name))
  await symlink(join(root, 'out/renderer'), join(app, 'out/renderer'))
  await writeFile(join(folder, 'node18.mjs'), MISSING_IN_NODE_18)
  const entryPoints = { ...hostBundle.entryPoints, utility: 'test/electron/helper-backend.ts' }
  await build({
    ...hostBundle,
    entryPoints: Object.fromEntries(Object.entries(entryPoints).filter(([name]) => NEEDED.includes(name))),
    // Before 28, Electron starts no modules.
    format: 'cjs',
    splitting: false,
    target: 'node18',
    outdir: join(app, 'out/host'),
    inject: [join(folder, 'node18.mjs')],
    banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__moduleUrl' },
  })
  await writeFile(join(app, 'out/host/package.json'), '{"type":"commonjs"}')
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object
  await writeFile(join(app, 'package.json'), JSON.stringify({ ...manifest, main: 'out/newer-node.cjs' }))
  await writeFile(
    join(app, 'out/newer-node.cjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.0.0' } }); require('./electron/main.cjs')",
  )
  return app
}
