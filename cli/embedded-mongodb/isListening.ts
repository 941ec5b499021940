import { once } from 'node:events'
import { connect } from 'node:net'

/** Returns whether a process accepts connections on a Unix socket. */
export async function isListening(socket: string): Promise<boolean> {
  const connection = connect(socket)
  try {
    await once(connection, 'connect')
    return true
  } catch {
    return false
  } finally {
    connection.destroy()
  }
}
