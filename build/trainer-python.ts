import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensureEnvironment } from '../src/jobs/python/environment.ts'
import { defaultUserDir } from '../src/services/backend.ts'

const root = join(import.meta.dirname, '..')
const trainerSource = join(root, 'trainer')

/** A Python for the trainer's tests, and the variables with which every test finds it and the trainer's sources. */
export interface TestPython {
  python: string
  env: Record<string, string>
}

/**
 * The trainer's environment, made by the app's own code where it is absent, with the test packages beside it: the
 * environment itself holds no more than what users get who train vision-language models.
 */
export async function testPython(): Promise<TestPython> {
  const context = { signal: new AbortController().signal, log: (line: string) => console.log(line), progress: () => undefined }
  const { python } = await ensureEnvironment({ userDir: defaultUserDir(), trainerSource }, context, 'vlm')
  const packages = join(root, 'out', 'test-python')
  const lock = join(trainerSource, 'requirements-test.lock')
  const installed = join(packages, 'installed.lock')
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== readFileSync(lock, 'utf8')) {
    rmSync(packages, { recursive: true, force: true })
    const args = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--target', packages, '-r', lock]
    const install = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], { stdio: 'inherit' })
    if (install.status !== 0) throw new Error('pytest could not be installed.')
    copyFileSync(lock, installed)
  }
  return { python, env: { BLINDFOLD_TRAINER_PYTHON: python, PYTHONPATH: [trainerSource, packages].join(delimiter) } }
}

if (import.meta.main) console.log((await testPython()).python)
