import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { trainInput } from '../../src/contract/training.ts'
import { ensureEnvironment, environmentStatus, trainerCommand } from '../../src/jobs/python/environment.ts'
import { demoKind } from '../../src/jobs/kinds/demo.ts'
import { runCommand } from '../../src/node/child-process.ts'
import { findPython } from '../../src/jobs/python/python.ts'
import { preflight } from '../../src/jobs/training/preflight.ts'
import { registerProxy } from '../../src/jobs/training/register-proxy.ts'
import { trainerSource, trainerVariables } from '../trainer-python.ts'
import { Project, removeTemporary, resultOf, temporary } from './importing.ts'
import { SMALL, startRun } from './training-project.ts'

// A project and the folder somebody works in come from strangers: no Python that the app starts may run what lies there.

const MODULES = [
  'torch',
  'numpy',
  'json',
  'os',
  'pip',
  'venv',
  'ensurepip',
  'PIL',
  'safetensors',
  'transformers',
  'blindfold_trainer',
  'sitecustomize',
  'usercustomize',
]
let root: string
let canary: string
let project: Project
let places: { userDir: string; trainerSource: string }
const before = process.cwd()
const context = { log: () => {}, progress: () => {} }
const signal = new AbortController().signal

/** Modules that write the canary when they are imported, as a file and as a package, and settings that Python and pip look for. */
function plant(folder: string): void {
  const code = `open(${JSON.stringify(canary)}, "a").write(__file__ + "\\n")\n`
  mkdirSync(folder, { recursive: true })
  for (const name of MODULES) {
    writeFileSync(path.join(folder, `${name}.py`), code)
    mkdirSync(path.join(folder, 'packages', name), { recursive: true })
    writeFileSync(path.join(folder, 'packages', name, '__init__.py'), code)
  }
  mkdirSync(path.join(folder, 'blindfold_trainer'))
  for (const name of ['__init__', '__main__']) writeFileSync(path.join(folder, 'blindfold_trainer', `${name}.py`), code)
  writeFileSync(path.join(folder, 'evil.pth'), `import sys; open(${JSON.stringify(canary)}, "a").write("evil.pth")\n`)
  writeFileSync(path.join(folder, 'pyvenv.cfg'), `home = ${folder}\ninclude-system-site-packages = true\n`)
  for (const name of ['pip.conf', 'pip.ini']) writeFileSync(path.join(folder, name), `[global]\nlog = ${canary}\n`)
  writeFileSync(path.join(folder, 'uv.toml'), 'no-index = true\n')
  for (const name of ['python3', 'python', 'uv', 'ps'])
    writeFileSync(path.join(folder, name), `#!/bin/sh\necho ${name} >> ${canary}\n`, { mode: 0o755 })
}

beforeAll(async () => {
  for (const [name, value] of Object.entries(await trainerVariables())) vi.stubEnv(name, value)
  root = temporary()
  canary = path.join(root, 'canary')
  places = { userDir: path.join(root, 'user'), trainerSource }
  project = await Project.create()
  await project.result(demoKind, { pairs: 60, testPairs: 20, seed: 0 })
  const working = path.join(root, 'working')
  for (const folder of [
    working,
    project.folder,
    path.join(project.folder, 'media'),
    path.join(project.folder, 'runs', 'run'),
    path.join(project.folder, 'cache'),
  ])
    plant(folder)
  process.chdir(working)
  // What a shell's start-up file may hold; each of these leads Python, pip or uv into the folder it is in.
  vi.stubEnv('PYTHONPATH', [working, '', '.', path.join(working, 'packages')].join(path.delimiter))
  vi.stubEnv('PYTHONHOME', '')
  vi.stubEnv('PYTHONSTARTUP', path.join(working, 'torch.py'))
  vi.stubEnv('PYTHONINSPECT', '')
  vi.stubEnv('PYTHONUSERBASE', working)
  vi.stubEnv('VIRTUAL_ENV', working)
  vi.stubEnv('PATH', `.${path.delimiter}${process.env.PATH}`)
}, 600_000)

afterAll(async () => {
  process.chdir(before)
  vi.unstubAllEnvs()
  await project.close()
  removeTemporary()
})

