import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, GraphQLError, parse } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import { EventEmitter, on } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import {
  readBody,
  sendJson,
  startHttpServer,
  type RunningServer,
} from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import type { InMemorySubgraph } from '../inMemoryFederation'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`

/** The events of a subgraph in order, so that a subscriber can resume after any of them. */
export class EventHistory {
  readonly #added = new EventEmitter().setMaxListeners(0)
  readonly all: unknown[] = []
  isForgotten = false

  publish(event: unknown): void {
    this.all.push(event)
    this.#added.emit('added', event)
  }

  /** Makes it impossible to resume after an earlier event. */
  forget(): void {
    this.isForgotten = true
  }

  /** @param after the number of events to skip */
  readFrom(after: number): AsyncIterableIterator<unknown> {
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
  /** The number of events that the router has received. */
  after: number
  /** Whether the router has sent a position. */
  isResumed: boolean
}

const refusal = (code: string, message: string) => new GraphQLError(message, { extensions: { code } })

const author = (id: string) => ({ __typename: 'User', id })
/** The history of the community that was started last. */
export const currentHistory = { current: new EventHistory() }

export const fragments: Record<string, InMemorySubgraph> = {
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
      Post: { commentCount: () => currentHistory.current.all.length },
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
            if (isResumed && currentHistory.current.isForgotten)
              throw refusal('RESYNC', 'This event is not known any more.')
            return currentHistory.current.readFrom(after)
          },
          resolve: (comment: unknown) => ({ comment }),
        },
      },
    } as GraphQLResolverMap<unknown>,
  },
}

/** A running subgraph that records its requests. */
export interface StreamingSubgraph {
  url: string
  /** The headers of each stream that was opened. */
  opened: IncomingHttpHeaders[]
  /** The number of open streams. */
  streams(): number
  /** The number of queries. */
  queries: number
  /** Refuses subscriptions with a status and a JSON value. */
  refuse(status: number, value: unknown): void
  /** Closes all connections, and stops listening. */
  kill(): Promise<void>
  /** Listens again on the same port. */
  restart(): Promise<void>
}

/** Starts a subgraph. @param numbered whether it sends ids with its events */
export async function startStreamingSubgraph(
  name: string,
  { numbered }: { numbered: boolean },
): Promise<StreamingSubgraph> {
  const { typeDefs, resolvers = {} } = fragments[name] ?? { typeDefs: '' }
  const schema = buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers })
  const streams = new Set<ServerResponse>()
  const opened: IncomingHttpHeaders[] = []
  let queries = 0
  let refusal: { status: number; value: unknown } | undefined

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    if (refusal) return sendJson(response, refusal.status, refusal.value)
    streams.add(response)
    response.once('close', () => streams.delete(response))
    const isResumed = request.headers['last-event-id'] !== undefined
    const after = Number(request.headers['last-event-id'] ?? currentHistory.current.all.length)
    if (numbered) addEventIds(response, after)
    await createHandler({ schema, context: { after, isResumed } })(request, response)
  }

  const listen = (port: number) =>
    startHttpServer({
      host: '127.0.0.1',
      port,
      routes: { '/graphql': respond },
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
    refuse: (status, value) => {
      refusal = { status, value }
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

/** Adds ids to the events of graphql-sse's server, which has none: the number of events so far. */
function addEventIds(response: ServerResponse, after: number): void {
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

export const communitySubgraphNames = ['users', 'posts', 'comments'] as const
