import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import path from 'node:path'
import { BlindfoldError } from '../../core/errors.ts'
import { runCommand, withLimit, type Command, type Ended } from '../../node/child-process.ts'
import type { ProgressReport } from '../progress.ts'
import { isolated, venvRemedy, type Python } from './python.ts'
import { watchSilence } from '../../node/silence.ts'

export type InstallContext = {
  signal?: AbortSignal
  log: (message: string) => void
  progress: (report: ProgressReport) => void
}

const WATCH_MS = 500
/** pip says nothing while it fetches one file. */
const SILENT_MS = 3 * 60_000
/** How long a program may take to tell its version. */
const ANSWER_MS = 20_000

/** The interpreter of a virtual environment. */
export const venvPython = (folder: string, platform = process.platform): string =>
  platform === 'win32' ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python')

/** Names of the packages that a lock file pins, in their order. */
export function pinnedPackages(lock: string): string[] {
  return lock.split('\n').flatMap((line) => /^([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*==/.exec(line)?.[1] ?? [])
}

/** A lock file: where it lies, and what it says. */
export type Lock = { file: string; text: string }

/**
 * Makes a virtual environment in `folder`: with uv where it is installed, otherwise with Python's own venv.
 *
 * @param lock what will be installed into it
 * @throws BlindfoldError `TRAINER_ENVIRONMENT`, which says what is missing
 */
export async function makeVenv(userDir: string, python: Python, folder: string, lock: Lock, context: InstallContext): Promise<void> {
  const { log, signal } = context
  reporter(lock, context)('Creating the Python environment', 0)
  const uv = await hasUv(userDir, signal)
  if (!uv && !python.venv) {
    const message = `Python ${python.version} (${python.executable}) has no venv module.`
    throw new BlindfoldError('TRAINER_ENVIRONMENT', message, { remedy: venvRemedy(python) })
  }
  log(`Python ${python.version} at ${python.executable}; packages by ${uv ? 'uv' : 'pip'}.`)
  const venv = uv
    ? { program: 'uv', args: ['venv', '--python', python.executable, folder] }
    : isolated([python.executable], ['-m', 'venv', folder])
  await step(userDir, context, folder, venv)
}

/** Progress in packages: one is a thousand times another, so a rate of them would promise what it cannot hold. */
function reporter({ text }: Lock, { progress }: InstallContext) {
  const total = pinnedPackages(text).length
  return (phase: string, done: number): void =>
    progress({ phase, done: Math.max(0, Math.min(done, total)), total, unit: 'packages', rate: null, etaSeconds: null })
}

/**
 * Installs a lock file into a virtual environment that is there, if the user's package indexes have what it says.
 *
 * @returns whether they have
 * @throws BlindfoldError as `installLock`
 */
export async function installOffered(userDir: string, folder: string, lock: Lock, context: InstallContext): Promise<boolean> {
  try {
    await installLock(userDir, folder, lock, context)
    return true
  } catch (error) {
    if (error instanceof NotOffered) return false
    throw error
  }
}

/** No package index of the user's has a package that is wanted. */
class NotOffered extends BlindfoldError {}

/**
 * Installs a lock file into a virtual environment that is there.
 *
 * @throws BlindfoldError `TRAINER_ENVIRONMENT`, which says what is missing
 */
export async function installLock(userDir: string, folder: string, lock: Lock, context: InstallContext): Promise<void> {
  const report = reporter(lock, context)
  // pip names each package as it fetches it, uv the larger ones; what is installed shows in the folder, with pip and uv alike.
  const own = installedPackages(folder)
  const fetched = new Set<string>()
  let installing = false
  const onLine = (line: string): void => {
    const name = fetchedPackage(line)
    if (name) fetched.add(name)
    if (/^(Installing collected packages|Prepared \d+)/.test(line)) installing = true
    if (!installing) report('Downloading packages', fetched.size)
  }
  report('Downloading packages', 0)
  const watch = setInterval(() => {
    const done = installedPackages(folder) - own
    if (installing || done > 0) report('Installing packages', done)
  }, WATCH_MS)
  try {
    const command = await pipInstall(userDir, venvPython(folder), lock.file, [], context.signal)
    await step(userDir, context, folder, command, onLine)
  } finally {
    clearInterval(watch)
  }
  report('Installing packages', Infinity)
}

/** The package that a line of pip or uv says it fetches, from an index or from a folder. */
export function fetchedPackage(line: string): string | null {
  const what = /^\s*(?:Collecting|Processing|Downloaded) (\S+)/.exec(line)?.[1]
  const name = what
    ?.split(/[/\\]/)
    .at(-1)
    ?.split(/[=<>~!;@[(]|-\d/)[0]
  return name ? name.toLowerCase().replaceAll('_', '-') : null
}

/** Exactly what a list says, by the hash of each file, whatever index it comes from; nothing is built, for that runs code of the package. */
const EXACT = ['--require-hashes', '--no-deps', '--only-binary', ':all:']

/** The command that installs a list of packages for a Python: by uv where it is installed, else by the Python's own pip. */
export async function pipInstall(
  userDir: string,
  python: string,
  list: string,
  more: readonly string[] = [],
  signal?: AbortSignal,
): Promise<Command> {
  const args = [...EXACT, ...more, '-r', list]
  if (await hasUv(userDir, signal)) return { program: 'uv', args: ['pip', 'install', '--python', python, ...args] }
  return isolated([python], ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off', ...args])
}

async function hasUv(userDir: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await runCommand(userDir, { program: 'uv', args: ['--version'] }, { signal: withLimit(signal, ANSWER_MS) })).code === 0
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

/** Packages in a virtual environment, by what each leaves in its folder. */
const installedPackages = (folder: string): number => packageFolders(folder).length

function packageFolders(folder: string): string[] {
  const lib = path.join(folder, 'lib')
  const sites = existsSync(lib)
    ? readdirSync(lib).map((version) => path.join(lib, version, 'site-packages'))
    : [path.join(folder, 'Lib', 'site-packages')]
  const all = sites.flatMap((site) => (existsSync(site) ? readdirSync(site).map((name) => path.join(site, name)) : []))
  return all.filter((name) => name.endsWith('.dist-info'))
}

/** Whether the PyTorch of a virtual environment is a build for NVIDIA's GPUs, which needs their packages even where there is none. */
export function needsCuda(folder: string): boolean {
  const torch = packageFolders(folder).find((name) => /^torch-[^-]*\.dist-info$/.test(path.basename(name)))
  return torch !== undefined && /^Requires-Dist: (nvidia-|cuda-)/m.test(readFileSync(path.join(torch, 'METADATA'), 'utf8'))
}

async function step(
  userDir: string,
  context: InstallContext,
  folder: string,
  command: Command,
  onLine?: (line: string) => void,
): Promise<void> {
  context.log(`$ ${[command.program, ...command.args].join(' ')}`)
  const silence = watchSilence(SILENT_MS, (minutes) => {
    context.log(
      `No output for ${minutes} minutes. A large package can take that long on a slow connection. If the used disk space does not grow either, cancel and try again.`,
    )
  })
  const ended = await runCommand(userDir, command, {
    signal: context.signal,
    onLine: (line) => {
      silence.heard()
      context.log(line)
      onLine?.(line)
    },
  }).finally(silence.end)
  if (ended.code !== 0) throw installError(ended, folder)
}

const NETWORK =
  /(failed to establish a new connection|name or service not known|name resolution|timed out|connection (refused|reset)|proxyerror|sslerror|network is unreachable|error sending request|dns error)/i
const LOW_BYTES = 100e6

/** pip and uv tell their reasons in words only, so the words are read; their last error is always passed on. */
function installError({ code, tail }: Ended, folder: string): BlindfoldError {
  const text = tail.join('\n')
  const last = tail.findLast((line) => /error/i.test(line))?.trim() ?? tail.at(-1)?.trim() ?? `code ${code}`
  const because = `The Python packages of the trainer could not be installed: ${last.slice(0, 300)}`
  const fail = (message: string, remedy: string): BlindfoldError =>
    new BlindfoldError('TRAINER_ENVIRONMENT', message, { remedy, file: path.dirname(folder) })
  if (/no space left on device/i.test(text) || freeBytes(folder) < LOW_BYTES) {
    return fail(
      'The disk is full. The trainer and PyTorch need several gigabytes.',
      `Free space on the disk of ${path.dirname(folder)} and try again.`,
    )
  }
  // pip ends with "no matching distribution" when it could not reach the index at all, so the network comes first.
  if (NETWORK.test(text)) {
    return fail(because, 'Check the connection to the Python package index (behind a proxy, set HTTPS_PROXY), and try again.')
  }
  if (/ensurepip/i.test(text)) {
    return fail('Python has no venv module (ensurepip).', 'Install it (Debian, Ubuntu: sudo apt install python3-venv), and try again.')
  }
  if (/do not match the hashes|hash mismatch/i.test(text)) {
    return fail(
      because,
      'A package from this index is not the one that Blindfold was tested with. Remove additional indexes (PIP_EXTRA_INDEX_URL, UV_INDEX), or ask the maintainer of the index.',
    )
  }
  if (/no matching distribution|could not find a version|resolutionimpossible|no solution found|not a supported wheel/i.test(text)) {
    const remedy = 'Set BLINDFOLD_PYTHON to a Python from 3.11 to 3.13. PyTorch may not support this one.'
    return new NotOffered('TRAINER_ENVIRONMENT', because, { remedy, file: path.dirname(folder) })
  }
  return fail(because, 'Check the output of pip or uv in the job’s log, then try again.')
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(path.dirname(folder))
    return bavail * bsize
  } catch {
    return Infinity
  }
}
