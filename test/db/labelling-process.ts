import { connect } from '../../src/db/worker/client.ts'
import { BlindfoldError } from '../../src/core/errors.ts'

// Labels pairs as fast as it can, until it is killed or refused. Says each label only after it was acknowledged, with when it
// was asked for: `ID NANOSECONDS`, and at last `refused CODE`. Usage: labelling-process FOLDER PAIRS
const [folder = '', pairs = '1'] = process.argv.slice(2)
const db = await connect(folder)
process.stdout.write('open\n')
try {
  for (let i = 0; ; i++) {
    const asked = process.hrtime.bigint()
    const { annotationId } = await db.annotations.annotate({ pairId: 1 + (i % Number(pairs)), action: 'flip', blind: false }, 'tester')
    process.stdout.write(`${annotationId} ${asked}\n`)
  }
} catch (error) {
  process.stdout.write(`refused ${error instanceof BlindfoldError ? error.code : String(error)}\n`)
}
// What it leaves is as if it had closed the window.
await db.close()
