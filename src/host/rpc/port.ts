import type { MessagePortMainLike } from '@orpc/client/message-port'
import { log } from '../../core/log.ts'
import type { RpcServer } from './connection.ts'

/** Answers the calls that come over a window's port. A port cannot be left unread: calls beyond the limits are refused. */
export function attachPort(rpc: RpcServer, port: MessagePortMainLike): void {
  const connection = rpc.accept({
    send: (message) => {
      port.postMessage(message)
      return Promise.resolve()
    },
  })
  port.on('message', (event) => {
    if (!connection.receive(event?.data)) log('A window sent an invalid message.')
  })
  port.on('close', () => connection.close())
}
