import type { BaseContext } from '@apollo/server'
import { randomBytes } from 'node:crypto'
import mongoose, { type Connection } from 'mongoose'

import { openDatabase } from '../../subgraphs/shared/database'
import { createLog } from '../../subgraphs/shared/log'
import { serveSubgraph, type Subgraph } from '../../subgraphs/shared/subgraph/serve'
import { anonymous, type SignedIn, type Viewer, type ViewerRole } from '../../subgraphs/shared/viewer'
import { createViewerSigner, viewerHeader } from '../../subgraphs/shared/viewerToken'
import { newId } from '../../subgraphs/shared/ids'

export const routerSecret = 'a secret of the tests, long enough'
const sign = createViewerSigner(routerSecret)

/** What a GraphQL endpoint answered. */
export interface Answer {
  status: number
  // The shape of `data` is the test's business: it asserts on it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

/** A subgraph that listens, on a database of its own. */
export interface TestSubgraph {
  url: string
  connection: Connection
  /** Sends an operation in the name of a viewer; anonymous unless told. */
  send(document: string, variables?: object, viewer?: Viewer, address?: string): Promise<Answer>
  /** The same, and fails the test when there are top-level errors; gives `data`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  query(document: string, variables?: object, viewer?: Viewer): Promise<any>
  /** The names of the database commands that `work` causes. */
  commandsDuring(work: () => Promise<unknown>): Promise<string[]>
  close(): Promise<void>
}

/** Where the tests' databases are. */
export function testMongodbUri(): string {
  const uri = process.env['MONGODB_URI']
  if (!uri) throw new Error('The global set-up did not start a database.')
  return uri
}

/** A database name that no other test has. */
export function testDatabaseName(part: string): string {
  return `test_${part}_${randomBytes(6).toString('hex')}`
}

export interface StartOptions {
  /** A second process's worth of it on the same data: only the one that made the database drops it. */
  database?: string
  /** Any that is free, unless told. */
  port?: number
  heartbeatMilliseconds?: number
}

/** Starts a subgraph over HTTP. */
export async function startSubgraph<Context extends BaseContext>(
  create: (connection: Connection) => Subgraph<Context>,
  { database, port = 0, ...more }: StartOptions = {},
): Promise<TestSubgraph> {
  const connection = await openDatabase(testMongodbUri(), database ?? testDatabaseName('subgraph'))
  const subgraph = create(connection)
  const log = createLog(subgraph.name, process.env['LOG_LEVEL'] ?? 'silent')
  const options = { host: '127.0.0.1', port, routerSecret, log, ...more }
  const server = await serveSubgraph(subgraph, options).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const url = `${server.url}/graphql`

  const send: TestSubgraph['send'] = async (
    document,
    variables = {},
    viewer = anonymous,
    address = '192.0.2.1',
  ) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [viewerHeader]: sign({ viewer, address }) },
      body: JSON.stringify({ query: document, variables }),
    })
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) }
  }

  return {
    url,
    connection,
    send,
    query: async (document, variables, viewer) => {
      const answer = await send(document, variables, viewer)
      if (answer.errors)
        throw new Error(`The operation failed: ${JSON.stringify(answer.errors, null, 2)}\n${document}`)
      return answer.data
    },
    commandsDuring: (work) => commandsDuring(connection, work),
    close: async () => {
      // A test may have ended it already.
      if (connection.readyState !== mongoose.ConnectionStates.connected) return
      if (!database) await connection.dropDatabase()
      await server.close()
      await connection.close()
    },
  }
}

const notOperations = new Set(['ping', 'hello', 'isMaster', 'endSessions'])

/** The names of the commands that a connection sends while `work` is done, those of its upkeep left out. */
export async function commandsDuring(
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const names: string[] = []
  const client = connection.getClient()
  const note = (event: { commandName: string }) => {
    if (!notOperations.has(event.commandName)) names.push(event.commandName)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  return names
}

/** Somebody who is signed in; a new person each time unless `id` is given. */
export function makeViewer(role: ViewerRole = 'MEMBER', id: string = newId('User')): SignedIn {
  return { kind: 'signedIn', id, role, sessionId: 'session-of-the-tests' }
}
