import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectLayout } from '../../node/project-folder.ts'
import { found, type Found, type Place } from './finding.ts'

/** Links anywhere in the folders of a project. Blindfold makes none and follows none. */
export function checkLinks({ folder, progress }: Place): Found[] {
  progress('Checking links', 0, 1)
  const { media, runs, scans, logs, backups, cache } = projectLayout(folder)
  const links = [media, runs, scans, logs, backups, cache]
    .filter((each) => existsSync(each))
    .flatMap((each) => [...linksIn(each, each.slice(folder.length + 1))])
  return found(links, {
    code: 'link',
    what: 'The project contains links. Blindfold does not follow them. Replace them with their targets.',
    repair: null,
  })
}

function* linksIn(folder: string, name: string): Generator<string, void, undefined> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) yield `${name}/${entry.name}`
    else if (entry.isDirectory()) yield* linksIn(join(folder, entry.name), `${name}/${entry.name}`)
  }
}
