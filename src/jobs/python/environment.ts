import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { EnvironmentStatus } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { isAlive } from '../../node/is-alive.ts'
import { installLock, installOffered, makeVenv, needsCuda, venvPython, type InstallContext, type Lock } from './installer.ts'
import type { Places } from '../kind.ts'
import { runCommand, withLimit, type Command } from '../../node/child-process.ts'
import { findPython, given, isolated, type Python } from './python.ts'

/** What starts a trainer: the interpreter, its PyTorch, and the variables with which it finds the trainer's code. */
export type TrainerPython = { python: string; torch: string; variables: Record<string, string> }

/** A command of the trainer. */
export const trainerCommand = ({ python, variables }: TrainerPython, args: readonly string[], module = PACKAGE): Command => ({
  program: python,
  args: ['-m', module, ...args],
  variables,
})

const PACKAGE = 'blindfold_trainer'
const LOCK = 'requirements.lock'
/** PyTorch's small build for processors, which Linux gets where one of the user's package indexes has it. */
const CPU_LOCK = 'requirements-cpu.lock'
/** What its builds for NVIDIA's GPUs need besides. */
const CUDA_LOCK = 'requirements-cuda.lock'
/** What only some work needs, installed over the environment when it is first asked for. */
export type Extra = 'export' | 'vlm'
/** Written last: an environment without it is half made. */
const STAMP = 'blindfold-environment.json'
type Stamp = { python: string; torch: string }

/** The Python that the user wants to train with. */
const named = (): string | undefined => process.env.BLINDFOLD_TRAINER_PYTHON && given(process.env.BLINDFOLD_TRAINER_PYTHON)

/**
 * With these, a Python and all that it starts find the trainer in `packages`, and look for code neither in the folder they
 * start in nor beside a script. A Python that the user names keeps the packages in the user's home.
 */
const variablesOf = (packages: string): Record<string, string> => ({
  PYTHONPATH: packages,
  PYTHONSAFEPATH: '1',
  PYTHONUTF8: '1',
  ...(named() ? {} : { PYTHONNOUSERSITE: '1' }),
})

/** On disk: PyTorch from the Python package index brings CUDA's libraries on Linux, and only there. */
const BYTES_NEEDED = process.platform === 'linux' ? 6e9 : 1.2e9

/** One environment for each set of pinned packages, so that an update of the app alone fetches nothing. */
function placesOf({ userDir, trainerSource }: Places) {
  const lock = readFileSync(path.join(trainerSource, LOCK), 'utf8')
  const root = path.join(userDir, 'trainer')
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 16)
  return { root, folder: path.join(root, key) }
}

function readStamp(folder: string): Stamp | null {
  try {
    return JSON.parse(readFileSync(path.join(folder, STAMP), 'utf8')) as Stamp
  } catch {
    return null
  }
}

/** Whether there is an environment to train in. Starts Python, but does not import PyTorch, which takes seconds. */
export async function environmentStatus(places: Places): Promise<EnvironmentStatus> {
  const own = named()
  if (own) {
    try {
      const { python, torch } = await checked(places.userDir, own, variablesOf(addPackage(places)), namedRemedy)
      return { status: 'ready', python, torch }
    } catch (error) {
      if (!(error instanceof BlindfoldError)) throw error
      return { status: 'broken', message: error.message, remedy: error.detail.remedy }
    }
  }
  const { folder } = placesOf(places)
  const stamp = readStamp(folder)
  if (!stamp) return { status: 'absent', bytesNeeded: BYTES_NEEDED, location: folder }
  if (await runs(places.userDir, folder)) return { status: 'ready', python: venvPython(folder), torch: stamp.torch }
  const message = `The trainer’s Python environment uses a Python that no longer exists (${stamp.python}).`
  return { status: 'broken', message, remedy: 'Set up the environment again. A training run does so automatically.' }
}

/** A virtual environment lives from the Python it was made with, which may be upgraded or removed. */
async function runs(userDir: string, folder: string): Promise<boolean> {
  return runCommand(userDir, isolated([venvPython(folder)], ['-c', 'import sys']), { signal: AbortSignal.timeout(60_000) }).then(
    ({ code }) => code === 0,
    () => false,
  )
}

/**
 * The Python to train with: `BLINDFOLD_TRAINER_PYTHON` as it is, where it is set, or the app's own environment, which is
 * made where it is absent, half made or broken. It is made under a temporary name and renamed when it works. An `extra` is
 * installed over it once; a Python of the user's own has what it has.
 *
 * @throws BlindfoldError `PYTHON_MISSING`, `TRAINER_ENVIRONMENT`; the signal's reason
 */
