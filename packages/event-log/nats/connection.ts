import { AuthorizationError, connect, usernamePasswordAuthenticator } from '@nats-io/transport-node'
import { StartupError, waitWithBackoff, withTimeout } from '../../platform'
import type { Log } from '../../platform/log'

export type NatsConnection = Awaited<ReturnType<typeof connectToNats>>

/** A connection that may not be established yet. It is reestablished whenever it is lost. */
interface NatsLink {
  /** @throws Error while no server has responded yet */
  requireConnection(): NatsConnection
  /** Returns whether a server responds within 2 s. */
  isReachable(): Promise<boolean>
  close(): Promise<void>
}

interface NatsLinkOptions {
  /**
   * `nats://host:4222` or `tls://host:4222`, with a user and a password if the server requires them; the servers of one
   * cluster are separated by commas.
   */
  url: string
  /** Whether it keeps trying when no server responds at first. */
  startsWithoutServer: boolean
  log: Log
}

/**
 * Opens a link to a NATS server.
 *
 * @throws StartupError, with the addresses without their passwords, when the server rejects the user, or when no server
 *   responds within 2 s and it must
 */
export async function openNatsLink({ url, startsWithoutServer, log }: NatsLinkOptions): Promise<NatsLink> {
  const closing = new AbortController()
  const hosts = parseServers(url)
    .map(({ host }) => host)
    .join(', ')
  let connection: NatsConnection | undefined
  let connecting: Promise<void> | undefined

  /** Logs that a server has responded, but rejects the user: unlike an unreachable server, it does not recover by itself. */
  function logRejection(error: unknown): undefined {
    if (error instanceof AuthorizationError)
      log.error({ servers: hosts, reason: error.message }, 'The event log rejects the user of EVENT_LOG_URL')
  }

  async function retryConnection(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted && !connection; failures++) {
      await waitWithBackoff(failures, closing.signal).catch(() => undefined)
      connection = await connectToNats(url).catch(logRejection)
    }
    if (connection) log.info({ servers: hosts }, 'The event log is connected')
  }

  try {
    connection = await connectToNats(url)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (!startsWithoutServer || error instanceof AuthorizationError)
      throw new StartupError(`The event log at ${hosts} cannot be reached: ${reason}`)
    log.warn({ servers: hosts, reason }, 'The event log cannot be reached: events wait until it responds')
    connecting = retryConnection()
  }

  return {
    requireConnection() {
      if (!connection) throw new Error(`The event log at ${hosts} has not responded yet.`)
      return connection
    },
    isReachable: () =>
      connection
        ? withTimeout(2000, connection.rtt()).then(
            () => true,
            () => false,
          )
        : Promise.resolve(false),
    async close() {
      closing.abort()
      await connecting
      await connection?.close()
    },
  }
}

const connectTimeoutMs = 2000
const pingIntervalMs = 1000

const parseServers = (url: string): URL[] => url.split(',').map((one) => new URL(one.trim()))

async function connectToNats(url: string) {
  const urls = parseServers(url)
  const [first] = urls
  const { username = '', password = '', protocol } = first ?? {}
  return connect({
    servers: urls.map(({ host }) => host),
    ...(username !== '' && {
      authenticator: usernamePasswordAuthenticator(
        decodeURIComponent(username),
        decodeURIComponent(password),
      ),
    }),
    ...(protocol === 'tls:' && { tls: {} }),
    timeout: connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    // A server whose machine is lost closes no connection: it is left after three pings without a response.
    pingInterval: pingIntervalMs,
  })
}
