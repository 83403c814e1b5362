import { RPCHandler as MessagePortHandler } from '@orpc/server/message-port'
import { RPCHandler as WebSocketHandler } from '@orpc/server/ws'
import type { SupportedMessagePort } from '@orpc/client/message-port'
import type { WebSocket } from 'ws'
import type { Composition } from './compose.ts'

/** Answers procedure calls that come over a window's port, transferred or relayed. */
export function portHandler(composition: Composition): { upgrade(port: SupportedMessagePort): void } {
  const handler = new MessagePortHandler(composition.router)
  return { upgrade: (port) => handler.upgrade(port, { context: {} }) }
}

/** Answers procedure calls that come over a WebSocket whose opener has been checked. */
export function webSocketHandler(composition: Composition): { upgrade(webSocket: WebSocket): void } {
  const handler = new WebSocketHandler(composition.router)
  return { upgrade: (webSocket) => void handler.upgrade(webSocket, { context: {} }) }
}