export async function ensureEnvironment(places: Places, context: InstallContext, extra: Extra | null = null): Promise<TrainerPython> {
  const { userDir } = places
  const variables = variablesOf(addPackage(places))
  const own = named()
  if (own) return checked(userDir, own, variables, namedRemedy, context.signal)
  const { folder, root } = placesOf(places)
  if (!readStamp(folder) || !(await runs(userDir, folder))) {
    removeLeftOvers(root)
    const python = await findPython(userDir)
    const temporary = mkdtempSync(`${folder}.partial-${process.pid}-`)
    try {
      await installPackages(places, python, temporary, context)
      context.log('Trying to import PyTorch and the trainer.')
      const { torch } = await checked(userDir, venvPython(temporary), variables, ownRemedy, context.signal)
      writeFileSync(path.join(temporary, STAMP), JSON.stringify({ python: python.executable, torch } satisfies Stamp))
      // Another project's backend may have made the same one meanwhile, and train in it.
      if (!readStamp(folder) || !(await runs(userDir, folder))) {
        rmSync(folder, { recursive: true, force: true })
        renameSync(temporary, folder)
      }
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  }
  if (extra) await addExtra(userDir, folder, path.join(places.trainerSource, `requirements-${extra}.lock`), context)
  return { python: venvPython(folder), torch: readStamp(folder)?.torch ?? '', variables }
}

/** Makes the environment and installs PyTorch and what the tiny model needs: the build for processors where it is on offer, else the index's own. */
async function installPackages(places: Places, python: Python, folder: string, context: InstallContext): Promise<void> {
  const { userDir } = places
  const [base, cpu, cuda] = [LOCK, CPU_LOCK, CUDA_LOCK].map((name) => readLock(places, name)) as [Lock, Lock | null, Lock | null]
  await makeVenv(userDir, python, folder, base, context)
  if (cpu && process.platform === 'linux') await installOffered(userDir, folder, cpu, context)
  await installLock(userDir, folder, base, context)
  if (cuda && needsCuda(folder)) await installLock(userDir, folder, cuda, context)
}

function readLock({ trainerSource }: Places, name: string): Lock | null {
  const file = path.join(trainerSource, name)
  return existsSync(file) ? { file, text: readFileSync(file, 'utf8') } : null
}

/** Installs a further lock file, unless it is there as it is now. */
async function addExtra(userDir: string, folder: string, file: string, context: InstallContext): Promise<void> {
  const text = readFileSync(file, 'utf8')
  const stamp = path.join(folder, `${path.basename(file)}.installed`)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return
  await installLock(userDir, folder, { file, text }, context)
  writeFileSync(stamp, text)
}

/** Environments that a process which has ended was making. */
function removeLeftOvers(root: string): void {
  for (const name of readdirSync(root)) {
    const maker = /\.partial-(\d+)-/.exec(name)?.[1]
    if (maker && !isAlive(Number(maker))) rmSync(path.join(root, name), { recursive: true, force: true })
  }
}

/**
 * Copies the trainer's package into the user's folder, under the hash of its contents: an update of the app never changes
 * the files under a trainer that runs. Returns the folder that Python has to look into.
 */
function addPackage({ userDir, trainerSource }: Places): string {
  const source = path.join(trainerSource, PACKAGE)
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${path.relative(source, file).replaceAll('\\', '/')}\n`).update(readFileSync(file))
  const target = path.join(userDir, 'trainer', 'packages', hash.digest('hex').slice(0, 16))
  if (!existsSync(target)) {
    mkdirSync(path.dirname(target), { recursive: true })
    const temporary = mkdtempSync(`${target}.partial-`)
    for (const file of files) cpSync(file, path.join(temporary, PACKAGE, path.relative(source, file)))
    try {
      renameSync(temporary, target)
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true })
      if (!existsSync(target)) throw error
    }
  }
  return target
}

const namedRemedy =
  'Install the packages of trainer/requirements.lock into the Python that BLINDFOLD_TRAINER_PYTHON names, or unset it, and Blindfold creates its own environment.'
const ownRemedy = 'Check the job’s log, then set up the environment again.'

/** PyTorch takes seconds to import, from a slow disk a minute; a Python that hangs must not hold a page up for ever. */
const IMPORT_MS = 5 * 60_000

/** Interpreters that passed their check in this process: importing PyTorch takes seconds. */
const passed = new Map<string, Promise<TrainerPython>>()

async function checked(
  userDir: string,
  python: string,
  variables: Record<string, string>,
  remedy: string,
  signal?: AbortSignal,
): Promise<TrainerPython> {
  const key = JSON.stringify([python, variables])
  const known = passed.get(key)
  if (known) return known
  const result = importTrainer(userDir, python, variables, remedy, signal)
  passed.set(key, result)
  result.catch(() => passed.delete(key))
  return result
}

async function importTrainer(
  userDir: string,
  python: string,
  variables: Record<string, string>,
  remedy: string,
  signal?: AbortSignal,
): Promise<TrainerPython> {
  const probe: Command = { program: python, args: ['-c', `import torch, ${PACKAGE}; print(torch.__version__)`], variables }
  try {
    const { code, tail } = await runCommand(userDir, probe, { signal: withLimit(signal, IMPORT_MS) })
    if (code === 0) return { python, torch: tail.at(-1)?.trim() ?? '', variables }
    const reason = tail.at(-1)?.trim() || `it exited with code ${code}`
    throw new BlindfoldError('TRAINER_ENVIRONMENT', `${python} cannot run the trainer: ${reason}`, { remedy, file: python })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof BlindfoldError) throw error
    const { code, name } = error as NodeJS.ErrnoException
    const late = `it did not import PyTorch within ${IMPORT_MS / 60_000} minutes`
    const reason = code === 'ENOENT' ? 'program not found' : name === 'TimeoutError' ? late : String(error)
    throw new BlindfoldError('TRAINER_ENVIRONMENT', `${python} cannot be started: ${reason}.`, { remedy, file: python })
  }
}
