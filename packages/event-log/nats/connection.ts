import { connect, usernamePasswordAuthenticator } from '@nats-io/transport-node'

import { StartupError, withTimeout } from '../../platform'

export type NatsConnection = Awaited<ReturnType<typeof connectToNats>>

/**
 * Connects to a NATS server, and reconnects whenever the connection is lost.
 *
 * @param url `nats://host:4222` or `tls://host:4222`, with a user and a password if the server requires them;
 *   the servers of one cluster are separated by commas
 * @throws StartupError, with the addresses without their passwords, when no server responds within 5 s
 */
export async function connectToNats(url: string) {
  const urls = url.split(',').map((one) => new URL(one.trim()))
  const [first] = urls
  const { username = '', password = '', protocol } = first ?? {}
  try {
    return await connect({
      servers: urls.map(({ host }) => host),
      ...(username !== '' && {
        authenticator: usernamePasswordAuthenticator(
          decodeURIComponent(username),
          decodeURIComponent(password),
        ),
      }),
      ...(protocol === 'tls:' && { tls: {} }),
      timeout: 5000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hosts = urls.map(({ host }) => host).join(', ')
    throw new StartupError(`The event log at ${hosts} cannot be reached: ${reason}`)
  }
}

/** Returns whether the server responds within 2 s. */
export async function isConnected(connection: NatsConnection): Promise<boolean> {
  try {
    await withTimeout(2000, connection.rtt())
    return true
  } catch {
    return false
  }
}
