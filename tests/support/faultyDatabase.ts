import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import mongoose from 'mongoose'

import { databaseAddress } from './databaseProxy'

const { BSON } = mongoose.mongo

/**
 * A fault of one command:
 *
 * - `dropBefore`, `dropAfter`: its connection is lost, before or after the command was applied
 * - `notPrimary`: it is rejected, because the server is not the primary any more
 * - `interrupted`: it was applied, but the response says that an election has interrupted it
 */
export const faults = ['dropBefore', 'dropAfter', 'notPrimary', 'interrupted'] as const
export type Fault = (typeof faults)[number]

/** A database command, such as `{ name: 'insert', collection: 'posts' }`. */
export interface DatabaseCommand {
  readonly name: string
  readonly collection: string
}

/** A proxy in front of a database that makes commands fail as in a failover. */
export interface FaultyDatabase {
  readonly uri: string
  /**
   * Makes the next `count` matching commands fail. Resolves when all of them have failed.
   *
   * @param matches default: every write
   */
  failNext(fault: Fault, matches?: (command: DatabaseCommand) => boolean, count?: number): Promise<void>
  /** Rejects every command as a server that is not the primary, until the returned function is called. */
  beginElection(): () => void
  /** Holds back everything in both directions, until the returned function is called. */
  beginPartition(): () => void
  close(): Promise<void>
}

const writes = ['insert', 'update', 'delete', 'findAndModify']
const isWrite = ({ name }: DatabaseCommand): boolean => writes.includes(name)

/** Codes of the server; see `src/mongo/base/error_codes.yml` of MongoDB. */
const errors = {
  notPrimary: { code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary' },
  interrupted: {
    code: 11602,
    codeName: 'InterruptedDueToReplStateChange',
    errmsg: 'operation was interrupted',
  },
}

interface PlannedFault {
  fault: Fault
  matches: (command: DatabaseCommand) => boolean
  left: number
  resolve: () => void
}

/** @param target the URI of the database; one member of a replica set is enough, while it is the primary */
export async function startFaultyDatabase(target: string): Promise<FaultyDatabase> {
  const sockets = new Set<Socket>()
  const planned: PlannedFault[] = []
  let elections = 0
  let partitions = 0

  function takeFault(command: DatabaseCommand): Fault | undefined {
    if (elections > 0 && !['hello', 'isMaster', 'ismaster'].includes(command.name)) return 'notPrimary'
    const found = planned.find(({ matches }) => matches(command))
    if (!found) return undefined
    if (--found.left === 0) {
      planned.splice(planned.indexOf(found), 1)
      found.resolve()
    }
    return found.fault
  }

  const server = createServer((client) => {
    const database = connect(databaseAddress(target))
    const drop = () => [client, database].forEach((socket) => socket.destroy())
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', drop)
      socket.on('close', () => sockets.delete(socket))
      if (partitions > 0) socket.pause()
    }
    const interruptions = new Map<number, () => void>()

    forEachMessage(client, (message) => {
      const command = readCommand(message)
      const fault = command && takeFault(command)
      const requestId = message.readInt32LE(4)
      switch (fault) {
        case undefined:
          return void database.write(message)
        case 'dropBefore':
          return drop()
        case 'notPrimary':
          return void client.write(buildError('notPrimary', message))
        case 'dropAfter':
          interruptions.set(requestId, drop)
          return void database.write(message)
        case 'interrupted':
          interruptions.set(requestId, () => client.write(buildError('interrupted', message)))
          return void database.write(message)
        default:
          fault satisfies never
      }
    })
    forEachMessage(database, (message) => {
      const responseTo = message.readInt32LE(8)
      const interrupt = interruptions.get(responseTo)
      interruptions.delete(responseTo)
      if (interrupt) interrupt()
      else client.write(message)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`,
    failNext: (fault, matches = isWrite, count = 1) =>
      new Promise((resolve) => planned.push({ fault, matches, left: count, resolve })),
    beginElection() {
      elections++
      return () => void elections--
    },
    beginPartition() {
      partitions++
      for (const socket of sockets) socket.pause()
      return () => {
        if (--partitions === 0) for (const socket of sockets) socket.resume()
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

// The MongoDB wire protocol: a message begins with its length, its ID, the ID of the request that it responds to, and its
// opcode, as 32-bit integers.
const headerBytes = 16
const opMsg = 2013

/** Reads the messages of a socket. */
function forEachMessage(socket: Socket, handle: (message: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= headerBytes && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0))
      rest = rest.subarray(message.length)
      handle(message)
    }
  })
}

/** Reads the first section of an OP_MSG, the command without its documents; undefined for another opcode. */
function readBody(message: Buffer): Record<string, unknown> | undefined {
  const flagBytes = 4
  if (message.readInt32LE(12) !== opMsg || message[headerBytes + flagBytes] !== 0) return undefined
  const start = headerBytes + flagBytes + 1
  return BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)))
}

function readCommand(message: Buffer): DatabaseCommand | undefined {
  const [first] = Object.entries(readBody(message) ?? {})
  return first && { name: first[0], collection: String(first[1]) }
}

/** Builds the response to a request. A server adds the label to errors of writes that the driver will retry. */
function buildError(error: keyof typeof errors, request: Buffer): Buffer {
  const isRetryable = readBody(request)?.['txnNumber'] !== undefined
  const body = BSON.serialize({
    ok: 0,
    ...errors[error],
    ...(isRetryable && { errorLabels: ['RetryableWriteError'] }),
  })
  const head = Buffer.alloc(headerBytes + 5)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(request.readInt32LE(4), 8)
  head.writeInt32LE(opMsg, 12)
  return Buffer.concat([head, body])
}
