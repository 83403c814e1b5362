import type { Estimate } from '../../contract/base.ts'
import { fixed, inPercent } from '../../core/format.ts'
import { inert, inertLine } from '../../core/inert.ts'
import { beginning } from '../../core/segments.ts'

// The one place that writes to standard output; `core/log.ts` is that for standard error. What they write is inert: no text of
// a dataset, name of a file or word of an argument moves the cursor, sets the title of the window or reorders what is read.

/** What a command prints with: JSON for machines or text for people, never both. */
export interface Output {
  readonly json: boolean
  /** One JSON value on one line; nothing in text mode. */
  value(value: unknown): Promise<void>
  /** A line of text; nothing in JSON mode. */
  line(text?: string): Promise<void>
}

/** Writes to standard output and waits until the reader has taken it, so that nothing is lost at exit and memory stays flat. */
export function standardOutput(json: boolean): Output {
  const write = (text: string): Promise<void> =>
    new Promise((resolve) => {
      if (process.stdout.write(inert(text))) resolve()
      else process.stdout.once('drain', resolve)
    })
  return {
    json,
    value: async (value) => (json ? write(`${JSON.stringify(value)}\n`) : undefined),
    line: async (text = '') => (json ? undefined : write(`${text}\n`)),
  }
}

/** A reader that has had enough (`| head`) is no failure: end quietly, as other tools do. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** Waits until everything written has left the process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.writableLength === 0 || stream.destroyed) resolve()
          else stream.write('', () => resolve())
        }),
    ),
  )
}

/** How the parser of the command line prints help and refusals; in JSON mode these are printed as JSON elsewhere. */
export function helpOutput(json: boolean): { writeOut(text: string): void; writeErr(text: string): void } {
  return {
    writeOut: (text) => void process.stdout.write(inert(text)),
    writeErr: (text) => void (json || process.stderr.write(inert(text))),
  }
}

/** One line that is written over; silent where standard error is no terminal. */
export function statusLine(): { show(text: string): void; clear(): void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined }
  let shown = ''
  return {
    show: (text) => {
      const fitting = inertLine(text).slice(0, (stderr.columns || 80) - 1)
      if (fitting === shown) return
      shown = fitting
      stderr.write(`\r\u001b[2K${fitting}`)
    },
    clear: () => stderr.write('\r\u001b[2K'),
  }
}

/**
 * Rows under a header, columns padded to their widest cell.
 *
 * @param right indices of the columns that hold numbers and are set flush right
 */
export function table(header: string[], rows: string[][], right: number[] = []): string {
  const all = [header, ...rows].map((row) => row.map(inertLine))
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)))
  const pad = (cell: string, column: number): string => {
    const space = ' '.repeat(widths[column]! - [...cell].length)
    return right.includes(column) ? space + cell : cell + space
  }
  const format = (row: string[]): string => row.map(pad).join('  ').trimEnd()
  const [head = '', ...body] = all.map(format)
  return [head, widths.map((width) => '-'.repeat(width)).join('  '), ...body].join('\n')
}

/** A share with its 95% interval, in percent: `61.2 [58.9, 63.4]`. A dash where there is none. */
export const percentEstimate = (estimate: Estimate | null): string =>
  estimate ? `${inPercent(estimate.value)} [${inPercent(estimate.low)}, ${inPercent(estimate.high)}]` : '–'

/** An estimate in points with its interval. A dash where there is none. */
export const pointsEstimate = (estimate: Estimate | null): string =>
  estimate ? `${fixed(estimate.value, 1)} [${fixed(estimate.low, 1)}, ${fixed(estimate.high, 1)}]` : '–'

/** One line of at most `length` characters. */
export function excerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > length ? `${beginning(line, length - 1)}…` : line
}
