import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { logFile } from '../node/project-folder.ts'

/** At most this much of a log is read back. */
const TAIL_BYTES = 1 << 20

/** A job's log: one line a message, with its time. Written at once, so that a killed backend loses nothing. */
export class JobLog {
  readonly file: string

  constructor(projectPath: string, jobId: string) {
    this.file = logFile(projectPath, jobId)
    mkdirSync(path.dirname(this.file), { recursive: true })
  }

  write(message: string): void {
    const at = new Date().toISOString()
    const lines = message.split(/\r?\n/).map((line) => `${at} ${line}\n`)
    appendFileSync(this.file, lines.join(''))
  }

  /** The last `count` lines; empty where nothing was written. */
  tail(count: number): string[] {
    return tailLines(this.file, count)
  }
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
