import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLI } from './backends.ts'

type Ended = { code: number; stdout: string; stderr: string }

/** Sets the title of the window, goes back over the line, is a C1 sequence, turns the direction, deletes. */
const HOSTILE = '\u001b]0;owned\u0007\u001b[2K\rsafe\u009b31m\u202egnp\u2066\u007f'
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

let home: string
let project: string
let file: string

function blindfold(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: { ...process.env, BLINDFOLD_HOME: home } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-inert-'))
  project = join(home, `p ${HOSTILE.replaceAll('/', '')}.blindfold`)
  file = join(home, `${HOSTILE}.jsonl`)
  const records = Array.from({ length: 30 }, (_, i) => ({
    prompt: `${HOSTILE} ${i}`,
    chosen: `yes ${HOSTILE} ${i}`,
    rejected: `no ${HOSTILE} ${i}`,
    [HOSTILE]: i,
    image: `${HOSTILE}${i}.png`,
  }))
  await writeFile(file, [...records.map((record) => JSON.stringify(record)), `{"prompt": "${HOSTILE}`].join('\n'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

describe('what the command line prints of a hostile dataset', () => {
  it.each([
    ['import', () => ['import', file, '--source', `s${HOSTILE}`, '--split', HOSTILE, '--project', project]],
    ['import again', () => ['import', file, '--source', `s${HOSTILE}`, '--project', project]],
    ['a file that is not there', () => ['import', `${file}\nerror: forged`, '--source', 's', '--project', project]],
    ['tag', () => ['tag', `t${HOSTILE}`, '--all', '--project', project]],
    ['pairs', () => ['pairs', '--project', project]],
    ['slices', () => ['slices', '--save', `n${HOSTILE}`, '--tag', `t${HOSTILE}`, '--project', project]],
    ['scan', () => ['scan', '--project', project]],
    ['report', () => ['report', '--project', project]],
    ['reasons', () => ['reasons', '--project', project]],
    ['duplicates', () => ['duplicates', '--project', project]],
    ['bulk', () => ['bulk', '--project', project]],
    ['heal', () => ['heal', '--project', project]],
    ['export', () => ['export', '--dry-run', '--format', 'csv', '--out', join(home, HOSTILE), '--project', project]],
    ['check', () => ['check', '--project', project]],
    ['info', () => ['info', '--project', project]],
    ['an option that does not exist', () => [`--${HOSTILE}`]],
    ['a command that does not exist', () => [HOSTILE]],
    ['a choice that does not exist', () => ['import', file, '--source', 's', '--format', HOSTILE, '--project', project]],
  ])('is inert: %s', async (_name, args) => {
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await blindfold(...args(), ...json)
      expect(stdout + stderr).not.toMatch(ACTING)
      expect((stdout + stderr).split('\n')).not.toContain('error: forged')
    }
  })

  it('in JSON is the very text', async () => {
    const { stdout } = await blindfold('pairs', '--limit', '1', '--sort', 'id', '--json', '--project', project)
    expect(JSON.parse(stdout)).toMatchObject({ prompt: `${HOSTILE} 0`, source: `s${HOSTILE}` })
  })
})
