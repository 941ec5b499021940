import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A proxy whose connections can be broken. */
export interface BreakableProxy {
  url: string
  /** Closes all connections. */
  dropConnections(): void
  /** Drops everything that the server sends on the current connections. */
  stopForwarding(): void
  close(): Promise<void>
}

export async function startBreakableProxy(target: string): Promise<BreakableProxy> {
  const { port } = new URL(target)
  const sockets = new Set<Socket>()
  const hushers = new Set<() => void>()
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
    client.once('close', () => upstream.destroy())
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
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
