import { EventEmitter, once } from 'node:events'
import { Schema, type mongo } from 'mongoose'
import pino from 'pino'

import { openDatabase, type Connection } from '../../../../packages/subgraph-kit/mongo/database'
import { createErrorFormatter } from '../../../../packages/subgraph-kit/graphql/errorFormatter'
import { startHttpServer } from '../../../../packages/platform/http/server'
import {
  runInRequestScope,
  currentScope,
  RequestEndedError,
  requestTimeoutHeader,
} from '../../../../packages/platform/request/requestScope'
import { anonymous } from '../../../../packages/auth/viewer'
import { createViewerSigner, viewerHeader } from '../../../../packages/auth/viewerToken'
import { startDatabaseProxy, type DatabaseProxy } from '../../../support/databaseProxy'
import { routerSecret, testDatabaseName } from '../../../support/subgraph'
import { makePost, startPosts, type TestPosts } from '../../../subgraphs/posts/support'

const viewerToken = createViewerSigner(routerSecret)({ viewer: anonymous, address: '192.0.2.1' })

describe('a query with a timeout', () => {
  let posts: TestPosts
  beforeAll(async () => {
    posts = await startPosts()
    await posts.seed([makePost({ title: 'Found' })])
  })
  afterAll(() => posts.close())

  /** Returns the response, and its database reads. */
  async function send(timeoutMs: number) {
    const commands: mongo.Document[] = []
    const client = posts.connection.getClient()
    const note = ({ command }: mongo.CommandStartedEvent) => {
      if (currentScope()) commands.push(command)
    }
    client.on('commandStarted', note)
    const response = await fetch(posts.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [viewerHeader]: viewerToken,
        [requestTimeoutHeader]: String(timeoutMs),
      },
      body: JSON.stringify({
        query: `query ($of: [_Any!]!) {
          posts { totalCount nodes { id } }
          found: posts(filter: { search: "found" }, orderBy: RELEVANCE) { totalCount nodes { id } }
          _entities(representations: $of) { ... on User { posts { totalCount nodes { id } } } }
        }`,
        variables: { of: [{ __typename: 'User', id: makePost().authorId }] },
      }),
    })
    client.off('commandStarted', note)
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the test determines its shape
    return { commands, result: (await response.json()) as any }
  }

  it('limits each of its reads to the remaining time', async () => {
    const { commands, result } = await send(20_000)
    expect(result.errors).toBeUndefined()
    expect(commands.length).toBeGreaterThanOrEqual(6)
    for (const { maxTimeMS } of commands) {
      expect(maxTimeMS).toBeGreaterThan(0)
      expect(maxTimeMS).toBeLessThan(20_000)
    }
  })

  it('returns SUBGRAPH_TIMEOUT when the database interrupts a read', async () => {
    const endless = [{ $documents: [{ n: { $range: [0, 1_000_000] } }] }, { $unwind: '$n' }, { $count: 'n' }]
    const error: unknown = await posts.connection.db
      ?.aggregate(endless, { maxTimeMS: 1 })
      .toArray()
      .catch((reason: unknown) => reason)
    const format = createErrorFormatter('posts', pino({ level: 'silent' }))
    const masked = { message: 'operation exceeded', extensions: { code: 'INTERNAL_SERVER_ERROR' } }
    expect(format(masked, error).extensions).toEqual({ code: 'SUBGRAPH_TIMEOUT', service: 'posts' })
  })

  it('returns SUBGRAPH_TIMEOUT without reading after its deadline', async () => {
    const { commands, result } = await send(0.001)
    expect(commands).toEqual([])
    expect(result.errors[0].extensions).toEqual({ code: 'SUBGRAPH_TIMEOUT', service: 'posts' })
  })
})

describe('a client that disconnects', () => {
  let proxy: DatabaseProxy
  let connection: Connection
  beforeAll(async () => {
    proxy = await startDatabaseProxy()
    connection = await openDatabase(proxy.uri, testDatabaseName('readBounds'))
  })
  afterAll(async () => {
    proxy.release()
    await connection.close()
    await proxy.close()
  })

  it('aborts its reads, and closes their connections', async () => {
    const things = connection.model('Thing', new Schema({ name: String }))
    const ended = new EventEmitter()
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      log: pino({ level: 'silent' }),
      routes: {
        '/': (request, response) =>
          runInRequestScope(request, response, async () => {
            await things.findOne().catch((error: unknown) => ended.emit('read', error))
          }),
      },
    })
    proxy.holdCommands('things')
    const client = new AbortController()
    connection.getClient().once('commandStarted', () => client.abort())
    const outcome = once(ended, 'read')
    const closed = once(connection.getClient(), 'connectionClosed')
    const headers = { [requestTimeoutHeader]: '60000' }
    await expect(fetch(server.url, { headers, signal: client.signal })).rejects.toThrow('aborted')
    expect((await outcome)[0]).toBeInstanceOf(RequestEndedError)
    await closed
    await server.close()
  })
})
