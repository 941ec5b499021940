import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, GraphQLError, parse } from 'graphql'
import { createClient } from 'graphql-sse'
import { createHandler } from 'graphql-sse/lib/use/http'
import { EventEmitter, on } from 'node:events'
import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { WebSocket } from 'ws'

import { readBody, sendJson, startHttpServer, type RunningServer } from '../../../subgraphs/shared/http'
import { createLog } from '../../../subgraphs/shared/log'
import { urlVariable } from '../../../schema/subgraphs'
import { waitUntil } from '../../support/processes'
import { composeSupergraph, type Fragment } from '../execution/support'
import { startRouter, type TestRouter } from '../support/router'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`

/** What happens in a subgraph, in order: what it publishes is kept, so that whoever comes back can go on after an event. */
export class Feed {
  readonly #added = new EventEmitter().setMaxListeners(0)
  readonly all: unknown[] = []
  isForgotten = false

  publish(event: unknown): void {
    this.all.push(event)
    this.#added.emit('added', event)
  }

  /** From now on nobody can go on after an event of before. */
  forget(): void {
    this.isForgotten = true
  }

  /** @param after how many events are known already */
  follow(after: number): AsyncIterableIterator<unknown> {
    const missed = this.all.slice(after)
    const live = on(this.#added, 'added')
    return {
      next: async () => {
        if (missed.length > 0) return { done: false, value: missed.shift() }
        const { done, value } = await live.next()
        return done ? { done: true, value: undefined } : { done: false, value: (value as unknown[])[0] }
      },
      return: async () => {
        await live.return?.()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}

interface StreamContext {
  /** How many events the router has had. */
  after: number
  /** Whether it has said so. */
  isResumed: boolean
}

const refusal = (code: string, message: string) => new GraphQLError(message, { extensions: { code } })

const author = (id: string) => ({ __typename: 'User', id })
const feed = { current: new Feed() }

const fragments: Record<string, Fragment> = {
  users: {
    typeDefs: `type User @key(fields: "id") { id: ID! handle: String! } type Query { users: [User!] }`,
    resolvers: {
      User: { __resolveReference: ({ id }: { id: string }) => ({ id, handle: `handle of ${id}` }) },
    },
  },
  posts: {
    typeDefs: `type Post @key(fields: "id") { id: ID! title: String! } type Query { posts: [Post!] }`,
    resolvers: {
      Query: { posts: () => [{ id: 'p1', title: 'title of p1' }] },
      Post: { __resolveReference: ({ id }: { id: string }) => ({ id, title: `title of ${id}` }) },
    },
  },
  comments: {
    typeDefs: `type Comment @key(fields: "id") { id: ID! text: String! author: User post: Post secret: String }
      type User @key(fields: "id") { id: ID! }
      type Post @key(fields: "id") { id: ID! commentCount: Int! }
      type CommentAddedPayload { comment: Comment }
      type Query { comments(first: Int): [Comment!] }
      type Mutation { addComment(text: String!): Comment }
      type Subscription { commentAdded(postId: ID!): CommentAddedPayload }`,
    resolvers: {
      Post: { commentCount: () => feed.current.all.length },
      Comment: {
        author: ({ id }: { id: string }) => author(`author of ${id}`),
        post: () => ({ __typename: 'Post', id: 'p1' }),
        secret: () => {
          throw new Error('connect ECONNREFUSED mongodb://10.1.2.3:27017')
        },
      },
      Mutation: { addComment: (_: unknown, { text }: { text: string }) => ({ id: 'new', text }) },
      Subscription: {
        commentAdded: {
          subscribe: (_: unknown, { postId }: { postId: string }, { after, isResumed }: StreamContext) => {
            if (postId === 'forbidden') throw refusal('FORBIDDEN', 'Not this one.')
            if (isResumed && feed.current.isForgotten)
              throw refusal('RESYNC', 'This event is not known any more.')
            return feed.current.follow(after)
          },
          resolve: (comment: unknown) => ({ comment }),
        },
      },
    } as GraphQLResolverMap<unknown>,
  },
}

/** A subgraph that listens, and what it sees. */
export interface TestSubgraph {
  url: string
  /** The headers of each stream that was opened. */
  opened: IncomingHttpHeaders[]
  /** How many streams are open. */
  streams(): number
  /** How many queries it has answered. */
  queries: number
  /** Ends every connection, and listens no more. */
  kill(): Promise<void>
  /** Listens again, where it was. */
  restart(): Promise<void>
}

async function startSubgraph(name: string, { numbered }: { numbered: boolean }): Promise<TestSubgraph> {
  const { typeDefs, resolvers = {} } = fragments[name] ?? { typeDefs: '' }
  const schema = buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers })
  const streams = new Set<ServerResponse>()
  const opened: IncomingHttpHeaders[] = []
  let queries = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.accept !== 'text/event-stream') {
      queries++
      const { query, variables } = JSON.parse(await readBody(request, 1e7)) as {
        query: string
        variables: Record<string, unknown>
      }
      return sendJson(
        response,
        200,
        await execute({ schema, document: parse(query), variableValues: variables }),
      )
    }
    opened.push(request.headers)
    streams.add(response)
    response.once('close', () => streams.delete(response))
    const isResumed = request.headers['last-event-id'] !== undefined
    const after = Number(request.headers['last-event-id'] ?? feed.current.all.length)
    if (numbered) number(response, after)
    await createHandler({ schema, context: { after, isResumed } })(request, response)
  }

  const listen = (port: number) =>
    startHttpServer({
      host: '127.0.0.1',
      port,
      routes: { '/graphql': answer },
      log: createLog(name, 'silent'),
    })
  let server: RunningServer | undefined = await listen(0)
  const { port, url } = server
  return {
    url: `${url}/graphql`,
    opened,
    streams: () => streams.size,
    get queries() {
      return queries
    },
    async kill() {
      const closing = server?.close()
      for (const response of streams) response.destroy()
      server = undefined
      await closing
    },
    async restart() {
      server = await listen(port)
    },
  }
}

/** Gives each event of graphql-sse's server an id, which that does not: how many there have been. */
function number(response: ServerResponse, after: number): void {
  const write = response.write.bind(response)
  let id = after
  let isFirst = true
  response.write = (chunk: unknown, ...rest: never[]) => {
    const before = isFirst ? `id: ${id}\n\n` : ''
    isFirst = false
    return write(
      `${before}${String(chunk).startsWith('event: next') ? `id: ${++id}\n` : ''}${String(chunk)}`,
      ...rest,
    )
  }
}

export const names = ['users', 'posts', 'comments'] as const

/** Three subgraphs, one with a subscription, and a router in front of them. */
export interface Community {
  router: TestRouter
  feed: Feed
  supergraph: string
  users: TestSubgraph
  posts: TestSubgraph
  comments: TestSubgraph
  close(): Promise<void>
}

/** @param numbered whether the subgraph gives its events ids */
export async function startCommunity(
  environment: Record<string, string> = {},
  { numbered = true } = {},
): Promise<Community> {
  feed.current = new Feed()
  const [users, posts, comments] = await Promise.all([
    startSubgraph('users', { numbered }),
    startSubgraph('posts', { numbered }),
    startSubgraph('comments', { numbered }),
  ])
  const subgraphs = { users, posts, comments }
  const urls = new Map(names.map((name) => [urlVariable(name), subgraphs[name].url]))
  const supergraph = composeSupergraph(fragments)
  const router = await startRouter(environment, urls, supergraph)
  return {
    router,
    feed: feed.current,
    supergraph,
    ...subgraphs,
    close: async () => {
      await router.close()
      await Promise.all(Object.values(subgraphs).map((each) => each.kill()))
    },
  }
}

export const commentAdded = /* GraphQL */ `
  subscription ($postId: ID!) {
    commentAdded(postId: $postId) {
      comment {
        text
        author {
          handle
        }
        post {
          title
          commentCount
        }
      }
    }
  }
