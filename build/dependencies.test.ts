import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cpuHashes, readLock } from './locks.ts'
import { softwareList } from './sbom.ts'
import { notices, shippedPackages, trainerPackages } from './notices.ts'

const root = join(import.meta.dirname, '..')
const trainer = join(root, 'trainer')
const locks = readdirSync(trainer).filter((name) => name.endsWith('.lock'))
const read = (name: string) => readLock(readFileSync(join(trainer, name), 'utf8'))
const names = (name: string): string[] => read(name).map((one) => one.name)

test.each(locks)('%s pins every package by version and content', (name) => {
  const text = readFileSync(join(trainer, name), 'utf8')
  const packages = read(name)
  expect(packages.length).toBeGreaterThan(0)
  for (const one of packages) expect(one.text).toMatch(/^[a-z0-9.-]+==[\w.+]+( ; [^\\\n]+)?( \\\n {4}--hash=sha256:[0-9a-f]{64})+$/)
  // Nothing else stands in it: no index, no address, no range.
  expect(
    text
      .split('\n')
      .filter((line) => !/^(#.*|)$/.test(line))
      .join('\n'),
  ).toBe(packages.map((one) => one.text).join('\n'))
  expect(new Set(packages.map((one) => one.name)).size).toBe(packages.length)
})

test('locks hold what pyproject.toml asks for, and what lies over the first holds nothing of it', () => {
  const project = readFileSync(join(trainer, 'pyproject.toml'), 'utf8')
  const wanted = (key: string): string[] =>
    [...(new RegExp(`^${key} = \\[([^\\]]*)\\]`, 'm').exec(project)?.[1] ?? '').matchAll(/"([A-Za-z0-9-]+)/g)].map(
      ([, name]) => name as string,
    )
  const base = names('requirements.lock')
  expect(base).toEqual(expect.arrayContaining([...wanted('dependencies'), ...wanted('parquet')]))
  for (const extra of ['vlm', 'export', 'test']) {
    expect(wanted(extra).length).toBeGreaterThan(0)
    expect(names(`requirements-${extra}.lock`)).toEqual(expect.arrayContaining(wanted(extra)))
  }
  for (const name of locks.filter((other) => !['requirements.lock', 'requirements-cpu.lock'].includes(other)))
    expect(names(name).filter((one) => base.includes(one))).toEqual([])
  const version = (name: string): string | undefined =>
    /^torch==([\d.]+)/.exec(read(name).find((one) => one.name === 'torch')?.text ?? '')?.[1]
  expect(version('requirements-cpu.lock')).toBe(version('requirements.lock'))
})

test('builds for processors are read from PyTorch’s index, those of the version alone', () => {
  const file = (name: string, hash: string) =>
    `<a href="/whl/cpu/${name}#sha256=${hash.repeat(64)}" data-dist-info-metadata="x">${name}</a><br/>`
  const index = [
    file('torch-2.13.0%2Bcpu-cp311-cp311-linux.whl', 'b'),
    file('torch-2.13.0%2Bcpu-cp312-cp312-linux.whl', 'a'),
    file('torch-2.12.0%2Bcpu-cp312-cp312-linux.whl', 'c'),
    file('torch-2.13.0-cp312-macosx.whl', 'd'),
  ].join('\n')
  expect(cpuHashes(index, '2.13.0')).toEqual(['a'.repeat(64), 'b'.repeat(64)])
})

test('notices name every package that is shipped, with the text of its licence', () => {
  const text = notices(root)
  const shipped = shippedPackages(root)
  expect(shipped.map(({ name }) => name)).toEqual(expect.arrayContaining(['better-sqlite3', 'onnxruntime-node', 'react', 'sharp', 'zod']))
  expect(shipped.map(({ name }) => name)).not.toContain('vitest')
  for (const { name, entry } of shipped) expect(text).toContain(`${name} ${entry.version}: ${entry.license}`)
  for (const { name, version } of trainerPackages(root)) expect(text).toContain(`${name} ${version}: https://pypi.org/project/`)
  expect(text).toContain('Permission is hereby granted, free of charge')
})

test('no package runs a script when it is installed', () => {
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string }>
  }
  for (const [place, { integrity, resolved }] of Object.entries(packages)) {
    if (place === '') continue
    expect([place, integrity]).toEqual([place, expect.stringMatching(/^sha512-/)])
    // Where nothing is said, it is npm's own registry.
    expect([place, resolved ?? 'https://registry.npmjs.org/']).toEqual([place, expect.stringMatching(/^https:\/\/registry\.npmjs\.org\//)])
  }
})

test('the software list names every package that is shipped, of both languages, and nothing else', () => {
  const { components, dependencies } = softwareList(root)
  const listed = components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`)
  const wanted = [
    ...shippedPackages(root).map(({ name, entry }) => `${name}@${entry.version}`),
    ...trainerPackages(root).map(({ name, version }) => `${name}@${version}`),
  ]
  expect([...new Set(listed)].sort()).toEqual([...new Set(wanted)].sort())
  const refs = new Set(components.map((each) => each['bom-ref']))
  for (const { dependsOn = [] } of dependencies) for (const ref of dependsOn) expect(refs).toContain(ref)
})
