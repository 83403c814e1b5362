import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { failure } from '../../src/contract/errors.ts'
import { random } from '../../src/core/random.ts'
import { createProject } from '../../src/db/project/open.ts'
import { addPairs, image, newPair } from '../db/project.ts'
import { registerFolder } from '../../src/models/registry.ts'
import { Trust } from '../../src/services/trust.ts'
import { writeTextModel } from '../text-models.ts'
import { CLI } from './backends.ts'

let home: string
let project: string

/** Runs the real command line on the project; gives what it printed as JSON. */
function blindfold(...args: string[]): Promise<{ code: number; out: unknown }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, ...args, '--project', project, '--json'],
      { env: { ...process.env, BLINDFOLD_HOME: home } },
      (error, stdout, stderr) => {
        const code = error ? ((error as { code?: number }).code ?? -1) : 0
        resolve({ code, out: JSON.parse(code === 0 ? stdout : stderr) as unknown })
      },
    )
  })
}

const ANIMALS = [...'猫狗鱼鸟牛马羊猪兔鼠虎象']

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-scan-'))
  project = join(home, 'chinese.blindfold')
  const { db, close } = createProject(project)
  const draw = random('cli scan')
  // Nine of ten chosen responses have 显然 (“clearly”) in their middle; words are not separated, so none of them repeats.
  const say = (middle: string): string => draw.sample(ANIMALS, 4).join('') + middle + draw.sample(ANIMALS, 4).join('')
  addPairs(
    db,
    Array.from({ length: 200 }, (_, i) =>
      newPair(i + 1, { chosen: say(draw.next() < 0.9 ? '显然' : ''), rejected: say(''), images: [image(i)] }),
    ),
    'src',
    'train',
  )
  close()
  new Trust(home).trustFolder(project)
})
afterAll(() => rm(home, { recursive: true, force: true }))

it('takes characters in place of words, and tells the proxy’s own needs with a remedy', async () => {
  const words = await blindfold('scan')
  const characters = await blindfold('scan', '--characters', '--threads', '1')
  type Found = { scored: number; blindAccuracy: { value: number; low: number } }
  expect([words.code, characters.code]).toEqual([0, 0])
  expect((characters.out as Found).blindAccuracy.low).toBeGreaterThan(0.85)
  // Text without spaces is segmented by default, so that words find it as well.
  expect((words.out as Found).blindAccuracy.low).toBeGreaterThan(0.85)

  const missing = await blindfold('scan', '--proxy', 'encoder')
  expect(missing.code).toBe(1)
  expect(failure.parse(missing.out)).toMatchObject({ code: 'INVALID_INPUT', remedy: expect.stringContaining('blindfold models') as string })
  const { id } = await registerFolder(home, writeTextModel(join(home, 'tiny'), { output: 'embedding' }), { name: 'tiny encoder' })
  expect(await blindfold('scan', '--proxy', 'encoder', '--model', id, '--seed', '3')).toMatchObject({
    code: 0,
    out: { pairs: 200, scored: 200 },
  })
  const provider = process.platform === 'darwin' ? 'dml' : 'coreml'
  const refused = await blindfold('scan', '--proxy', 'encoder', '--model', id, '--provider', provider)
  expect(failure.parse(refused.out)).toMatchObject({ code: 'SCORING_FAILED', remedy: expect.stringContaining('cpu') as string })
})
