import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createProject } from '../../src/db/project/open.ts'
import { Trust } from '../../src/services/trust.ts'
import { addPairs, newPair } from '../db/project.ts'
import { CLI } from '../contract/backends.ts'
import type { Target } from './attacks.ts'

/** A project of so many pairs of text, about `length` characters each. */
export function torturedProject(folder: string, pairs: number, length: number): void {
  const { db, close } = createProject(folder)
  const texts = Array.from({ length: pairs }, (_, i) =>
    newPair(i + 1, { prompt: `question ${i}`, chosen: `${i} `.repeat(length / 8), rejected: `no ${i} `.repeat(length / 8) }),
  )
  addPairs(db, texts)
  close()
  new Trust(homeOf(folder)).trustFolder(folder)
}

/** The folder of the user's own data, beside the project. */
export const homeOf = (project: string): string => join(dirname(project), 'home')

/** `blindfold serve` on a project, as a process of its own. */
export class TorturedServer {
  readonly child: ChildProcess
  readonly target: Target
  readonly #errors: string[] = []

  private constructor(child: ChildProcess, target: Target) {
    this.child = child
    this.target = target
    child.stderr!.setEncoding('utf8').on('data', (text: string) => this.#errors.push(text))
  }

  static async start(project: string): Promise<TorturedServer> {
    const child = spawn(process.execPath, [CLI, 'serve', '--json', '--project', project], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BLINDFOLD_HOME: homeOf(project) },
    })
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
    const { url } = JSON.parse(line) as { url: string }
    const entry = await fetch(url, { redirect: 'manual' })
    const cookie = entry.headers.get('set-cookie')!.split(';')[0]!
    return new TorturedServer(child, { port: Number(new URL(url).port), cookie })
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** What it wrote to its log. */
  get log(): string {
    return this.#errors.join('')
  }

  /** Resident memory in MB; Linux only. */
  get memory(): number {
    const kilobytes = readFileSync(`/proc/${this.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]
    return Number(kilobytes) / 1024
  }

  /** Ends it in good order; gives its exit code. */
  async end(): Promise<number | null> {
    if (!this.alive) return this.child.exitCode
    this.child.kill('SIGTERM')
    await once(this.child, 'exit')
    return this.child.exitCode
  }
}
