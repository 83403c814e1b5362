import type { MessagePortMain, ParentPort } from 'electron'
import { log } from '../core/log.ts'
import { toBackend, type FromBackend, type ToBackend } from '../protocols/relay.ts'
import { GrantedPaths } from '../services/grants.ts'
import { startHelpersBy } from '../scoring/helper.ts'
import { compose } from './compose.ts'
import { RelayedPort } from './relayed-port.ts'
import { RpcServer } from './rpc/connection.ts'
import { attachPort } from './rpc/port.ts'
import { ShellHelpers } from './shell-helpers.ts'

/**
 * The backend as a process of the desktop app. In Electron's utility process windows' ports arrive transferred; under
 * `child_process.fork` (development, tests, an Electron with too old a Node) their messages are relayed.
 */
const parentPort = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort
const send = (message: FromBackend): void => {
  if (parentPort) parentPort.postMessage(message)
  else if (process.connected) process.send?.(message)
}

const helpers = new ShellHelpers(send)
if (parentPort) startHelpersBy(helpers.start)
const paths = new GrantedPaths()
const composition = compose(paths)
const rpc = new RpcServer(composition)
const relayed = new Map<number, RelayedPort>()

function receive(message: ToBackend, transferred: MessagePortMain | undefined): void {
  switch (message.type) {
    case 'port':
      if (transferred) {
        attachPort(rpc, transferred)
        transferred.start()
      } else {
        const port = new RelayedPort((data) => send({ type: 'port-message', port: message.port, data }))
        relayed.set(message.port, port)
        attachPort(rpc, port)
      }
      return
    case 'port-message':
      return relayed.get(message.port)?.receive(message.data)
    case 'port-close':
      relayed.get(message.port)?.closed()
      relayed.delete(message.port)
      return
    case 'helper-started':
    case 'helper-log':
    case 'helper-ended':
      return helpers.receive(message, transferred)
    case 'grant':
      // Said only once it holds: the page may use it at once.
      return void paths.grant(message.path, message.access).then(() => send({ type: 'granted', grant: message.grant }))
    case 'close':
      return void end()
  }
}

let ending = false
/** Closes the project and ends. Training runs are processes of their own and go on. */
async function end(): Promise<void> {
  if (ending) return
  ending = true
  for (const port of relayed.values()) port.closed()
  await composition.close()
  process.exit(0)
}

function parsed(message: unknown): ToBackend | null {
  const result = toBackend.safeParse(message)
  if (!result.success) log('The shell sent an invalid message.')
  return result.data ?? null
}

if (parentPort) {
  parentPort.on('message', (event) => {
    const message = parsed(event.data)
    if (message) receive(message, event.ports[0])
  })
} else {
  process.on('message', (data) => {
    const message = parsed(data)
    if (message) receive(message, undefined)
  })
  // The shell is gone, by whatever way: nobody is left to work for.
  process.on('disconnect', () => void end())
}
composition.onProject((path) => send({ type: 'project', path }))
send({ type: 'ready' })
