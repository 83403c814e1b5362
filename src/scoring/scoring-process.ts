import { scoringRequest, type ScoringReply } from '../contract/scoring.ts'
import { scan, type GroupedPair } from './scan.ts'

// The process that owns onnxruntime-node: entry of `client.ts`. It does one scan and ends. A fit is one long
// computation that hears no message, so a cancelled scan is ended from outside; nothing but files in its folder is lost.

const pairs: GroupedPair[] = []

/** Resolves when the message has left, so that ending the process cuts nothing off. */
function reply(message: ScoringReply): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}

async function main(message: unknown): Promise<void> {
  const request = scoringRequest.parse(message)
  if (request.type === 'pairs') {
    pairs.push(...request.pairs)
    return
  }
  await scan(pairs, request, (answer) => void reply(answer))
  await reply({ type: 'progress', phase: 'Storing', done: 1, total: 1, unit: 'scan' })
  process.disconnect()
}

process.on('message', (message) => {
  main(message).catch(async (error: unknown) => {
    console.error(error)
    await reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
    process.exit(1)
  })
})
// Ctrl-C in a terminal reaches this process too: the backend hears it, cancels the job and ends this one.
process.on('SIGINT', () => undefined)
// The backend has gone: nobody waits for the result.
process.on('disconnect', () => process.exit(0))
