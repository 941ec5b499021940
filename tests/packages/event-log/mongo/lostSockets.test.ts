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

/** As when the server's end closes: the driver hears of it only after the code that runs now. */
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

it('a command that is written to a connection just closed fails, though no other is under way', async () => {
  connection.getClient().once('commandStarted', closeAll)
  await expect(connection.db?.command({ ping: 1 })).rejects.toThrow(/connection \d+ to .* closed/)
  await expect(connection.db?.command({ ping: 1 })).resolves.toMatchObject({ ok: 1 })
})

it('a query is asked again', async () => {
  await connection.collection('some').insertOne({ name: 'one' })
  connection.getClient().once('commandStarted', closeAll)
  await expect(connection.collection('some').countDocuments({ name: 'one' })).resolves.toBe(1)
})

it('a heartbeat that is written to one fails, and the next one finds the server', async () => {
  const client = connection.getClient()
  client.once('serverHeartbeatStarted', closeAll)
  await once(client, 'serverHeartbeatFailed')
  await once(client, 'serverHeartbeatSucceeded')
})

it('nothing is left of it once the database is closed', async () => {
  const isWatched = () => channel('net.client.socket').hasSubscribers
  unsubscribe('net.client.socket', collect)
  try {
    expect(isWatched()).toBe(true)
    const other = await openDatabase(uri.href, connection.name)
    await other.close()
    expect(isWatched()).toBe(true)
    await connection.close()
    expect(isWatched()).toBe(false)
  } finally {
    subscribe('net.client.socket', collect)
    connection = await openDatabase(uri.href, connection.name)
  }
})
