import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MessagePortMain, ParentPort } from 'electron'
import { toBackend, type FromBackend } from '../../src/protocols/relay.ts'
import { ShellHelpers } from '../../src/host/shell-helpers.ts'
import { startHelper, startHelpersBy } from '../../src/scoring/helper.ts'
import { running, useHelpers } from './helper-work.ts'

// Stands in for the backend's entry where the database cannot be loaded: everything else between it and its helpers is real.
const { parentPort } = process as NodeJS.Process & { parentPort: ParentPort }
const home = process.env['BLINDFOLD_HOME'] as string
const helpers = new ShellHelpers((message) => parentPort.postMessage(message))
startHelpersBy(helpers.start)
parentPort.on('message', ({ data, ports }) => {
  const message = toBackend.parse(data)
  if ('helper' in message) helpers.receive(message, ports[0] as MessagePortMain | undefined)
})
parentPort.postMessage({ type: 'ready' } satisfies FromBackend)
// Neither a path nor an unknown name starts anything: the shell drops the message.
parentPort.postMessage({ type: 'helper-start', helper: 1000, entry: '../../evil' })
void useHelpers(home)
  .then(async (work) => ({ work, left: await running(startHelper('scoring-process', () => undefined)) }))
  .catch((error: unknown) => ({ error: String(error) }))
  .then((result) => writeFileSync(join(home, 'result.json'), JSON.stringify(result)))
