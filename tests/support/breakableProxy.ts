import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A proxy whose connections can be broken. */
export interface BreakableProxy {
  url: string
  /** Closes all connections. */
  dropConnections(): void
  /** Drops everything that the server sends on the current connections. */
  stopForwarding(): void
  /** Returns the last part of the responses on each open connection whose first request is for this path. */
  readResponses(path: string): string[]
  close(): Promise<void>
}

interface ObservedConnection {
  /** The beginning of the first request. */
  request: string | undefined
  response: string
}

const maxObservedLength = 10_000

export async function startBreakableProxy(target: string): Promise<BreakableProxy> {
  const { port } = new URL(target)
  const sockets = new Set<Socket>()
  const hushers = new Set<() => void>()
  const connections = new Set<ObservedConnection>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // Errors are intended, or visible at the other end.
      socket.on('error', () => undefined)
      socket.once('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
    hushers.add(() => upstream.unpipe(client))
    const connection: ObservedConnection = { request: undefined, response: '' }
    connections.add(connection)
    client.once('data', (bytes) => (connection.request = String(bytes)))
    upstream.on(
      'data',
      (bytes) => (connection.response = (connection.response + String(bytes)).slice(-maxObservedLength)),
    )
    client.once('close', () => {
      connections.delete(connection)
      upstream.destroy()
    })
    upstream.once('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    dropConnections: cut,
    stopForwarding: () => hushers.forEach((hush) => hush()),
    readResponses: (path) =>
      [...connections]
        .filter(({ request }) => request?.startsWith(`GET ${path}`))
        .map(({ response }) => response),
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
