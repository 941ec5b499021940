import { buildConnector, Client } from 'undici'

/** The connections to one subgraph. */
export interface ConnectionPool {
  /** One that nobody uses. It connects when it is first needed, and again whenever that is necessary. */
  acquire(): Client
  /** To be called once for each that was taken, when nobody waits for an answer on it any more. */
  release(connection: Client): void
  /** Ends what is under way, too. */
  destroy(): Promise<void>
}

const connectTimeoutMilliseconds = 2_000

/**
 * As many connections as were ever in use at once; the one that was used last is used first. (undici's `Pool` does as
 * much, and looks through all of them twice for each request, to know whether one more could be taken.)
 */
export function createConnectionPool(origin: string): ConnectionPool {
  const connect = buildConnector({ timeout: connectTimeoutMilliseconds })
  const all: Client[] = []
  const idle: Client[] = []

  function open(): Client {
    // Each exchange has a timer of its own, for all of it.
    const connection = new Client(origin, { connect, headersTimeout: 0, bodyTimeout: 0 })
    all.push(connection)
    return connection
  }

  return {
    acquire: () => idle.pop() ?? open(),
    release: (connection) => void idle.push(connection),
    destroy: async () => {
      await Promise.all(all.map((connection) => connection.destroy()))
    },
  }
}
