import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { hold, testCache, trainerVariables } from './trainer-python.ts'

const folder = fileURLToPath(new URL('libraries', import.meta.url))
const LISTS = ['requirements.txt', 'without-dependencies.txt'].map((name) => path.join(folder, name))

/**
 * A Python with the libraries that written data sets are for, in exact versions: a virtual environment over the
 * trainer's, whose PyTorch it uses. Made once, in the user's cache folder, from the Python package index.
 *
 * @throws Error where it cannot be made, say for want of a network
 */
export async function libraryPython(): Promise<string> {
  const { BLINDFOLD_TRAINER_PYTHON: base } = await trainerVariables()
  const key = createHash('sha256')
    .update([base, ...LISTS.map((file) => readFileSync(file, 'utf8'))].join('\0'))
    .digest('hex')
    .slice(0, 16)
  const root = path.join(testCache(), 'libraries')
  const target = path.join(root, key)
  const python = path.join(target, 'bin', 'python')
  mkdirSync(root, { recursive: true })
  const release = await hold(path.join(root, 'lock'))
  try {
    if (existsSync(path.join(target, 'complete'))) return python
    rmSync(target, { recursive: true, force: true })
    await make(base, target, python)
    writeFileSync(path.join(target, 'complete'), '')
    return python
  } catch (error) {
    rmSync(target, { recursive: true, force: true })
    throw new Error(
      `The libraries that the data sets are for could not be installed from the Python package index: ${(error as Error).message}`,
    )
  } finally {
    release()
  }
}

async function make(base: string, target: string, python: string): Promise<void> {
  await output(base, ['-m', 'venv', target])
  const places = (of: string) => output(of, ['-c', 'import json, sysconfig; print(json.dumps(sysconfig.get_paths()["purelib"]))'])
  const [below, own] = [await places(base), await places(python)].map((text) => JSON.parse(text) as string)
  writeFileSync(path.join(own!, 'trainer.pth'), `${below}\n`)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input']
  await output(python, [...pip, '-r', LISTS[0]!])
  await output(python, [...pip, '--no-deps', '-r', LISTS[1]!])
}

/**
 * What the libraries make of exported folders: see `libraries/load.py`.
 *
 * @param folders of each check, the folder it loads
 */
export async function loadWithLibraries(folders: Record<string, string>): Promise<Record<string, unknown>> {
  const python = await libraryPython()
  const home = path.join(tmpdir(), `blindfold-libraries-${process.pid}`)
  mkdirSync(home, { recursive: true })
  try {
    const result = path.join(home, 'result.json')
    // Nothing but the folders is looked at: no hub, no cache of an earlier run.
    const env = {
      ...process.env,
      HF_HOME: home,
      HF_HUB_OFFLINE: '1',
      MODELSCOPE_CACHE: home,
      DISABLE_VERSION_CHECK: '1',
      TOKENIZERS_PARALLELISM: 'false',
    }
    await output(python, [path.join(folder, 'load.py'), JSON.stringify(folders), `${result}.part`], env)
    renameSync(`${result}.part`, result)
    return JSON.parse(readFileSync(result, 'utf8')) as Record<string, unknown>
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function output(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, error] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${path.basename(command)} ${args[0]} ended with ${code}: ${error.slice(-3000)}`)),
    )
  })
}
