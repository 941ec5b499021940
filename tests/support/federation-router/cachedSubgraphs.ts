import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, parse } from 'graphql'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import { viewerHeader } from '../../../packages/auth/viewerToken'
import { isObject, subgraphUrlVariable } from '../../../packages/platform'
import {
  readBody,
  startHttpServer,
  type Route,
  type RunningServer,
} from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import { composeSupergraph, type InMemorySubgraphs } from '../inMemoryFederation'
import { waitUntil } from '../processes'
import { startRouter, type RouterResponse, type TestRouter } from './testRouter'

/** The data of the subgraphs, which tests change. */
interface CommunityData {
  posts: Map<string, { id: string; title: string; authorId: string }>
  users: Map<string, { id: string; name: string }>
}

const findById = <Entity>(entities: Map<string, Entity>) => ({
  __resolveReference: ({ id }: { id: string }) => entities.get(id),
})

/** Returns the IDs in the text of an operation, or in JSON. */
const findIds = (text: string): string[] => [...text.matchAll(/"?id"?: ?"(\w+)"/g)].map(([, id = '']) => id)

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'

function describeSubgraphs({ posts, users }: CommunityData): Record<CachedSubgraphName, TestSubgraph> {
  return {
    posts: {
      typeDefs: `
        type Post @key(fields: "id") { id: ID! title: String! author: User }
        type User @key(fields: "id") { id: ID! }
        type Query { posts: [Post!] post(id: ID!): Post drafts: [Post!] broken: String clock: String }
        type Mutation { renamePost(id: ID!, title: String!): Post }`,
      resolvers: {
        Query: {
          posts: () => [...posts.values()],
          post: (_: unknown, { id }: { id: string }) => posts.get(id),
          drafts: (_: unknown, __: unknown, context: unknown) => [
            { id: 'draft', title: `draft of ${readViewer(context)}` },
          ],
          broken: () => {
            throw new Error('broken')
          },
          clock: () => 'noon',
        },
        Mutation: {
          renamePost: (_: unknown, { id, title }: { id: string; title: string }) => {
            const post = posts.get(id)
            if (post) post.title = title
            return post
          },
        },
        Post: {
          ...findById(posts),
          author: ({ authorId }: { authorId: string }) => ({ __typename: 'User', id: authorId }),
        },
      },
      isPublic: (query) => !query.includes('drafts'),
      tags: (query, data, variables) => [
        ...(query.includes('posts') ? ['posts'] : []),
        ...findIds(`${query}${JSON.stringify(data)}`),
        ...findIds(JSON.stringify(variables)),
      ],
      invalidatedTags: (variables) => ['posts', String(variables['id'])],
    },
    users: {
      typeDefs: `
        type User @key(fields: "id") { id: ID! name: String! isFollowed: Boolean secret: String }
        type Query { user(id: ID!): User }
        type Mutation { renameUser(id: ID!, name: String!): User }`,
      resolvers: {
        Query: { user: (_: unknown, { id }: { id: string }) => users.get(id) },
        Mutation: {
          renameUser: (_: unknown, { id, name }: { id: string; name: string }) => {
            const user = users.get(id)
            if (user) user.name = name
            return user
          },
        },
        User: {
          ...findById(users),
          isFollowed: (_: unknown, __: unknown, context: unknown) => readViewer(context) !== undefined,
          secret: ({ id }: { id: string }) => {
            if (id === 'u2') throw new Error('secret')
            return 'public secret'
          },
        },
      },
      isPublic: (query) => !query.includes('isFollowed'),
      tags: (query, data) => findIds(`${query}${JSON.stringify(data)}`),
      invalidatedTags: (variables) => [String(variables['id'])],
    },
  }
}

/** Returns the ID of the viewer, from the token of the router; undefined for an anonymous one. */
function readViewer(headers: unknown): string | undefined {
  const token = isObject(headers) ? headers[viewerHeader] : undefined
  const [, payload = ''] = typeof token === 'string' ? token.split('.') : []
  if (payload === '') return undefined
  const { sub }: { sub?: string } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return sub
}

