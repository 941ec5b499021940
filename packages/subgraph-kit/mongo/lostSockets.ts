import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

const opened = 'net.client.socket'

/** Has the driver's wait end with the connection: it looks next whether that is closed, and says so. */
function endWaits(message: unknown): void {
  const { socket } = message as { socket: Socket }
  socket.once('close', () => socket.emit('drain'))
}

let watchers = 0

/**
 * Has every command of the driver of the database end, whenever a connection is lost; for the connections that this
 * process opens from now on.
 *
 * Where the other end closes just before the driver (mongodb 7.8, `Connection.writeCommand`) writes, it waits for a
 * 'drain' that a destroyed socket does not tell of, and no option bounds that. A heartbeat would never find the server
 * again, and whoever asked for a command would rest for ever: a relay, say, with a lease that it renews.
 *
 * Node 24 tells of sockets with TLS, too; Node 20 does not, and theirs are left as they are.
 *
 * @returns what says, once, that it is not needed any more
 */
export function unblockWritesOfLostSockets(): () => void {
  if (watchers++ === 0) subscribe(opened, endWaits)
  return () => {
    if (--watchers === 0) unsubscribe(opened, endWaits)
  }
}
