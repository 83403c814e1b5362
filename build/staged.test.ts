import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const repository = mkdtempSync(join(tmpdir(), 'blindfold-staged-'))
const git = (...args: string[]): void => void execFileSync('git', args, { cwd: repository, stdio: 'ignore' })

/** Stages a file with the text and commits it; what the hook printed, or null if it let the commit pass. */
function refusal(file: string, text: string): string | null {
  writeFileSync(join(repository, file), text)
  git('add', file)
  const { status, stdout, stderr } = spawnSync('git', ['commit', '-m', 'Try'], { cwd: repository, encoding: 'utf8' })
  return status === 0 ? null : `${stdout}${stderr}`
}

beforeAll(() => {
  for (const name of ['.githooks', '.prettierrc.json', '.prettierignore', 'eslint.config.js', 'tsconfig.json', 'build/staged.ts'])
    cpSync(join(root, name), join(repository, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(repository, 'node_modules'), 'junction')
  writeFileSync(join(repository, 'package.json'), '{ "type": "module" }')
  git('init')
  for (const [name, value] of [
    ['user.name', 'Test'],
    ['user.email', 'test@example.invalid'],
    ['commit.gpgsign', 'false'],
    ['core.hooksPath', '.githooks'],
  ] as const)
    git('config', name, value)
})
afterAll(() => rmSync(repository, { recursive: true, force: true }))

test('a commit is refused while a staged file has another format or a mistake, and for nothing else', () => {
  // Not staged.
  writeFileSync(join(repository, 'build/other.ts'), 'export  const other: any = 1;\n')
  expect(refusal('build/one two.ts', 'export const one = 1;\n')).toMatch(/one two\.ts[^]*npm run format/)
  expect(refusal('build/one two.ts', 'export const one: any = 1\n')).toContain('no-explicit-any')
  expect(refusal('build/one two.ts', 'export const one = 1\n')).toBeNull()
  expect(refusal('notes.txt', 'Not  code;')).toBeNull()
})
