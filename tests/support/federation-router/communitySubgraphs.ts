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

/** What happens in a subgraph, in order: what it publishes is kept, so that whoever comes back can go on after an event. */
export class EventHistory {
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
  /** How many events the router has had. */
  after: number
  /** Whether it has said so. */
  isResumed: boolean
}

const refusal = (code: string, message: string) => new GraphQLError(message, { extensions: { code } })

const author = (id: string) => ({ __typename: 'User', id })
/** That of the community which was started last. */
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

/** A subgraph that listens, and what it sees. */
export interface StreamingSubgraph {
  url: string
  /** The headers of each stream that was opened. */
  opened: IncomingHttpHeaders[]
  /** How many streams are open. */
  streams(): number
  /** How many queries it has answered. */
  queries: number
  /** From now on it answers subscriptions with this status and value. */
  refuse(status: number, value: unknown): void
  /** Ends every connection, and listens no more. */
  kill(): Promise<void>
  /** Listens again, where it was. */
  restart(): Promise<void>
}

/** @param numbered whether it gives its events ids */
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
    if (refusal) return sendJson(response, refusal.status, refusal.value)
    streams.add(response)
    response.once('close', () => streams.delete(response))
    const isResumed = request.headers['last-event-id'] !== undefined
    const after = Number(request.headers['last-event-id'] ?? currentHistory.current.all.length)
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

export const communitySubgraphNames = ['users', 'posts', 'comments'] as const
