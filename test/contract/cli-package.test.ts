import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
// The npm that belongs to the Node of the tests, where there is one.
const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }
const npm = (args: string[], cwd: string): string =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', shell: process.platform === 'win32' })

test('the packed command line is installed in an empty folder, and imports, scans and reports there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'blindfold-package-'))
  try {
    const tarball = execFileSync(process.execPath, [join(root, 'build/cli-package.ts'), join(folder, 'packed')], {
      env,
      encoding: 'utf8',
    }).trim()
    expect(statSync(tarball).size).toBeLessThan(8_000_000)
    const names = execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
    expect(names).toEqual(
      expect.arrayContaining([
        'package/LICENSE',
        'package/out/host/cli.js',
        'package/out/renderer/index.html',
        'package/trainer/pyproject.toml',
      ]),
    )
    expect(names.filter((name) => /\.ts$|\.map$|\/tests?\/|node_modules|utility\.js|electron/.test(name))).toEqual([])

    const empty = join(folder, 'empty')
    mkdirSync(empty)
    npm(['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', tarball], empty)
    const home = { ...env, BLINDFOLD_HOME: join(folder, 'home') }
    const blindfold = (...args: string[]): string =>
      execFileSync('npx', ['--no-install', 'blindfold', ...args], {
        cwd: empty,
        env: home,
        encoding: 'utf8',
        shell: process.platform === 'win32',
      })
    const records = Array.from({ length: 80 }, (_, i) => ({
      prompt: `What is in picture ${i}?`,
      chosen: `There are ${i} red birds.`,
      rejected: `Perhaps there may be ${i} birds.`,
    }))
    writeFileSync(join(empty, 'pairs.jsonl'), records.map((record) => JSON.stringify(record)).join('\n'))
    expect(blindfold('--version').trim()).toBe(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    )
    blindfold('import', 'pairs.jsonl', '--project', 'birds', '--source', 'birds')
    blindfold('scan', '--project', 'birds')
    expect(blindfold('report', '--project', 'birds', '--html', 'report.html')).toContain('This dataset leaks')
    expect(readFileSync(join(empty, 'report.html'), 'utf8')).toContain('Blind test of birds')
    expect(existsSync(join(empty, 'birds.blindfold/project.db'))).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
