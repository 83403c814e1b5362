import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BlindfoldError } from '../../core/errors.ts'
import { ensureEnvironment, environmentStatus, type TrainerPython } from './environment.ts'
import { fetchedPackage, pinnedPackages } from './installer.ts'
import { runCommand } from '../../node/child-process.ts'
import type { ProgressReport } from '../progress.ts'
import { findPython } from './python.ts'

let root: string
let places: { userDir: string; trainerSource: string }
const PATH = process.env.PATH
let reports: ProgressReport[]
let lines: string[]
const context = (signal?: AbortSignal) => ({
  signal,
  log: (line: string) => void lines.push(line),
  progress: (report: ProgressReport) => void reports.push(report),
})

/** A wheel, made by hand, that stands for PyTorch: small, and installed by the real pip. */
const WHEEL = `
import sys, zipfile
name, version, folder, *needs = sys.argv[1:]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr(f"{name}/__init__.py", f"__version__ = '{version}'")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n" + "".join(f"Requires-Dist: {n}\\n" for n in needs))
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"{name}/__init__.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
`
/** A lock as the app's own: the wheels of `root` by their hashes. */
function lock(name: string, packages: Record<string, string>, options = `--no-index\n--find-links ${root}\n`): void {
  const lines = Object.entries(packages).map(
    ([pinned, wheel]) =>
      `${pinned} --hash=sha256:${createHash('sha256')
        .update(existsSync(wheel) ? readFileSync(wheel) : wheel)
        .digest('hex')}\n`,
  )
  writeFileSync(path.join(places.trainerSource, name), `${options}${lines.join('')}`)
}
const wheel = (name: string, version: string): string => path.join(root, `${name}-${version}-py3-none-any.whl`)
const script = (name: string, body: string): string => {
  const file = path.join(root, name)
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o755)
  return file
}
/** Environments, whole or half made; the trainer's own code lies beside them. */
const environments = (): string[] => readdirSync(path.join(places.userDir, 'trainer')).filter((name) => name !== 'packages')

const failure = async (promise: Promise<unknown>): Promise<BlindfoldError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(BlindfoldError)
  return error as BlindfoldError
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'environment-'))
  places = { userDir: path.join(root, 'user'), trainerSource: path.join(root, 'trainer') }
  mkdirSync(path.join(places.trainerSource, 'blindfold_trainer', 'schema'), { recursive: true })
  writeFileSync(path.join(places.trainerSource, 'blindfold_trainer', '__init__.py'), '__version__ = "1"\n')
  writeFileSync(path.join(places.trainerSource, 'blindfold_trainer', 'schema', 'a.json'), '{}')
  for (const name of ['torch', 'leaf']) execFileSync('python3', ['-c', WHEEL, name, '2.13.0', root])
  lock('requirements.lock', { 'torch==2.13.0': wheel('torch', '2.13.0'), 'leaf==2.13.0': wheel('leaf', '2.13.0') })
  reports = []
  lines = []
  vi.stubEnv('BLINDFOLD_TRAINER_PYTHON', '')
  vi.stubEnv('BLINDFOLD_PYTHON', '')
  for (const name of ['PIP_FIND_LINKS', 'PIP_EXTRA_INDEX_URL', 'UV_FIND_LINKS']) vi.stubEnv(name, '')
  // What this machine's pip finds besides must not stand in for the wheels made here.
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

