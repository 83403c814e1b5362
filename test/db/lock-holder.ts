import { connect } from '../../src/db/worker/client.ts'

// A second process that opens a project and keeps it: the tests kill it. Usage: lock-holder FOLDER [annotate]
const [folder = '', mode] = process.argv.slice(2)
const db = await connect(folder)
process.stdout.write('open\n')
if (mode === 'annotate') {
  // Says each annotation only after it was committed: what was said must survive.
  for (let i = 0; ; i++) {
    const { annotationId } = await db.annotations.annotate({ pairId: 1 + (i % 20), action: 'flip', blind: false }, 'tester')
    process.stdout.write(`${annotationId}\n`)
  }
}
setInterval(() => {}, 1000)
