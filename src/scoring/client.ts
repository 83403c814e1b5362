import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { scoringReply, type ScoringReply, type ScoringRequest } from '../contract/scoring.ts'
import { siblingEntry } from '../core/entry.ts'
import { BlindfoldError } from '../core/errors.ts'

export type ScanOptions = {
  order: Extract<ScoringRequest, { type: 'scan' }>
  /** All pairs, in batches. */
  pairs: AsyncIterable<Extract<ScoringRequest, { type: 'pairs' }>['pairs']>
  /** Called for each reply in order; the next waits for it. */
  onReply: (reply: ScoringReply) => Promise<void>
  /** What the process writes to its stderr. */
  log: (line: string) => void
  /** Ends the process at once. */
  signal: AbortSignal
}

/**
 * Runs one scan in a process of its own; resolves after its last reply was handled. Rejects with the signal's reason
 * when aborted, with what `onReply` throws, and with SCORING_FAILED where the process fails or dies.
 */
export async function runScan({ order, pairs, onReply, log, signal }: ScanOptions): Promise<void> {
  signal.throwIfAborted()
  const child = fork(fileURLToPath(siblingEntry(import.meta.url, 'scoring-process')), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Electron's own binary is then the Node that runs it; plain Node does not look at this.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  const kill = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()))

  let handled = Promise.resolve()
  let finished = false
  let failure: string | null = null
  child.on('message', (message) => {
    handled = handled.then(async () => {
      const reply = scoringReply.parse(message)
      if (reply.type === 'failed') failure = reply.message
      await onReply(reply)
      if (reply.type === 'done') finished = true
    })
    // Nothing more is wanted of it once a reply could not be handled.
    handled.catch(kill)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    // Not `exit`: messages and stderr may still be on their way then.
    child.once('close', (code, killedBy) => resolve(killedBy ? `ended by ${killedBy}` : `exit code ${code}`))
  })
  const send = (message: ScoringRequest): Promise<void> =>
    new Promise((resolve) => (child.connected ? child.send(message, () => resolve()) : resolve()))

  try {
    for await (const batch of pairs) {
      signal.throwIfAborted()
      await send({ type: 'pairs', pairs: batch })
    }
    await send(order)
    const how = await ended
    signal.throwIfAborted()
    await handled
    if (!finished) throw scoringFailed(failure ?? `The scoring process stopped before it was done (${how}).`)
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

function scoringFailed(message: string): BlindfoldError {
  return new BlindfoldError('SCORING_FAILED', message, {
    remedy: 'Look into the log of the job; start the blind test again. What was stored before is unchanged.',
  })
}