/** Needs no network: a lock of nothing. The packages that PyTorch and the trainer are stand in the folder of the source. */
async function makeEnvironment(): Promise<void> {
  const source = path.join(root, 'source')
  mkdirSync(path.join(source, 'blindfold_trainer'), { recursive: true })
  writeFileSync(path.join(source, 'blindfold_trainer', '__init__.py'), 'import sys\nsys.modules["torch"] = sys\nsys.__version__ = "0"\n')
  writeFileSync(path.join(source, 'requirements.lock'), '--no-index\n')
  vi.stubEnv('BLINDFOLD_TRAINER_PYTHON', '')
  const own = { userDir: path.join(root, 'other'), trainerSource: source }
  const error: unknown = await ensureEnvironment(own, context).catch((thrown: unknown) => thrown)
  vi.stubEnv('BLINDFOLD_TRAINER_PYTHON', (await trainerPython).BLINDFOLD_TRAINER_PYTHON)
  // PyTorch is missing, which is told only once everything else is made.
  expect(String(error)).toMatch(/torch/)
}
const trainerPython = trainerVariables()

/** Processes that a trainer starts itself, in the middle of a planted folder. */
async function children(): Promise<void> {
  const trainer = await ensureEnvironment(places, context)
  const code = [
    'import multiprocessing, os, subprocess, sys',
    'os.chdir(sys.argv[1])',
    "ask = \"__import__('json').__file__ + __import__('torch').__file__\"",
    'subprocess.run([sys.executable, "-c", ask], check=True)',
    'subprocess.run([sys.executable, "-m", "blindfold_trainer", "--help"], check=True)',
    'multiprocessing.get_context("spawn").Pool(1).apply(eval, (ask,))',
  ].join('\n')
  const ended = await runCommand(places.userDir, {
    program: trainer.python,
    args: ['-c', code, process.cwd()],
    variables: trainer.variables,
  })
  expect(ended).toMatchObject({ code: 0 })
}

const actions: [string, () => Promise<unknown>][] = [
  ['looking for a Python', () => findPython(places.userDir)],
  ['making an environment', makeEnvironment],
  ['asking whether there is an environment', async () => expect(await environmentStatus(places)).toMatchObject({ status: 'ready' })],
  [
    'a preflight',
    async () => {
      const options = trainInput.parse(SMALL)
      expect((await preflight(options, { db: project.db, project: project.folder, places })).report.fits).toBe(true)
    },
  ],
  ['a training run', async () => resultOf(await project.ended(await startRun(project, 'run', { ...SMALL, epochs: 1 })))],
  [
    'an export',
    async () => {
      const run = await project.db.runs.get('run')
      const folder = path.join(project.folder, 'runs', 'run')
      // The tiny model has none; that is said by the trainer itself.
      const said = await registerProxy(run, folder, { places, project: { path: project.folder }, signal, ...context, publish: () => {} })
      expect(said).toMatchObject({ proxyFailure: expect.any(String) as string })
    },
  ],
  ['the processes that a trainer starts', children],
]

test.each(actions)('%s runs no planted code', { timeout: 180_000 }, async (_, act) => {
  rmSync(canary, { force: true })
  await act()
  expect(existsSync(canary) ? readFileSync(canary, 'utf8') : '').toBe('')
})

test('a program starts in an empty folder, with no variable that leads to other code', async () => {
  vi.stubEnv('PIP_TARGET', root)
  vi.stubEnv('HF_TOKEN', 'token')
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '1')
  vi.stubEnv('https_proxy', 'http://proxy')
  const { executable } = await findPython(places.userDir)
  const code = 'import json, os; print(json.dumps([os.listdir(), dict(os.environ)]))'
  const { tail } = await runCommand(places.userDir, { program: executable, args: ['-I', '-c', code] })
  const [files, variables] = JSON.parse(tail.at(-1)!) as [string[], Record<string, string>]
  expect(files).toEqual([])
  expect(Object.keys(variables).filter((name) => /^(PYTHON|PIP_TARGET|VIRTUAL_ENV)/.test(name))).toEqual([])
  expect(variables).toMatchObject({ HF_TOKEN: 'token', CUDA_VISIBLE_DEVICES: '1', https_proxy: 'http://proxy', HOME: process.env.HOME })
  expect(variables['PATH']!.split(path.delimiter).every((place) => path.isAbsolute(place))).toBe(true)
})

test('the commands of a trainer have its own code first', async () => {
  const trainer = await ensureEnvironment(places, context)
  const { code, tail } = await runCommand(places.userDir, trainerCommand(trainer, ['version']))
  expect(code).toBe(0)
  expect(JSON.parse(tail.at(-1)!)).toMatchObject({ protocol: 1 })
})
