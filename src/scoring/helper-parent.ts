import type { MessagePortMain, ParentPort } from 'electron'
import type { FromHelper } from '../protocols/relay.ts'

/** The backend, as a helper process sees it. */
export interface HelperParent {
  /** Calls back for each message, in order. One listener, set while the entry is evaluated. */
  onMessage(listener: (message: unknown) => void): void
  /** Resolves when the message has left, so that ending the process cuts nothing off. */
  send(message: object): Promise<void>
  /** Ends this process once all that was sent has arrived. */
  end(code: number): void
}

/** By Node's channel under `child_process.fork`; by the port that the shell hands over in Electron's utility process. */
export function helperParent(): HelperParent {
  // Ctrl-C in a terminal reaches this process too: the backend hears it, cancels the job and ends this one.
  process.on('SIGINT', () => undefined)
  const { parentPort } = process as NodeJS.Process & { parentPort?: ParentPort }
  return parentPort ? byPort(parentPort) : byChannel()
}

function byChannel(): HelperParent {
  // The backend has gone: nobody waits for the result.
  process.on('disconnect', () => process.exit(0))
  return {
    onMessage: (listener) => void process.on('message', listener),
    send: (message) => new Promise((resolve) => process.send?.(message, () => resolve())),
    end: (code) => {
      process.exitCode = code
      if (code === 0) process.disconnect()
      else process.exit()
    },
  }
}

function byPort(parentPort: ParentPort): HelperParent {
  let listener: (message: unknown) => void = () => undefined
  const opened = new Promise<MessagePortMain>((resolve) => {
    parentPort.once('message', ({ ports }) => {
      const port = ports[0] as MessagePortMain
      port.on('message', (event) => listener(event.data))
      port.on('close', () => process.exit(0))
      port.start()
      resolve(port)
    })
  })
  const post = (message: FromHelper): Promise<void> => opened.then((port) => port.postMessage(message))
  return {
    onMessage: (callback) => {
      listener = callback
    },
    send: (message) => post({ type: 'message', data: message }),
    end: (code) => void post({ type: 'end', code }),
  }
}
