import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { testMongodbUri } from './subgraph'

/** A proxy of the test database that can hold commands back. */
export interface DatabaseProxy {
  uri: string
  /** Holds back every command that contains a text, and everything after it on the same connection. */
  holdCommands(text: string): void
  /** The number of commands that are held back. */
  countHeld(): number
  /** Forwards the commands that were held back. */
  release(): void
  close(): Promise<void>
}

export async function startDatabaseProxy(): Promise<DatabaseProxy> {
  const sockets = new Set<Socket>()
  let text: string | undefined
  let waiting: (() => void)[] = []
  const server = createServer((client) => {
    const database = connect(databaseAddress(testMongodbUri()))
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => [client, database].forEach((each) => each.destroy()))
    }
    database.pipe(client)
    let recent: Buffer = Buffer.alloc(0)
    let held: Buffer[] | undefined
    client.on('data', (chunk: Buffer) => {
      if (held) return void held.push(chunk)
      // A command may arrive in several chunks, of which none contains the whole text.
      recent = text === undefined ? Buffer.alloc(0) : Buffer.concat([recent.subarray(-text.length), chunk])
      if (text === undefined || !recent.includes(text)) return void database.write(chunk)
      const chunks = (held = [chunk])
      recent = Buffer.alloc(0)
      waiting.push(() => {
        held = undefined
        for (const each of chunks) database.write(each)
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true&monitorCommands=true`,
    holdCommands: (held) => void (text = held),
    countHeld: () => waiting.length,
    release() {
      text = undefined
      for (const pass of waiting) pass()
      waiting = []
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Returns the address of a database, the first of several. */
export function databaseAddress(uri: string): { path: string } | { host: string; port: number } {
  const address = decodeURIComponent(new URL(uri).host)
  if (address.startsWith('/')) return { path: address }
  const [host = '', port] = address.split(':')
  return { host, port: Number(port ?? 27017) }
}