`

/** What a subscriber to `commentAdded` is sent for the nth comment. */
export const comment = (n: number, commentCount = n) => ({
  data: {
    commentAdded: {
      comment: {
        text: `text ${n}`,
        author: { handle: `handle of author of c${n}` },
        post: { title: 'title of p1', commentCount },
      },
    },
  },
})
export const made = (n: number) => ({ id: `c${n}`, text: `text ${n}` })

/** A subscription as a test follows it, whatever the protocol. */
export interface Followed {
  events: unknown[]
  phase: 'open' | 'completed' | 'failed'
  error: unknown
  unsubscribe(): void
}

/** Collects what a sink is given. `subscribe` gets the sink, and gives what unsubscribes. */
export function follow(
  subscribe: (sink: {
    next(event: unknown): void
    error(error: unknown): void
    complete(): void
  }) => () => void,
): Followed {
  const followed: Followed = { events: [], phase: 'open', error: undefined, unsubscribe: () => undefined }
  followed.unsubscribe = subscribe({
    next: (event) => followed.events.push(event),
    error: (error) => Object.assign(followed, { phase: 'failed', error }),
    complete: () => {
      followed.phase = 'completed'
    },
  })
  return followed
}

/** What subscriptions are sent to. */
export type Served = Pick<Community, 'router'>

export interface Asked {
  query?: string
  variables?: Record<string, unknown>
  headers?: Record<string, string>
}

/** Follows over SSE with graphql-sse's client, which tries no connection twice, once the router has begun to answer. */
export async function followSse(community: Served, asked: Asked = {}): Promise<Followed> {
  const { query = commentAdded, variables = { postId: 'p1' }, headers = {} } = asked
  let phase: 'opening' | 'open' = 'opening'
  const client = createClient({
    url: `${community.router.url}/graphql`,
    headers,
    retryAttempts: 0,
    fetchFn: async (...request: Parameters<typeof fetch>) => {
      const response = await fetch(...request)
      phase = 'open'
      return response
    },
  })
  const followed = follow((sink) => client.subscribe({ query, variables }, sink))
  await until('the router answers', () => phase === 'open')
  return followed
}

export const until = (what: string, condition: () => boolean): Promise<void> => waitUntil(what, condition)

/** Follows over a WebSocket of its own with graphql-ws's client, which tries no connection twice, once that is there. */
export async function followSocket(community: Served, asked: Asked = {}): Promise<FollowedSocket> {
  const { query = commentAdded, variables = { postId: 'p1' }, headers = {} } = asked
  let phase: 'opening' | 'open' = 'opening'
  const client = createSocketClient({
    url: `${community.router.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
    on: {
      message: () => (phase = 'open'),
      closed: (event) => Object.assign(followed, { closed: codeOf(event) }),
    },
  })
  const followed: FollowedSocket = Object.assign(
    follow((sink) => client.subscribe({ query, variables }, sink)),
    { client, closed: undefined },
  )
  await until('the router answers', () => phase === 'open' || followed.phase !== 'open')
  return followed
}

const codeOf = (event: unknown) =>
  typeof event === 'object' && event !== null && 'code' in event ? event.code : undefined

export interface FollowedSocket extends Followed {
  client: SocketClient
  /** The code with which the socket was closed. */
  closed: unknown
}

export const received = (count: number, ...all: Followed[]): Promise<void> =>
  until(`there are ${count} events`, () => all.every(({ events }) => events.length >= count))

export const ended = (followed: Followed): Promise<void> =>
  until('the subscription has ended', () => followed.phase !== 'open')

/** Publishes the nth comment, once the subgraph is followed. */
export async function publish(community: Community, n: number): Promise<void> {
  await until('the subgraph is followed', () => community.comments.streams() > 0)
  community.feed.publish(made(n))
}
