import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can break. */
export interface BreakableProxy {
  url: string
  /** Breaks all connections. */
  dropConnections(): void
  /** Lets nothing through any more that is sent to those who are connected by now. */
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
      // What breaks here is broken on purpose, or seen at the other end.
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
