import { constants, copyFileSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../../node/is-alive.ts'

/** No project has files of these names. */
const COPY = 'look.db'
const MADE: ReadonlySet<string> = new Set([COPY, `${COPY}-wal`, `${COPY}-shm`])

/** A copy of a database and its log in the system's temporary folder, to read it from there. */
export type LookCopy = { file: string; remove(): void }

/** Copies a database and its log. Copies that killed processes of this user left are removed first. */
export function copyToLook(database: string): LookCopy {
  clearAway()
  const folder = mkdtempSync(join(tmpdir(), `blindfold-look-${process.pid}-`))
  const file = join(folder, COPY)
  const remove = (): void => removeCopy(folder)
  try {
    for (const end of ['', '-wal']) if (existsSync(database + end)) copyFileSync(database + end, file + end, constants.COPYFILE_FICLONE)
  } catch (error) {
    remove()
    throw error
  }
  return { file, remove }
}

function clearAway(): void {
  for (const name of listed(tmpdir())) {
    const pid = /^blindfold-look-(\d+)-\w{6}$/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const folder = join(tmpdir(), name)
    try {
      if (isOurs(folder)) removeCopy(folder)
    } catch {
      // Somebody else removes it, or something else lies in it: it can stay.
    }
  }
}

/** Empty where a folder may be used, but not listed. */
function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A real folder, not a link to one, that belongs to this user. */
function isOurs(folder: string): boolean {
  const facts = lstatSync(folder)
  return facts.isDirectory() && (process.getuid === undefined || facts.uid === process.getuid())
}

/** Removes the files of a copy by name, and the folder if it is empty then. Does nothing if the copy does not exist. */
function removeCopy(folder: string): void {
  if (!existsSync(folder)) return
  const names = readdirSync(folder)
  for (const name of names) if (MADE.has(name)) unlinkSync(join(folder, name))
  if (names.every((name) => MADE.has(name))) rmdirSync(folder)
}
