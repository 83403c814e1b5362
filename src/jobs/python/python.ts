import path from 'node:path'
import { BlindfoldError } from '../../core/errors.ts'
import { runCommand, type Command } from '../../node/child-process.ts'

/** Oldest Python that the trainer's packages exist for. */
const OLDEST = [3, 11] as const

export type Python = {
  /** Absolute path of the interpreter. */
  executable: string
  /** For instance `3.11.7`. */
  version: string
  /** Whether it can make a virtual environment: Debian ships `venv` without `ensurepip`. */
  venv: boolean
}

/** How a Python is called: its path or name, and what goes before the arguments, as in `py -3`. */
export type Interpreter = readonly [program: string, ...args: string[]]

/** A Python that sees no code but its own and its environment's: neither the user's variables and packages, nor a folder. */
export const isolated = ([program, ...before]: Interpreter, args: readonly string[]): Command => ({
  program,
  args: [...before, '-I', '-u', '-X', 'utf8', ...args],
  // Those that it starts itself get no `-I`, but its variables.
  variables: { PYTHONSAFEPATH: '1', PYTHONNOUSERSITE: '1', PYTHONUTF8: '1' },
})

/** A program that a variable of the user names: where it is a path, it counts from where the user is. */
export const given = (program: string): string => (/[\\/]/.test(program) ? path.resolve(program) : program)

const PROBE = `
import importlib.util, json, sys
has = lambda name: importlib.util.find_spec(name) is not None
print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:3]), "venv": has("venv") and has("ensurepip")}))
`

type Probe = { executable: string; version: [number, number, number]; venv: boolean }

/** What a command line says of itself as Python; as a string, why it is none. */
async function probe(userDir: string, [program, ...args]: Interpreter): Promise<Probe | string> {
  try {
    const { code, tail } = await runCommand(userDir, isolated([program, ...args], ['-c', PROBE]), { signal: AbortSignal.timeout(20_000) })
    if (code !== 0) return tail.at(-1)?.slice(0, 200) || `it exited with code ${code}`
    return JSON.parse(tail.at(-1) ?? '') as Probe
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'not found'
    if (code === 'EACCES') return 'permission denied'
    if (name === 'TimeoutError') return 'no response within 20 seconds'
    return 'it is not Python'
  }
}

function candidates(platform: NodeJS.Platform): Interpreter[] {
  const names = ['python3.13', 'python3.12', 'python3.11', 'python3', 'python']
  if (platform === 'win32') return [['py', '-3'], ['python'], ['python3']]
  // An app started from the Dock does not have Homebrew's folders on its PATH.
  const folders = platform === 'darwin' ? ['', '/opt/homebrew/bin/', '/usr/local/bin/'] : ['']
  return folders.flatMap((folder) => names.map((name): Interpreter => [folder + name]))
}

/**
 * The Python to make the trainer's environment with: `BLINDFOLD_PYTHON` and no other where it is set, else the first of
 * the usual names that is new enough; one that can make virtual environments is preferred.
 *
 * @throws BlindfoldError `PYTHON_MISSING`, which says what was tried
 */
export async function findPython(userDir: string, platform = process.platform): Promise<Python> {
  const chosen = process.env.BLINDFOLD_PYTHON
  const tried: string[] = []
  let second: Python | null = null
  for (const command of chosen ? [[given(chosen)] as Interpreter] : candidates(platform)) {
    const found = await probe(userDir, command)
    if (typeof found === 'string') {
      if (chosen || found !== 'not found') tried.push(`${command.join(' ')}: ${found}`)
      continue
    }
    const version = found.version.join('.')
    const [major, minor] = found.version
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      tried.push(`${command.join(' ')}: version ${version} is too old`)
      continue
    }
    const python = { executable: found.executable, version, venv: found.venv }
    if (python.venv) return python
    second ??= python
  }
  if (second) return second
  throw new BlindfoldError('PYTHON_MISSING', missingMessage(chosen, tried), { remedy: missingRemedy(chosen, platform) })
}

function missingMessage(chosen: string | undefined, tried: string[]): string {
  const details = tried.length > 0 ? ` (${tried.slice(0, 3).join('; ')})` : ''
  if (chosen) return `BLINDFOLD_PYTHON is not the path of a Python ${OLDEST.join('.')} or newer${details}.`
  return `Training requires Python ${OLDEST.join('.')} or newer, and none was found${details}.`
}

function missingRemedy(chosen: string | undefined, platform: NodeJS.Platform): string {
  if (chosen) return `Set BLINDFOLD_PYTHON to the path of a Python ${OLDEST.join('.')} or newer, or unset it.`
  const how: Partial<Record<NodeJS.Platform, string>> = {
    win32: 'Install Python from python.org or with "winget install Python.Python.3.13"',
    darwin: 'Install Python from python.org or with "brew install python"',
    linux: 'Install Python (Debian, Ubuntu: sudo apt install python3 python3-venv; Fedora: sudo dnf install python3)',
  }
  return `${how[platform] ?? 'Install Python'}, or set BLINDFOLD_PYTHON to the path of one.`
}

/** How a Python without `ensurepip` is completed. */
export function venvRemedy(python: Python): string {
  const minor = python.version.split('.').slice(0, 2).join('.')
  return `Install it (Debian, Ubuntu: sudo apt install python${minor}-venv), or install uv, or set BLINDFOLD_PYTHON to another Python.`
}
