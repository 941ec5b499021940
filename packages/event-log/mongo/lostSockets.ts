import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

const clientSocketChannel = 'net.client.socket'

/**
 * Ends the driver's wait for 'drain' when the connection closes: the driver then checks whether it is closed,
 * and fails.
 */
function emitDrainOnClose(message: unknown): void {
  const { socket } = message as { socket: Socket }
  socket.once('close', () => socket.emit('drain'))
}

let subscriptions = 0

/**
 * Makes the MongoDB driver's commands fail when their connection is lost; applies to the connections that this
 * process opens from now on.
 *
 * When the server closes a connection just before the driver writes to it (mongodb 7.8,
 * `Connection.writeCommand`), the driver waits for a 'drain' that a destroyed socket never emits, and no
 * timeout bounds the wait. A heartbeat would never find the server again, and a command would never return: a
 * relay that renews its lease, for example, would hang.
 *
 * Node 24 also reports sockets with TLS on this channel; Node 20 does not, so there this has no effect on TLS
 * connections.
 *
 * @returns a function that ends this, to be called once
 */
export function unblockWritesOfLostSockets(): () => void {
  if (subscriptions++ === 0) subscribe(clientSocketChannel, emitDrainOnClose)
  return () => {
    if (--subscriptions === 0) unsubscribe(clientSocketChannel, emitDrainOnClose)
  }
}
