import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Socket } from 'node:net'

import { openDatabase, type Connection } from '../../../../packages/subgraph-kit/mongo/database'
import { testDatabaseName, testMongodbUri } from '../../../support/subgraph'

const sockets = new Set<Socket>()
const collect = (message: unknown) => {
  const { socket } = message as { socket: Socket }
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}
beforeAll(() => subscribe('net.client.socket', collect))
afterAll(() => unsubscribe('net.client.socket', collect))

/** Closes all sockets, as a server would: the driver is notified only after the current code. */
const closeAll = () => sockets.forEach((socket) => socket.destroy())

const uri = new URL(testMongodbUri())
uri.searchParams.set('heartbeatFrequencyMS', '500')

let connection: Connection
beforeEach(async () => {
  connection = await openDatabase(uri.href, testDatabaseName('lostSockets'))
})
afterEach(async () => {
  await connection.dropDatabase()
  await connection.close()
})

it('fails a command that is written to a lost connection', async () => {
  connection.getClient().once('commandStarted', closeAll)
  await expect(connection.db?.command({ ping: 1 })).rejects.toThrow(/connection \d+ to .* closed/)
  await expect(connection.db?.command({ ping: 1 })).resolves.toMatchObject({ ok: 1 })
})

it('retries a query on another connection', async () => {
  await connection.collection('some').insertOne({ name: 'one' })
  connection.getClient().once('commandStarted', closeAll)
  await expect(connection.collection('some').countDocuments({ name: 'one' })).resolves.toBe(1)
})

it('fails a heartbeat on a lost connection, and the next one reaches the server', async () => {
  const client = connection.getClient()
  client.once('serverHeartbeatStarted', closeAll)
  await once(client, 'serverHeartbeatFailed')
  await once(client, 'serverHeartbeatSucceeded')
})

it('stops watching sockets when the last database is closed', async () => {
  const isWatching = () => channel('net.client.socket').hasSubscribers
  unsubscribe('net.client.socket', collect)
  try {
    expect(isWatching()).toBe(true)
    const other = await openDatabase(uri.href, connection.name)
    await other.close()
    expect(isWatching()).toBe(true)
    await connection.close()
    expect(isWatching()).toBe(false)
  } finally {
    subscribe('net.client.socket', collect)
    connection = await openDatabase(uri.href, connection.name)
  }
})
