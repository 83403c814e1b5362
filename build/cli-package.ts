import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NATIVE_PACKAGES } from './bundle.ts'

// `npm run pack:cli`: the command line with the served interface and the trainer as one npm package, `blindfold-VERSION.tgz` in `dist/` or the folder named. Node
// strips no types below `node_modules`, so the package holds the bundled backend. Only packages with compiled parts stay dependencies.
const root = join(import.meta.dirname, '..')
const dist = resolve(process.argv[2] ?? join(root, 'dist'))
const staged = join(dist, 'cli')

type Manifest = Record<'name' | 'version' | 'description' | 'license', string> & { dependencies: Record<string, string> }
const { name, version, description, license, dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest

await rm(staged, { recursive: true, force: true })
await mkdir(staged, { recursive: true })
for (const part of ['out/host', 'out/renderer', 'trainer', 'LICENSE', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES.txt', 'README.md']) {
  if (existsSync(join(root, part))) await cp(join(root, part), join(staged, part), { recursive: true, filter: wanted })
}
await writeFile(
  join(staged, 'package.json'),
  JSON.stringify(
    {
      name,
      version,
      description,
      license,
      type: 'module',
      engines: { node: '>=22.18' },
      bin: { blindfold: 'out/host/cli.js' },
      files: ['out', 'trainer', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES.txt'],
      dependencies: Object.fromEntries(NATIVE_PACKAGES.map((each) => [each, dependencies[each]])),
    },
    null,
    2,
  ),
)
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', dist], {
  cwd: staged,
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
console.log(join(dist, packed.trim()))

/** Not what only the desktop app or a developer needs. */
function wanted(path: string): boolean {
  return !/\.map$|\.LEGAL\.txt$|[\\/](__pycache__|tests|\.pytest_cache|[^\\/]*\.egg-info)$|[\\/]utility\.js$/.test(path)
}
