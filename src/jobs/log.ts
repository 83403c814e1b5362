import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import path from 'node:path'
import { inert } from '../core/inert.ts'
import { log } from '../core/log.ts'
import { logFile } from '../node/project-folder.ts'

/** At most this much of a log is read back. */
const TAIL_BYTES = 1 << 20
const MOST_LINES = 10_000
/** Through no link, on systems that can say so. */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)

/** A job's log: one line per message, with its time. */
export type JobLog = {
  /** Never throws: a job does not fail because of its log. */
  write(message: string): void
  /** The last `count` lines; empty if nothing was written. */
  tail(count: number): string[]
}

/** Written at once, so that a killed backend loses nothing. */
export class LogFile implements JobLog {
  readonly #file: string
  #failed = false

  /** @throws BlindfoldError PROJECT_UNSAFE where a link stands in the place of the log */
  constructor(projectPath: string, jobId: string) {
    this.#file = logFile(projectPath, jobId)
  }

  write(message: string): void {
    const text = stamped(message).join('')
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true })
      const fd = openSync(this.#file, APPEND)
      try {
        writeSync(fd, text)
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      // A full disk, say. What the job has to say is not lost without a word.
      if (!this.#failed) log(`${this.#file}: ${(error as Error).message}`)
      this.#failed = true
      log(text.trimEnd())
    }
  }

  tail(count: number): string[] {
    return tailLines(this.#file, count)
  }
}

/** The log of a job that leaves nothing in the project. */
export class LogInMemory implements JobLog {
  readonly #lines: string[] = []

  write(message: string): void {
    this.#lines.push(...stamped(message))
    this.#lines.splice(0, this.#lines.length - MOST_LINES)
  }

  tail(count: number): string[] {
    return this.#lines.slice(-count).map((line) => line.trimEnd())
  }
}

function stamped(message: string): string[] {
  const at = new Date().toISOString()
  return message.split(/\r?\n/).map((line) => `${at} ${inert(line)}\n`)
}

/** The last `count` lines of a text file, from its last MiB; empty where there is no such file. */
export function tailLines(file: string, count: number): string[] {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return []
  }
  try {
    const size = fstatSync(fd).size
    const length = Math.min(size, TAIL_BYTES)
    const bytes = Buffer.alloc(length)
    const read = readSync(fd, bytes, 0, length, size - length)
    const lines = bytes.toString('utf8', 0, read).split('\n')
    if (lines.at(-1) === '') lines.pop()
    // The first line was cut by the limit.
    if (length < size) lines.shift()
    return lines.slice(-count)
  } finally {
    closeSync(fd)
  }
}
