import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { random } from '../../src/core/random.ts'
import { addPairs, filesOf, picture } from './exporting.ts'
import { Project, removeTemporary, temporary } from './importing.ts'

afterAll(removeTemporary)

/** All that an export holds, but for the time in its manifest. */
function digest(out: string): string {
  const hash = createHash('sha256')
  for (const name of filesOf(out))
    hash.update(name).update(readFileSync(path.join(out, name), 'latin1').replace(/"createdAt": "[^"]*"/, ''))
  return hash.digest('hex')
}

/** Exports in a process, which is killed `after` milliseconds past the job's start; null lets it end. Says how it ended. */
async function attempt(folder: string, input: object, after: number | null): Promise<string | undefined> {
  const args = [fileURLToPath(new URL('export-process.ts', import.meta.url)), folder, JSON.stringify(input)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const said: string[] = []
  const lines = createInterface(child.stderr)
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')])
  const started = new Promise<void>((resolve) => lines.on('line', (line) => (said.push(line), resolve())))
  if (after !== null) {
    await Promise.race([started, ended])
    await sleep(after)
    child.kill('SIGKILL')
  }
  await ended
  return said.at(-1)
}

test('killed at any moment, an export leaves what was there, whole; the next one clears away what is left', async () => {
  const project = await Project.create()
  const images = await Promise.all(Array.from({ length: 300 }, (_, n) => picture(project, n)))
  await addPairs(
    project,
    Array.from({ length: 3000 }, (_, i) => ({ externalId: `${i}`, images: [images[i % 300]!] })),
  )
  await project.close()
  const parent = temporary()
  const out = path.join(parent, 'out')
  const [old, fresh] = [
    { out, filter: { pairIds: [1, 2, 3] } },
    { out, format: 'ms-swift' },
  ]
  expect(await attempt(project.folder, fresh, null)).toBe('done')
  const whole = digest(out)
  expect(await attempt(project.folder, old, null)).toBe('done')
  const before = digest(out)
  expect(before).not.toBe(whole)

  const moments = random(7)
  let killed = 0
  for (let i = 0; i < 4; i++) {
    const end = await attempt(project.folder, fresh, Math.round(moments.next() * 400))
    if (end === 'done') {
      expect(digest(out)).toBe(whole)
      expect(await attempt(project.folder, old, null)).toBe('done')
      continue
    }
    killed++
    // Between two renames nothing is there, but the earlier export beside it; the next export puts it back first.
    if (existsSync(out)) expect([before, whole]).toContain(digest(out))
    else expect(readdirSync(parent).filter((name) => name.endsWith('.old'))).toHaveLength(1)
  }
  expect(killed).toBeGreaterThan(0)
  expect(await attempt(project.folder, fresh, null)).toBe('done')
  expect(digest(out)).toBe(whole)
  expect(readdirSync(parent)).toEqual(['out'])
}, 300_000)
