import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..')

/** `npm run dev` on a copy of the sources, which a test may edit. */
export class Workshop {
  /** The backend's home, and the folder that it lets a page browse. */
  readonly home: string
  /** The address with the token. */
  readonly entry: string
  readonly #copy: string
  readonly #child: ChildProcess

  private constructor(home: string, copy: string, child: ChildProcess, entry: string) {
    this.home = home
    this.entry = entry
    this.#copy = copy
    this.#child = child
  }

  static async start(): Promise<Workshop> {
    const home = await mkdtemp(join(tmpdir(), 'blindfold-dev-'))
    const copy = join(home, 'sources')
    for (const name of ['src', 'renderer', 'build', 'package.json', 'tsconfig.json']) {
      await cp(join(root, name), join(copy, name), { recursive: true })
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
    const child = spawn(process.execPath, [join(copy, 'build/dev.ts'), '--root', home], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, BLINDFOLD_HOME: home },
    })
    const lines = createInterface(child.stdout!)
    const entry = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`npm run dev ended with ${code}`)))
      lines.on('line', (line) => {
        const [, address] = line.match(/^Blindfold is at (\S+)$/) ?? []
        if (address) resolve(address)
      })
    })
    return new Workshop(home, copy, child, entry)
  }

  /** Saves a file with one text replaced by another. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const path = join(this.#copy, file)
    const text = await readFile(path, 'utf8')
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
    await writeFile(path, text.replace(from, to))
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM')
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    await rm(this.home, { recursive: true, force: true })
  }
}