describe('the trainer environment', { timeout: 180_000 }, () => {
  test('gets what only some work needs when that is first asked for, once', async () => {
    execFileSync('python3', ['-c', WHEEL, 'branch', '1.0', root])
    lock('requirements-export.lock', { 'branch==1.0': wheel('branch', '1.0') })
    const context = { log: (line: string) => void lines.push(line), progress: () => {} }
    const { python } = await ensureEnvironment(places, context)
    const has = () =>
      execFileSync(python, ['-c', 'import importlib.util; print(importlib.util.find_spec("branch") is not None)'], {
        encoding: 'utf8',
      }).trim()
    expect(has()).toBe('False')
    await ensureEnvironment(places, context, 'export')
    expect(has()).toBe('True')
    const said = lines.length
    await ensureEnvironment(places, context, 'export')
    expect(lines).toHaveLength(said)
    // Another lock is installed again; one that cannot be is reported, and tried again the next time.
    lock('requirements-export.lock', { 'not-there==1.0': '' })
    for (let again = 0; again < 2; again++)
      expect((await failure(ensureEnvironment(places, context, 'export'))).code).toBe('TRAINER_ENVIRONMENT')
  })

  test('is made once, reports its progress, outlives updates of the trainer, and is rebuilt when it is broken', async () => {
    expect(await environmentStatus(places)).toMatchObject({ status: 'absent', location: expect.stringContaining(places.userDir) })
    // Half made: without a stamp, left by a process that is gone.
    const status = await environmentStatus(places)
    const location = status.status === 'absent' ? status.location : ''
    mkdirSync(path.join(location, 'bin'), { recursive: true })
    const leftOver = `${location}.partial-999999999-x`
    mkdirSync(leftOver)

    const made = await ensureEnvironment(places, context())
    expect(made).toMatchObject({ torch: '2.13.0', python: expect.stringContaining(location) })
    expect(existsSync(leftOver)).toBe(false)
    expect(reports.find((report) => report.phase === 'Downloading packages' && report.done === 1)).toMatchObject({
      total: 2,
      unit: 'packages',
    })
    expect(reports.at(-1)).toMatchObject({ phase: 'Installing packages', done: 2, total: 2 })
    expect(await environmentStatus(places)).toEqual({ status: 'ready', python: made.python, torch: '2.13.0' })
    const version = ({ python, variables }: TrainerPython) =>
      runCommand(places.userDir, {
        program: python,
        args: ['-c', 'import blindfold_trainer, torch; print(blindfold_trainer.__version__)'],
        variables,
      })
    expect((await version(made)).tail).toEqual(['1'])

    writeFileSync(path.join(places.trainerSource, 'blindfold_trainer', '__init__.py'), '__version__ = "2"\n')
    reports = []
    const updated = await ensureEnvironment(places, context())
    expect(reports).toEqual([])
    expect((await version(updated)).tail).toEqual(['2'])
    expect((await version(made)).tail).toEqual(['1'])

    rmSync(made.python)
    expect(await environmentStatus(places)).toMatchObject({ status: 'broken', remedy: expect.any(String) })
    await ensureEnvironment(places, context())
    expect(reports.length).toBeGreaterThan(0)
    expect((await environmentStatus(places)).status).toBe('ready')
    expect(environments()).toHaveLength(1)
  })

  test('says what is missing: Python, its venv module, a package', async () => {
    vi.stubEnv('BLINDFOLD_PYTHON', path.join(root, 'none'))
    expect(await failure(ensureEnvironment(places, context()))).toMatchObject({
      code: 'PYTHON_MISSING',
      message: expect.stringContaining('not found'),
      detail: { remedy: expect.stringContaining('BLINDFOLD_PYTHON') },
    })
    vi.stubEnv('BLINDFOLD_PYTHON', script('broken', 'echo "error while loading shared libraries" >&2; exit 127'))
    expect((await failure(findPython(places.userDir))).message).toContain('error while loading shared libraries')
    vi.stubEnv('BLINDFOLD_PYTHON', script('old', 'echo \'{"executable": "/old", "version": [3, 8, 1], "venv": true}\''))
    expect((await failure(findPython(places.userDir))).message).toContain('3.8.1 is too old')
    vi.stubEnv('BLINDFOLD_PYTHON', script('debian', 'echo \'{"executable": "/usr/bin/python3", "version": [3, 12, 1], "venv": false}\''))
    expect(await failure(ensureEnvironment(places, context()))).toMatchObject({
      code: 'TRAINER_ENVIRONMENT',
      message: expect.stringContaining('venv'),
      detail: { remedy: expect.stringContaining('python3.12-venv') },
    })
    vi.stubEnv('BLINDFOLD_PYTHON', '')
    vi.stubEnv('PATH', root)
    expect((await failure(findPython(places.userDir))).code).toBe('PYTHON_MISSING')
    vi.stubEnv('PATH', PATH)

    lock('requirements.lock', { 'not-there==1.0': '' }, '--no-index\n')
    expect(await failure(ensureEnvironment(places, context()))).toMatchObject({
      code: 'TRAINER_ENVIRONMENT',
      message: expect.stringContaining('not-there'),
      detail: { remedy: expect.stringContaining('3.11') },
    })
    expect(environments()).toEqual([])
    expect((await environmentStatus(places)).status).toBe('absent')
  })

  test('takes a package by its hash, as a wheel and as it is listed, and PyTorch’s for GPUs with all that it needs', async () => {
    // Another file under the same name and version, as a foreign index may have it.
    lock('requirements.lock', { 'torch==2.13.0': 'another file', 'leaf==2.13.0': wheel('leaf', '2.13.0') })
    expect(await failure(ensureEnvironment(places, context()))).toMatchObject({
      code: 'TRAINER_ENVIRONMENT',
      detail: { remedy: expect.stringContaining('not the one that Blindfold was tested with') },
    })
    // A source would run its own code to be built.
    mkdirSync(path.join(root, 'sdist', 'leaf-2.13.0'), { recursive: true })
    writeFileSync(path.join(root, 'sdist', 'leaf-2.13.0', 'setup.py'), `open(${JSON.stringify(path.join(root, 'built'))}, 'w')\n`)
    rmSync(wheel('leaf', '2.13.0'))
    execFileSync('tar', ['-czf', path.join(root, 'leaf-2.13.0.tar.gz'), '-C', path.join(root, 'sdist'), 'leaf-2.13.0'])
    lock('requirements.lock', { 'torch==2.13.0': wheel('torch', '2.13.0'), 'leaf==2.13.0': path.join(root, 'leaf-2.13.0.tar.gz') })
    expect((await failure(ensureEnvironment(places, context()))).code).toBe('TRAINER_ENVIRONMENT')
    expect(existsSync(path.join(root, 'built'))).toBe(false)
    // A line without a hash is none that is taken.
    writeFileSync(path.join(places.trainerSource, 'requirements.lock'), `--no-index\n--find-links ${root}\ntorch==2.13.0\n`)
    expect((await failure(ensureEnvironment(places, context()))).code).toBe('TRAINER_ENVIRONMENT')

    execFileSync('python3', ['-c', WHEEL, 'nvidia_driver', '1.0', root])
    execFileSync('python3', ['-c', WHEEL, 'torch', '2.13.0', root, 'nvidia-driver==1.0'])
    lock('requirements.lock', { 'torch==2.13.0': wheel('torch', '2.13.0') })
    lock('requirements-cuda.lock', { 'nvidia-driver==1.0': wheel('nvidia_driver', '1.0') })
    const { python } = await ensureEnvironment(places, context())
    execFileSync(python, ['-c', 'import nvidia_driver'])
  })

  test('says that the network is missing where pip cannot reach its index', async () => {
    lock('requirements.lock', { 'torch==2.13.0': wheel('torch', '2.13.0') }, '--index-url http://127.0.0.1:9/simple\n')
    for (const name of ['PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS']) vi.stubEnv(name, '')
    vi.stubEnv('PIP_CONFIG_FILE', '/dev/null')
    vi.stubEnv('PIP_RETRIES', '1')
    const error = await failure(ensureEnvironment(places, context()))
    expect(error.detail.remedy).toContain('connection')
  })

  test('a Python that was named is used as it is, with the trainer of the app, or refused with the reason', async () => {
    const folder = path.join(root, 'named')
    execFileSync('python3', ['-m', 'venv', folder])
    const python = path.join(folder, 'bin', 'python')
    vi.stubEnv('BLINDFOLD_TRAINER_PYTHON', python)
    // A package of this name somewhere else is no installed one.
    mkdirSync(path.join(root, 'site', 'torch'), { recursive: true })
    writeFileSync(path.join(root, 'site', 'torch', '__init__.py'), '__version__ = "9.9"\n')
    vi.stubEnv('PYTHONPATH', path.join(root, 'site'))
    expect(await environmentStatus(places)).toMatchObject({ status: 'broken', message: expect.stringMatching(/No module named/) })
    expect((await failure(ensureEnvironment(places, context()))).code).toBe('TRAINER_ENVIRONMENT')
    execFileSync(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-index',
      '--find-links',
      root,
      'torch==2.13.0',
    ])
    expect(await environmentStatus(places)).toEqual({ status: 'ready', python, torch: '2.13.0' })
    expect(await ensureEnvironment(places, context())).toMatchObject({ python, torch: '2.13.0' })
    expect(environments()).toEqual([])
  })

  test('cancelling ends the installer with its children and leaves nothing behind', async () => {
    const controller = new AbortController()
    const marker = path.join(root, 'alive')
    // A Python that is new enough and then makes environments for ever, in a child of its own.
    vi.stubEnv(
      'BLINDFOLD_PYTHON',
      script(
        'slow',
        `case "$*" in *-c*) python3 "$@" | sed "s#\\"executable\\": \\"[^\\"]*\\"#\\"executable\\": \\"$0\\"#";; *) (while :; do date > ${marker}; sleep 0.05; done) & wait;; esac`,
      ),
    )
    const making = ensureEnvironment(places, context(controller.signal))
    making.catch(() => {})
    while (!existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 20))
    controller.abort(new Error('cancelled'))
    await expect(making).rejects.toThrow('cancelled')
    rmSync(marker)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(existsSync(marker)).toBe(false)
    expect(environments()).toEqual([])
  })
})

test('pinned packages are counted from the lock file, whatever else stands in it', () => {
  expect(pinnedPackages('# c\n--find-links x\ntorch==2.13.0\nnumpy[x] == 2.0 ; python_version > "3"\n    --hash=sha256:1\n')).toEqual([
    'torch',
    'numpy',
  ])
})

test('the package that pip fetches is read from its lines, however it is named there', () => {
  const lines = [
    'Collecting torch==2.13.0 (from -r requirements.lock (line 3))',
    'Processing /opt/wheels/torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl (from -r x)',
    'Collecting typing_extensions>=4.10 (from torch)',
    '  Downloading numpy-2.4.6.whl (16 MB)',
    ' Downloaded sympy',
  ]
  expect(lines.map(fetchedPackage)).toEqual(['torch', 'torch', 'typing-extensions', null, 'sympy'])
})
