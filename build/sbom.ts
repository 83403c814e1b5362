/** `npm run sbom`: writes sbom.cdx.json, a CycloneDX list of what users get: the app's packages by npm, and the trainer's by its locks. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { trainerPackages } from './notices.ts'

type Component = { type: string; name: string; version: string; 'bom-ref': string; purl: string; scope?: string; hashes?: { alg: string; content: string }[] }
type Bom = { metadata: { component: { 'bom-ref': string } }; components: Component[]; dependencies: { ref: string; dependsOn: string[] }[] }

const root = join(import.meta.dirname, '..')
// npm is a script of its own on Windows.
const said = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, shell: process.platform === 'win32' })
const bom = JSON.parse(said) as Bom
for (const { name, version, hashes } of trainerPackages(root)) {
  const purl = `pkg:pypi/${name}@${version}`
  // One of the files, by the system: each has a hash of its own, so they stand as alternatives of the package.
  bom.components.push({ type: 'library', name, version, 'bom-ref': purl, purl, scope: 'optional', hashes: hashes.map((content) => ({ alg: 'SHA-256', content })) })
  bom.dependencies.push({ ref: purl, dependsOn: [] })
}
writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`)
console.log(`sbom.cdx.json: ${bom.components.length} components`)
