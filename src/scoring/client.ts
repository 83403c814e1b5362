import { probeReply, type ProbePair, type ProbeReply, type ProbeRequest } from '../protocols/probe-process.ts'
import { scoringReply, type ScoringReply, type ScoringRequest } from '../protocols/scoring.ts'
import { BlindfoldError } from '../core/errors.ts'
import type { HelperEntry } from '../protocols/relay.ts'
import { startHelper } from './helper.ts'

type Work<Begin, Pair, Reply> = {
  begin: Begin
  /** All pairs, in batches. */
  pairs: AsyncIterable<Pair[]>
  /** Called for each reply in order; the next waits for it. */
  onReply: (reply: Reply) => Promise<void>
  /** What the process writes to its stderr. */
  log: (line: string) => void
  /** Ends the process at once. */
  signal: AbortSignal
}
export type ScanWork = Work<
  Extract<ScoringRequest, { type: 'begin' }>,
  Extract<ScoringRequest, { type: 'pairs' }>['pairs'][number],
  ScoringReply
>
export type ProbeWork = Work<Extract<ProbeRequest, { type: 'begin' }>, ProbePair, ProbeReply>

/** Batches that are on their way: the next is fetched while the process still reads the one before. */
const BATCHES_AHEAD = 2

/**
 * Runs one scan in a process of its own; resolves after its last reply was handled. Rejects with the signal's reason
 * when aborted, with what `onReply` throws, and with SCORING_FAILED where the process fails or dies.
 */
export function runScan(work: ScanWork): Promise<void> {
  return runChild('scoring-process', work, { end: { type: 'scan' }, parse: (message) => scoringReply.parse(message), what: 'blind test' })
}

/** Runs one probe, as `runScan` does a scan. */
export function runProbe(work: ProbeWork): Promise<void> {
  return runChild('probe-process', work, { end: { type: 'probe' }, parse: (message) => probeReply.parse(message), what: 'probe' })
}

type Protocol<Reply> = { end: object; parse: (message: unknown) => Reply; what: string }

async function runChild<Begin extends object, Pair, Reply extends { type: string }>(
  entry: HelperEntry,
  { begin, pairs, onReply, log, signal }: Work<Begin, Pair, Reply>,
  { end, parse, what }: Protocol<Reply>,
): Promise<void> {
  signal.throwIfAborted()
  const child = startHelper(entry, log)
  const kill = (): void => child.kill()
  signal.addEventListener('abort', kill, { once: true })

  let handled = Promise.resolve()
  let finished = false
  let failure: { message: string; remedy: string | null } | null = null
  let ahead = 0
  let taken = Promise.withResolvers<void>()
  child.onMessage((message) => {
    handled = handled.then(async () => {
      const reply = parse(message)
      if (reply.type === 'taken') {
        ahead--
        taken.resolve()
      }
      if (reply.type === 'failed') failure = reply as Reply & { message: string; remedy: string | null }
      await onReply(reply)
      if (reply.type === 'done') finished = true
    })
    // Nothing more is wanted of it once a reply could not be handled.
    handled.catch(kill)
  })
  let gone = false
  const close = child.ended.then((how) => {
    gone = true
    taken.resolve()
    return how
  })

  try {
    await child.send(begin)
    for await (const batch of pairs) {
      signal.throwIfAborted()
      while (ahead >= BATCHES_AHEAD && !gone) {
        taken = Promise.withResolvers<void>()
        await taken.promise
      }
      if (gone) break
      ahead++
      await child.send({ type: 'pairs', pairs: batch })
    }
    await child.send(end)
    const how = await close
    signal.throwIfAborted()
    await handled
    if (!finished) throw failed(failure, how, what)
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

function failed(failure: { message: string; remedy: string | null } | null, how: string, what: string): BlindfoldError {
  return new BlindfoldError('SCORING_FAILED', failure?.message ?? `The process of the ${what} stopped before it was done (${how}).`, {
    remedy: failure?.remedy ?? `Check the log of the job, then start the ${what} again. Earlier results are unchanged.`,
  })
}
