/** `npm run sbom`: writes sbom.cdx.json, a CycloneDX list of what users get: the app's packages by npm, and the trainer's by its locks. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shippedPackages, trainerPackages } from './notices.ts'

type Component = {
  type: string
  name: string
  group?: string
  version: string
  'bom-ref': string
  purl: string
  scope?: string
  hashes?: { alg: string; content: string }[]
}
export type Bom = {
  metadata: { component: { 'bom-ref': string } }
  components: Component[]
  dependencies: { ref: string; dependsOn?: string[] }[]
}

/** The list. npm names all packages and we keep those that the lock ships: its own `--omit dev` also leaves out what a development tool needs, too. */
export function softwareList(root: string): Bom {
  // npm is a script of its own on Windows.
  const said = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  })
  const bom = JSON.parse(said) as Bom
  const shipped = new Set(shippedPackages(root).map(({ name, entry }) => `${name}@${entry.version}`))
  const components = bom.components.filter(({ group, name, version }) => shipped.has(`${group ? `${group}/` : ''}${name}@${version}`))
  const refs = new Set([bom.metadata.component['bom-ref'], ...components.map((each) => each['bom-ref'])])
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }))
  for (const { name, version, hashes } of trainerPackages(root)) {
    const purl = `pkg:pypi/${name}@${version}`
    // One of the files, by the system: each has a hash of its own, so they stand as alternatives of the package.
    components.push({
      type: 'library',
      name,
      version,
      'bom-ref': purl,
      purl,
      scope: 'optional',
      hashes: hashes.map((content) => ({ alg: 'SHA-256', content })),
    })
    dependencies.push({ ref: purl, dependsOn: [] })
  }
  return { ...bom, components, dependencies }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const bom = softwareList(root)
  writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`)
  console.log(`sbom.cdx.json: ${bom.components.length} components`)
}