interface TestSubgraph {
  typeDefs: string
  resolvers: GraphQLResolverMap<unknown>
  isPublic(query: string): boolean
  /** The tags of a root fetch; the tag of an entity is its ID. */
  tags(query: string, data: unknown, variables: Record<string, unknown>): string[]
  invalidatedTags(variables: Record<string, unknown>): string[]
}

const subgraphNames = ['posts', 'users'] as const
export type CachedSubgraphName = (typeof subgraphNames)[number]

interface ReceivedFetch {
  query: string
  variables: Record<string, unknown>
  headers: IncomingHttpHeaders
}

/** The behaviour of the stream of invalidations of a subgraph. */
type StreamPhase =
  /** Sends events as soon as they are published. */
  | 'live'
  /** Sends nothing but `current`: the log is behind. */
  | 'behind'
  /** Sends nothing. */
  | 'silent'
  /** Responds with 404. */
  | 'absent'

/** A subgraph with responses that may be cached, and a stream of invalidations. */
export interface CachedSubgraph {
  url: string
  fetches: ReceivedFetch[]
  /** Overrides headers of responses to queries; an undefined header is not sent. */
  headers: Record<string, string | undefined>
  /** Overrides headers of responses to mutations. */
  mutationHeaders: Record<string, string>
  /** Held back before the response to a query, after its data was read. */
  gate: Promise<void> | undefined
  /** Sends a message to the streams. */
  sendMessage(text: string): void
  /** Publishes a domain event with tags. Returns its ID. */
  publish(...tags: string[]): string
  setStream(phase: StreamPhase): void
  /** Ends the streams; readers resume after their position. */
  cutStreams(): void
  /** Makes it impossible to resume after an earlier position. */
  forgetPositions(): void
  countStreams(): number
  kill(): Promise<void>
  restart(): Promise<void>
}

async function startCachedSubgraph(name: string, subgraph: TestSubgraph): Promise<CachedSubgraph> {
  const schema = buildSubgraphSchema({
    typeDefs: parse(`${link}\n${subgraph.typeDefs}`),
    resolvers: subgraph.resolvers,
  })
  const events: { id: string; tags: string[] }[] = []
  const streams = new Map<ServerResponse, number>()
  let phase: StreamPhase = 'live'
  let knownSince = 0

  const format = (type: string, id: number, data: object) =>
    `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`

  function sendPending(): void {
    if (phase !== 'live') return
    for (const [response, sent] of streams) {
      for (const [index, { id, tags }] of [...events.entries()].slice(sent))
        response.write(format('invalidate', index + 1, { tags, events: [id] }))
      streams.set(response, events.length)
    }
  }

  function sendCurrent(): void {
    sendPending()
    if (phase === 'silent') return
    for (const [response, sent] of streams) response.write(format('current', sent, {}))
  }

  const serveStream: Route = (request, response) => {
    if (phase === 'absent') return void response.writeHead(404).end()
    const last = request.headers['last-event-id']
    const start = last === undefined ? events.length : Number(last)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.once('close', () => streams.delete(response))
    streams.set(response, Math.max(start, knownSince))
    if (start < knownSince) response.write(format('reset', knownSince, {}))
    sendCurrent()
  }

  const respond: Route = async (request, response) => {
    const { query, variables = {} } = JSON.parse(await readBody(request, 1e7))
    fetches.push({ query, variables, headers: request.headers })
    const result = await execute({
      schema,
      document: parse(query),
      variableValues: variables,
      contextValue: request.headers,
    })
    const isMutation = query.startsWith('mutation')
    const headers = isMutation
      ? createMutationHeaders(variables)
      : createQueryHeaders(query, variables, result)
    if (!isMutation) await controls.gate
    const own = isMutation ? controls.mutationHeaders : controls.headers
    const sent = Object.entries({ 'content-type': 'application/json', ...headers, ...own })
    response.writeHead(200, Object.fromEntries(sent.filter(([, value]) => value !== undefined)))
    response.end(`${JSON.stringify(result)}\n`)
  }

  function createQueryHeaders(
    query: string,
    variables: Record<string, unknown>,
    { data, errors }: { data?: unknown; errors?: unknown },
  ) {
    if (errors || !subgraph.isPublic(query)) return { 'cache-control': 'private' }
    const { representations } = variables
    const tags = Array.isArray(representations)
      ? representations.map(({ id }: { id: string }) => id).join(';')
      : subgraph.tags(query, data, variables).join()
    return { 'cache-control': 'public, max-age=60', 'cache-tag': tags }
  }

  function createMutationHeaders(variables: Record<string, unknown>) {
    const tags = subgraph.invalidatedTags(variables)
    return {
      'cache-control': 'no-store',
      'cache-invalidate': tags.join(),
      'cache-position': publish(...tags),
    }
  }

  function publish(...tags: string[]): string {
    const id = `${name}-event-${events.length}`
    events.push({ id, tags })
    sendPending()
    return id
  }

  const listen = (port: number) =>
    startHttpServer({
      host: '127.0.0.1',
      port,
      routes: { '/graphql': respond, '/cache-invalidations': serveStream },
      log: createLog(name, 'silent'),
    })
  let server: RunningServer | undefined = await listen(0)
  const { port, url } = server
  const timer = setInterval(sendCurrent, 100)
  const fetches: ReceivedFetch[] = []
  const cutStreams = () => {
    for (const response of streams.keys()) response.destroy()
  }
  const controls: CachedSubgraph = {
    url: `${url}/graphql`,
    fetches,
    headers: {},
    mutationHeaders: {},
    gate: undefined,
    sendMessage(text) {
      for (const response of streams.keys()) response.write(text)
    },
    publish,
    setStream(next) {
      phase = next
      if (phase === 'live') sendCurrent()
    },
    cutStreams,
    forgetPositions: () => {
      knownSince = events.push({ id: `forgotten-${events.length}`, tags: [] })
    },
    countStreams: () => streams.size,
    async kill() {
      const closing = server?.close()
      server = undefined
      cutStreams()
      await closing
      clearInterval(timer)
    },
    async restart() {
      server = await listen(port)
    },
  }
  return controls
}

