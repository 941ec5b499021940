import { once } from 'node:events'
import type { mongo } from 'mongoose'

import type { Post } from '../../../subgraphs/posts/domain/post'
import { requestTimeoutHeader } from '../../../packages/platform/request/requestScope'
import { anonymous } from '../../../packages/auth/viewer'
import { createViewerSigner, viewerHeader } from '../../../packages/auth/viewerToken'
import { startDatabaseProxy, type DatabaseProxy } from '../../support/databaseProxy'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { waitUntil } from '../../support/processes'
import { routerSecret } from '../../support/subgraph'
import { emptyPeer, makePost, startPosts, waitUntilConsuming, type TestPosts } from './support'
import { expectDurationBelow } from '../../support/duration'

/** The number of documents that a search examines of one word. */
const candidates = 1000
const size = 4 * candidates

/** All contain the word harbour, some in the title; few contain another word. */
const made: Post[] = Array.from({ length: size }, (_, index) =>
  makePost({
    title: index % 100 === 0 ? 'In the harbour' : 'By the sea',
    body: `A harbour is never far, and the boats are many.${index === 17 ? ' A quokka is here.' : ''}`,
    createdAt: new Date(Date.UTC(2030, 0, 1) + index * 1000),
  }),
)

let proxy: DatabaseProxy
let posts: TestPosts
beforeAll(async () => {
  proxy = await startDatabaseProxy()
  const peers = { comments: emptyPeer, events: emptyPeer, users: emptyPeer }
  posts = await startPosts({ mongodbUri: proxy.uri, ...peers })
  await waitUntilConsuming(posts)
  await posts.seed(made)
})
afterAll(async () => {
  proxy.release()
  await posts.close()
  await proxy.close()
})

const find = async (search: string, selection: string, orderBy = 'RELEVANCE') => {
  const document = `query ($search: String!, $orderBy: PostOrder!) {
    posts(first: 5, filter: { search: $search }, orderBy: $orderBy) { ${selection} }
  }`
  return (await posts.query(document, { search, orderBy })).posts
}

/** Sends a query with a deadline, as the router does. */
const requestWithin = (timeoutMs: number, query: string, signal?: AbortSignal) => {
  const headers = {
    'content-type': 'application/json',
    [viewerHeader]: createViewerSigner(routerSecret)({ viewer: anonymous, address: '192.0.2.1' }),
    [requestTimeoutHeader]: String(timeoutMs),
  }
  const body = JSON.stringify({ query })
  return fetch(posts.url, { method: 'POST', headers, body, ...(signal && { signal }) })
}

describe('a search for frequent words', () => {
  it.each([
    ['one word', 'harbour ', 1],
    ['the beginning of a word', 'harb', 2],
    ['two words', 'harbour boats ', 3],
    ['as many as fit', 'a is the and far are many sea by never boats harbour here ', 5],
    ['a frequent and a rare word', 'quokka harbour ', 3],
    ['a frequent word and a beginning', 'harbour boa', 4],
  ])('examines at most the maximum of documents: %s', async (_, search, lookups) => {
    for (const orderBy of ['RELEVANCE', 'PUBLISHED_AT_DESC']) {
      const read = () => find(search, 'nodes { id }', orderBy)
      const { documents, collectionScans } = await countDocumentsExamined(posts.connection, read)
      expect(documents).toBeLessThanOrEqual(lookups * (candidates + 1))
      expect(collectionScans).toBe(0)
    }
    const count = () => find(search, 'totalCount')
    const { documents } = await countDocumentsExamined(posts.connection, count)
    expect(documents).toBeLessThanOrEqual((2 * lookups + 1) * (candidates + 1))
  })

  it('examines the best matches', async () => {
    const { nodes } = await find('harbour', 'nodes { title }')
    expect(nodes).toEqual(Array.from({ length: 5 }, () => ({ title: 'In the harbour' })))
  })

  it('returns no count when it does not examine all', async () => {
    expect(await find('harbour', 'totalCount')).toEqual({ totalCount: null })
  })

  it('finds documents that also have a rare word', async () => {
    const found = await find('harbour quokka', 'totalCount nodes { id }')
    expect(found).toEqual({ totalCount: 1, nodes: [{ id: made[17]?.id }] })
  })
})

it('ranks long texts that repeat the word', async () => {
  const body = 'dinghy '.repeat(14_000)
  await posts.seed(Array.from({ length: 20 }, () => makePost({ title: 'Boats', body })))
  const query = '{ posts(filter: { search: "dinghy" }, orderBy: RELEVANCE) { nodes { title } } }'
  const startedAt = performance.now()
  const response = await requestWithin(60_000, query)
  expect(await response.json()).toEqual({
    data: { posts: { nodes: Array.from({ length: 20 }, () => ({ title: 'Boats' })) } },
  })
  expectDurationBelow(5_000, startedAt)
})

it('does not delay other reads while the maximum number of searches is running', async () => {
  proxy.holdCommands('$text')
  const searches = Array.from({ length: 5 }, () => find('quokka', 'nodes { id }'))
  await waitUntil('three searches wait for the database', async () => proxy.countHeld() === 3)
  const { posts: feed } = await posts.query('{ posts(first: 1) { nodes { id } } }')
  expect(feed.nodes).toHaveLength(1)
  expect(proxy.countHeld()).toBe(3)
  proxy.release()
  for (const { nodes } of await Promise.all(searches)) expect(nodes).toEqual([{ id: made[17]?.id }])
})

it('runs the searches of a request sequentially, and stops when its client has disconnected', async () => {
  const aliases = Array.from({ length: 100 }, (_, index) => {
    return `a${index}: posts(first: 1, filter: { search: "harbour boats" }) { totalCount }`
  })
  const database = posts.connection.getClient()
  let searches = 0
  const note = ({ commandName, command }: mongo.CommandStartedEvent) => {
    // Slow searches are explained.
    if (commandName !== 'explain' && JSON.stringify(command).includes('$text')) searches++
  }
  database.on('commandStarted', note)
  proxy.holdCommands('$text')
  const client = new AbortController()
  const closed = once(database, 'connectionClosed')
  const response = requestWithin(60_000, `{ ${aliases.join(' ')} }`, client.signal)
  await waitUntil('a search waits for the database', async () => proxy.countHeld() === 1)
  client.abort()
  await expect(response).rejects.toThrow('aborted')
  await closed
  proxy.release()
  expect(await find('quokka', 'nodes { id }')).toEqual({ nodes: [{ id: made[17]?.id }] })
  database.off('commandStarted', note)
  // One for each of the two requests.
  expect(searches).toBe(2)
})
