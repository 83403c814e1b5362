import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureEnvironment } from '../src/jobs/python/environment.ts'

/** The Python package of this checkout. */
export const trainerSource = fileURLToPath(new URL('../trainer', import.meta.url))

/**
 * Variables for a backend under test, so that it trains at once: `BLINDFOLD_TRAINER_PYTHON` as it is set, or an environment
 * that the app's own code makes, once, in the user's cache folder. `PYTHONPATH` lets a test start the trainer of this
 * checkout by itself; the app does not look at it.
 */
export async function trainerVariables(): Promise<{ BLINDFOLD_TRAINER_PYTHON: string; PYTHONPATH: string }> {
  const given = process.env.BLINDFOLD_TRAINER_PYTHON
  if (given) {
    const paths = [trainerSource, process.env.PYTHONPATH].filter((entry) => entry !== undefined && entry !== '')
    return { BLINDFOLD_TRAINER_PYTHON: given, PYTHONPATH: paths.join(path.delimiter) }
  }
  const userDir = testCache()
  mkdirSync(userDir, { recursive: true })
  const release = await hold(path.join(userDir, 'lock'))
  try {
    const log = (line: string): void => {
      if (/error/i.test(line)) console.error(line)
    }
    const { python } = await ensureEnvironment({ userDir, trainerSource }, { log, progress: () => {} })
    return { BLINDFOLD_TRAINER_PYTHON: python, PYTHONPATH: trainerSource }
  } finally {
    release()
  }
}

/** What tests make once and keep. */
export const testCache = (): string => path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'blindfold-test')

/** Test files run side by side; only one of them makes an environment. Gives what frees it for the others. */
export async function hold(file: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (!alive(file)) rmSync(file, { force: true })
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function alive(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}
