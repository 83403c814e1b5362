import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyToLook } from '../../src/db/project/look-copy.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'blindfold-copies-')))
const temporary = join(root, 'tmp')
const before = process.env['TMPDIR']
/** A process that has ended. */
const ended = spawnSync('true').pid

beforeAll(() => {
  mkdirSync(temporary)
  process.env['TMPDIR'] = temporary
})
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(root, { recursive: true })
})

/** A folder as a process leaves it that was killed while it read. */
function left(name: string, at = temporary): string {
  const folder = join(at, name)
  mkdirSync(folder)
  for (const file of ['look.db', 'look.db-wal', 'look.db-shm']) writeFileSync(join(folder, file), file)
  return folder
}

test('a copy holds the database and its log, and nothing of it stays', () => {
  const database = join(root, 'project.db')
  writeFileSync(database, 'pages')
  writeFileSync(`${database}-wal`, 'log')
  const copy = copyToLook(database)
  expect(readdirSync(join(copy.file, '..')).sort()).toEqual(['look.db', 'look.db-wal'])
  copy.remove()
  copy.remove()
  expect(readdirSync(temporary)).toEqual([])
})

test('what a killed reader left is removed by the next, and nothing else', () => {
  const database = join(root, 'project.db')
  writeFileSync(database, 'pages')
  const killed = left(`blindfold-look-${ended}-aaaaaa`)
  const kept = [
    left(`blindfold-look-${process.pid}-bbbbbb`),
    left(`blindfold-look-${ended}-too-long`),
    left(`blindfold-look-cccccc`),
    left(`other-${ended}-dddddd`),
  ]
  const elsewhere = left('elsewhere', root)
  symlinkSync(elsewhere, join(temporary, `blindfold-look-${ended}-eeeeee`))
  const mixed = left(`blindfold-look-${ended}-ffffff`)
  writeFileSync(join(mixed, 'notes.txt'), 'mine')
  symlinkSync(elsewhere, join(mixed, 'project.db'))
  if (process.getuid?.() === 0) {
    const others = left(`blindfold-look-${ended}-gggggg`)
    chownSync(others, 12345, 12345)
    kept.push(others)
  }

  copyToLook(database).remove()
  expect(existsSync(killed)).toBe(false)
  for (const folder of [...kept, elsewhere]) expect(readdirSync(folder), folder).toEqual(['look.db', 'look.db-shm', 'look.db-wal'])
  expect(readdirSync(mixed).sort()).toEqual(['notes.txt', 'project.db'])
})
