import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLock } from './locks.ts'

type LockEntry = { version: string; license?: string; dev?: boolean; os?: string[]; cpu?: string[]; optional?: boolean }
const LICENCE = /^(licen[cs]e|copying|notice)([.-].*)?$/i

/** Packages of the app that are part of what users install, by their folders, as package-lock.json has them. */
export function shippedPackages(root: string): { place: string; name: string; entry: LockEntry }[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockEntry> }
  return Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place, entry]) => ({ place, name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), entry }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.place < b.place ? -1 : 1))
}

/** The trainer's packages, `name==version`, of all locks but that of the tests. */
export function trainerPackages(root: string): { name: string; version: string; hashes: string[] }[] {
  const trainer = join(root, 'trainer')
  const locks = readdirSync(trainer).filter((name) => name.endsWith('.lock') && !/-(test|cpu)\.lock$/.test(name))
  const found = new Map<string, { name: string; version: string; hashes: string[] }>()
  for (const { name, text } of locks.flatMap((lock) => readLock(readFileSync(join(trainer, lock), 'utf8')))) {
    const version = /==([\w.+]+)/.exec(text)?.[1] as string
    found.set(`${name}==${version}`, {
      name,
      version,
      hashes: [...text.matchAll(/sha256:([0-9a-f]{64})/g)].map(([, hash]) => hash as string),
    })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * THIRD-PARTY-NOTICES.txt: every package that is shipped with its licence, equal texts once. Of packages that are installed
 * on some systems alone the name of the licence stands here, so that the file is the same on all; their text lies in the package.
 */
export function notices(root: string): string {
  const texts = new Map<string, string[]>()
  const lines: string[] = []
  for (const { place, name, entry } of shippedPackages(root)) {
    const title = `${name} ${entry.version}`
    lines.push(`${title}: ${entry.license ?? 'see its own files'}`)
    const folder = join(root, place)
    if (entry.os || entry.cpu || entry.optional || !existsSync(folder)) continue
    for (const file of readdirSync(folder)
      .filter((each) => LICENCE.test(each))
      .sort()) {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()
      texts.set(text, [...(texts.get(text) ?? []), title])
    }
  }
  const python = trainerPackages(root).map(({ name, version }) => `${name} ${version}: https://pypi.org/project/${name}/${version}/`)
  const rule = '-'.repeat(80)
  return `${[
    'Blindfold is licensed under Apache-2.0 (LICENSE). It is built from the packages below. Written by `npm run gen`: do not edit.',
    'Electron and Chromium bring their own notices (LICENSE.electron.txt, LICENSES.chromium.html).',
    '',
    ...lines,
    '',
    'Fetched from the Python package index when the trainer is first used, and not part of what is installed:',
    '',
    ...python,
    ...[...texts].flatMap(([text, titles]) => ['', rule, [...new Set(titles)].join(', '), rule, '', text]),
  ].join('\n')}\n`
}
