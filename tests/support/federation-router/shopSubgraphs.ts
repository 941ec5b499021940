import { ApolloServer } from '@apollo/server'
import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { GraphQLError, parse } from 'graphql'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import { receiveBody } from '../../../packages/platform/http/jsonBody'
import { startHttpServer, type Route } from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import { executeHttpOperation, sendGraphqlResponse } from '../../../packages/subgraph-kit/server/apolloHttp'

// A supergraph without names of Agora's, since the router must serve any supergraph.

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`

/** A query of all three subgraphs. */
export const shopFeed = '{ books(first: 2) { nodes { title author { name } stars } } }'

const people = [
  { id: '1', name: 'Ursula' },
  { id: '2', name: 'Stanisław' },
]
const books = [
  { id: 'b1', title: 'The Dispossessed', author: { __typename: 'Person', id: '1' } },
  { id: 'b2', title: 'Solaris', author: { __typename: 'Person', id: '2' } },
]

interface Fragment {
  typeDefs: string
  resolvers: GraphQLResolverMap<unknown>
}

const refuse =
  (code: string, extensions: object = {}) =>
  () => {
    throw new GraphQLError(`Refused with ${code}`, { extensions: { code, ...extensions } })
  }

const fragments: Record<string, Fragment> = {
  people: {
    typeDefs: `${link}
      "Somebody."
      type Person @key(fields: "id") { id: ID! name: String! secret: String forbidden: String }
      enum Mood { HAPPY SAD }
      type Query { person(id: ID!, mood: Mood): Person me: Person }`,
    resolvers: {
      Query: { person: (_: unknown, { id }: { id: string }) => people.find((each) => each.id === id) },
      Person: {
        __resolveReference: ({ id }: { id: string }) => people.find((each) => each.id === id),
        secret: () => {
          throw new Error('connect ECONNREFUSED mongodb://10.1.2.3:27017')
        },
        forbidden: refuse('FORBIDDEN', { argument: ['id'], host: 'people-7.internal' }),
      },
    },
  },
  books: {
    typeDefs: `${link}
      scalar Day
      type Book @key(fields: "id") { id: ID! title: String! author: Person }
      type Person @key(fields: "id") { id: ID! books(first: Int, last: Int): BookConnection }
      type BookConnection { nodes: [Book!]! totalCount: Int }
      type Query { books(first: Int, last: Int, since: Day): BookConnection limited: String }
      type Mutation { addBook(title: String!): Book }`,
    resolvers: {
      Query: { books: () => ({ nodes: books }), limited: refuse('RATE_LIMITED', { retryAfter: 7 }) },
      Mutation: { addBook: (_: unknown, { title }: { title: string }) => ({ id: 'b3', title }) },
      Book: { __resolveReference: ({ id }: { id: string }) => books.find((each) => each.id === id) },
      Person: { books: () => ({ nodes: books }) },
    },
  },
  'book-reviews': {
    typeDefs: `${link}
      type Book @key(fields: "id") { id: ID! reviews(first: Int, last: Int): ReviewConnection stars: Int }
      type ReviewConnection { nodes: [Review!]! }
      type Review { text: String! book: Book }
      type Query { review: Review }`,
    resolvers: {
      Book: {
        reviews: ({ id }: { id: string }) => ({ nodes: [{ text: `On ${id}`, book: { id } }] }),
        stars: () => 5,
      },
      Query: { review: () => ({ text: 'Alone' }) },
    },
  },
}

/** A request that a subgraph of the shop received. */
interface ShopRequest {
  headers: IncomingHttpHeaders
}

/** A subgraph that listens. */
export interface ShopSubgraph {
  name: string
  url: string
  requests: ShopRequest[]
  /** Sets the response to later requests; undefined for the correct one. */
  misbehave(route: Route | undefined): void
  close(): Promise<void>
}

export const shopSubgraphs = ['people', 'books', 'book-reviews'] as const
export type ShopSubgraphName = (typeof shopSubgraphs)[number]

/** Returns the supergraph, with URLs at which nothing listens. */
export function shopSupergraph(): string {
  const { supergraphSdl, errors } = composeServices(
    shopSubgraphs.map((name) => ({
      name,
      url: 'http://127.0.0.1:9/graphql',
      typeDefs: parse(fragments[name]?.typeDefs ?? ''),
    })),
  )
  if (!supergraphSdl) throw new Error(`The shop does not compose: ${String(errors)}`)
  return supergraphSdl
}

export async function startShopSubgraph(name: ShopSubgraphName): Promise<ShopSubgraph> {
  const fragment = fragments[name]
  if (!fragment) throw new Error(`No subgraph ${name}`)
  const { typeDefs, resolvers } = fragment
  const log = createLog(name, 'silent')
  const server = new ApolloServer({
    schema: buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers }),
    csrfPrevention: false,
    includeStacktraceInErrorResponses: true,
    stopOnTerminationSignals: false,
    logger: log,
  })
  await server.start()
  const seen: ShopRequest[] = []
  const underWay = new Set<ServerResponse>()
  let misbehaviour: Route | undefined
  const http = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log,
    routes: {
      '/graphql': async (request, response, search) => {
        seen.push({ headers: request.headers })
        underWay.add(response)
        response.once('close', () => underWay.delete(response))
        if (misbehaviour) return misbehaviour(request, response, search)
        const received = await receiveBody(request, response, [], 1e7)
        if (!received) return
        const operation = { method: request.method, search, body: received.body, createContext: () => ({}) }
        await sendGraphqlResponse(response, await executeHttpOperation(server, operation, request.headers))
      },
    },
  })
  return {
    name,
    url: `${http.url}/graphql`,
    requests: seen,
    misbehave: (route) => {
      misbehaviour = route
    },
    close: async () => {
      // Tests leave some requests without a response.
      for (const response of underWay) response.destroy()
      await http.close()
      await server.stop()
    },
  }
}
