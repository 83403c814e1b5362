import { logError } from '../core/log.ts'
import { scoringRequest, type ScoringReply, type ScoringRequest } from '../protocols/scoring.ts'
import { helperParent } from './helper-parent.ts'
import { Questions } from './questions.ts'
import { ReadingError } from './reading/reading-error.ts'
import { ProcessScan } from './run-scan.ts'

// The process that owns onnxruntime-node: entry of `client.ts`. It does one scan and ends, or answers questions until it
// is ended. Reading and fitting are long computations that hear no message, so a cancelled scan is ended from outside;
// nothing but files in its folder and the last batch of readings is lost.

const parent = helperParent()
const questions = new Questions()
let scan: ProcessScan | null = null

const reply = (message: ScoringReply): Promise<void> => parent.send(message)
const tell = (message: ScoringReply): void => void reply(message)

async function answer(request: ScoringRequest): Promise<void> {
  switch (request.type) {
    case 'begin':
      scan = await ProcessScan.begin(request, tell)
      return
    case 'pairs':
      return scan?.readPairs(request.pairs)
    case 'scan':
      await scan?.scorePairs()
      await reply({ type: 'progress', phase: 'Storing scores', done: 1, total: 1, unit: 'scan' })
      return parent.end(0)
    case 'score':
      return tell({ type: 'scored', question: request.question, margins: await questions.score(request.scorer, request.pairs) })
    case 'explain':
      return tell({ type: 'explained', question: request.question, explanation: await questions.explain(request.scorer, request.pair) })
  }
}

async function failed(request: ScoringRequest | null, error: unknown): Promise<void> {
  const question = request && 'question' in request ? request.question : null
  if (!(error instanceof ReadingError)) logError('scoring', error)
  const remedy = error instanceof ReadingError ? error.remedy : null
  await reply({ type: 'failed', question, message: error instanceof Error ? error.message : String(error), remedy })
  if (question === null) parent.end(1)
}

// One after the other, in the order they came.
let turn = Promise.resolve()
parent.onMessage((message) => {
  turn = turn.then(async () => {
    let request: ScoringRequest | null = null
    try {
      request = scoringRequest.parse(message)
      await answer(request)
    } catch (error) {
      await failed(request, error)
    }
  })
})
