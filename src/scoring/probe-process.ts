import { logError } from '../core/log.ts'
import { inside } from '../node/project-folder.ts'
import { probeRequest, type ProbeReply, type ProbeRequest } from '../protocols/probe-process.ts'
import { helperParent } from './helper-parent.ts'
import { ReadingError } from './reading/reading-error.ts'
import { ClipEmbedder } from './probe/clip.ts'
import type { Embedder } from './probe/embedder.ts'
import { Probe } from './probe/probe.ts'
import { TinyEmbedder } from './probe/tiny.ts'

// The process of one probe: images are decoded and models run here, never in the backend. Ended from outside when cancelled.

const parent = helperParent()
let probe: Probe | null = null
let embedder: Embedder | null = null

const reply = (message: ProbeReply): Promise<void> => parent.send(message)
const tell = (message: ProbeReply): void => void reply(message)

async function answer(request: ProbeRequest): Promise<void> {
  switch (request.type) {
    case 'begin': {
      const { model, executionProvider, threads, cache, seed, folds, total } = request
      embedder = model ? await ClipEmbedder.open(model, { executionProvider, threads }, cache) : new TinyEmbedder()
      probe = await Probe.begin(embedder, { seed, folds, total, spool: inside(cache, 'probe-texts.tmp') }, tell)
      return
    }
    case 'pairs':
      await probe?.readPairs(request.pairs)
      return tell({ type: 'taken', pairs: request.pairs.length })
    case 'probe':
      await probe?.scorePairs()
      await embedder?.release()
      await reply({ type: 'progress', phase: 'Storing scores', done: 1, total: 1, unit: 'probe' })
      return parent.end(0)
  }
}

// One after the other, in the order they came.
let turn = Promise.resolve()
parent.onMessage((message) => {
  turn = turn.then(async () => {
    try {
      await answer(probeRequest.parse(message))
    } catch (error) {
      if (!(error instanceof ReadingError || error instanceof RangeError)) logError('probe', error)
      await reply({
        type: 'failed',
        message: error instanceof Error ? error.message : String(error),
        remedy: error instanceof ReadingError ? error.remedy : null,
      })
      parent.end(1)
    }
  })
})
