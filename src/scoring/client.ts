import { scoringReply, type ScoringReply, type ScoringRequest } from '../contract/scoring.ts'
import { BlindfoldError } from '../core/errors.ts'
import { ended, send, startScoring } from './scoring-child.ts'

export type ScanOptions = {
  begin: Extract<ScoringRequest, { type: 'begin' }>
  /** All pairs, in batches. */
  pairs: AsyncIterable<Extract<ScoringRequest, { type: 'pairs' }>['pairs']>
  /** Called for each reply in order; the next waits for it. */
  onReply: (reply: ScoringReply) => Promise<void>
  /** What the process writes to its stderr. */
  log: (line: string) => void
  /** Ends the process at once. */
  signal: AbortSignal
}

/** Batches that are on their way: the next is fetched while the process still reads the one before. */
const BATCHES_AHEAD = 2

/**
 * Runs one scan in a process of its own; resolves after its last reply was handled. Rejects with the signal's reason
 * when aborted, with what `onReply` throws, and with SCORING_FAILED where the process fails or dies.
 */
export async function runScan({ begin, pairs, onReply, log, signal }: ScanOptions): Promise<void> {
  signal.throwIfAborted()
  const child = startScoring(log)
  const kill = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })

  let handled = Promise.resolve()
  let finished = false
  let failure: { message: string; remedy: string | null } | null = null
  let ahead = 0
  let taken = Promise.withResolvers<void>()
  child.on('message', (message) => {
    handled = handled.then(async () => {
      const reply = scoringReply.parse(message)
      if (reply.type === 'taken') {
        ahead--
        taken.resolve()
      }
      if (reply.type === 'failed') failure = reply
      await onReply(reply)
      if (reply.type === 'done') finished = true
    })
    // Nothing more is wanted of it once a reply could not be handled.
    handled.catch(kill)
  })
  let gone = false
  const end = ended(child).then((how) => {
    gone = true
    taken.resolve()
    return how
  })

  try {
    await send(child, begin)
    for await (const batch of pairs) {
      signal.throwIfAborted()
      while (ahead >= BATCHES_AHEAD && !gone) {
        taken = Promise.withResolvers<void>()
        await taken.promise
      }
      if (gone) break
      ahead++
      await send(child, { type: 'pairs', pairs: batch })
    }
    await send(child, { type: 'scan' })
    const how = await end
    signal.throwIfAborted()
    await handled
    if (!finished) throw scoringFailed(failure, how)
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

function scoringFailed(failure: { message: string; remedy: string | null } | null, how: string): BlindfoldError {
  return new BlindfoldError('SCORING_FAILED', failure?.message ?? `The scoring process stopped before it was done (${how}).`, {
    remedy: failure?.remedy ?? 'Look into the log of the job; start the blind test again. What was stored before is unchanged.',
  })
}