/** Two subgraphs behind a router with a cache. */
export interface CachedCommunity extends Record<CachedSubgraphName, CachedSubgraph> {
  data: CommunityData
  supergraph: string
  router: TestRouter
  send: TestRouter['send']
  /** Starts another router of the same subgraphs. */
  startRouter(environment?: Record<string, string>): Promise<TestRouter>
  /** Sends a query until the fetches of all subgraphs are served from the cache. */
  warmUp(query: string, options?: Parameters<TestRouter['send']>[1]): Promise<RouterResponse>
  countFetches(): number
  close(): Promise<void>
}

export async function startCachedCommunity(
  environment: Record<string, string> = {},
): Promise<CachedCommunity> {
  const users = [1, 2, 3].map((n) => ({ id: `u${n}`, name: `user ${n}` }))
  const posts = [1, 2, 3].map((n) => ({ id: `p${n}`, title: `post ${n} – ü`, authorId: `u${n}` }))
  const data: CommunityData = {
    posts: new Map(posts.map((each) => [each.id, each])),
    users: new Map(users.map((each) => [each.id, each])),
  }
  const described = describeSubgraphs(data)
  const subgraphs = {
    posts: await startCachedSubgraph('posts', described.posts),
    users: await startCachedSubgraph('users', described.users),
  }
  const urls = new Map(subgraphNames.map((name) => [subgraphUrlVariable(name), subgraphs[name].url]))
  const supergraph = composeSupergraph(described satisfies InMemorySubgraphs)
  const routers: TestRouter[] = []
  const start = async (own: Record<string, string> = {}) => {
    const started = await startRouter({ ...environment, ...own }, urls, supergraph)
    routers.push(started)
    return started
  }
  const router = await start()
  return {
    ...subgraphs,
    data,
    supergraph,
    router,
    send: router.send,
    startRouter: start,
    countFetches: () => subgraphs.posts.fetches.length + subgraphs.users.fetches.length,
    async warmUp(query, options) {
      let response = await router.send(query, options)
      await waitUntil('the query is served from the cache', async () => {
        response = await router.send(query, options)
        return response.headers.get('cache-status') === 'Agora; hit'
      })
      return response
    },
    async close() {
      await Promise.all(routers.map((each) => each.close()))
      await Promise.all(Object.values(subgraphs).map((each) => each.kill()))
    },
  }
}
