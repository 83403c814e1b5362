import { open, type FileHandle } from 'node:fs/promises'
import { BlindfoldError } from '../core/errors.ts'

const CHUNK = 1 << 20
const NEWLINE = 0x0a
/** Bytes of one line; the longest event has some hundred thousand. */
const MOST_LINE = 64 << 20

/**
 * Reads the complete lines of a growing file from a byte offset on. A half-written last line is left in the file: it is
 * read once it is complete, or never, where a resumed writer cuts it off.
 */
export class LineTail {
  readonly file: string
  /** Bytes up to the end of the last line that was read. */
  offset: number

  constructor(file: string, offset = 0) {
    this.file = file
    this.offset = offset
  }

  /** The complete lines since the last call, about a MiB of them at most; none where there is nothing new, or no file. */
  async read(): Promise<string[]> {
    let handle: FileHandle
    try {
      handle = await open(this.file, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
    try {
      const bytes = await completeLines(handle, this.offset)
      this.offset += bytes.length
      // Split as bytes, decoded as a whole: no character is ever cut in two.
      return bytes.length === 0 ? [] : bytes.toString('utf8', 0, bytes.length - 1).split('\n')
    } finally {
      await handle.close()
    }
  }
}

/** Bytes from `offset` to the last line end within a chunk, or further where one line is longer than that. */
async function completeLines(handle: FileHandle, offset: number): Promise<Buffer> {
  for (let size = CHUNK; ; size *= 2) {
    const buffer = Buffer.alloc(size)
    let length = 0
    while (length < size) {
      const { bytesRead } = await handle.read(buffer, length, size - length, offset + length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    const end = buffer.subarray(0, length).lastIndexOf(NEWLINE)
    if (end < 0 && size >= MOST_LINE)
      throw new BlindfoldError('TRAINER_FAILED', `A line of the trainer's events is longer than ${MOST_LINE >> 20} MB.`, {
        remedy: 'Start the run again.',
        file: 'events.jsonl',
      })
    if (end >= 0 || length < size) return buffer.subarray(0, end + 1)
  }
}
