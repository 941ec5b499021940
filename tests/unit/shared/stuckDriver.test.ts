import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Socket } from 'node:net'

import mongoose, { type Connection } from 'mongoose'

import { endWhenStuck } from '../../../subgraphs/shared/stuckDriver'
import { waitUntil } from '../../support/processes'
import { testMongodbUri } from '../../support/subgraph'

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

let connection: Connection
let ended: string[]
beforeEach(async () => {
  connection = await mongoose
    .createConnection(testMongodbUri(), {
      monitorCommands: true,
      serverMonitoringMode: 'poll',
      heartbeatFrequencyMS: 500,
    })
    .asPromise()
  ended = []
  endWhenStuck(connection, {
    longestHeartbeat: 100,
    longestCommand: 100,
    end: ({ message }) => ended.push(message),
  })
})
afterEach(() => connection.close(true))

const saysSo = async () => {
  await waitUntil('it is said', () => ended.length > 0)
  expect(ended[0]).toBe('The driver of the database waits for what will never come.')
}

it('a command that is written to a connection just closed ends the process once the server is lost', async () => {
  const client = connection.getClient()
  const settled: string[] = []
  const ping = (name: string) => {
    const settle = () => settled.push(name)
    return connection.db?.command({ ping: 1 }).then(settle, settle)
  }
  client.once('commandStarted', closeAll)
  const begun = once(client, 'commandStarted')
  void ping('stuck')
  await begun
  // The driver hears of this one's end, and gives up all connections that there were.
  client.once('commandStarted', () => process.nextTick(closeAll))
  await ping('lost')
  await saysSo()
  expect(settled).toEqual(['lost'])
})

it('a heartbeat that is written to one does too', async () => {
  connection.getClient().once('serverHeartbeatStarted', closeAll)
  await saysSo()
})

it('nothing ends it while the server answers', async () => {
  const client = connection.getClient()
  for (let beats = 0; beats < 4; beats++) {
    await connection.db?.command({ ping: 1 })
    await once(client, 'serverHeartbeatSucceeded')
  }
  expect(ended).toEqual([])
})
