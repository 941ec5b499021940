import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { parse } from 'graphql'

import { forbidden } from '../../../../packages/platform/errors'
import type { EventLog, DomainEvent } from '../../../../packages/event-log/eventLog'
import {
  subscribeToTopic,
  type SourceEvent,
} from '../../../../packages/subgraph-kit/subscriptions/sourceEvents'
import { addArgumentChecks } from '../../../../packages/subgraph-kit/graphql/subgraphSchema'
import type { Subgraph, SubgraphRequest } from '../../../../packages/subgraph-kit/server/serveSubgraph'

const typeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { things: [String!] }
  type Subscription {
    "Filters by name, if it is given."
    thingChanged(name: String): Thing
    "Yields count values of length characters."
    flood(count: Int!, length: Int!): String
    "Yields nothing until it is closed."
    silence: String
    "Rejects every subscription."
    refusal(isExpected: Boolean!): String
  }
  type Thing { name: String! sequence: Int! context: Int! viewer: String token: String secret: String theirs: String }
`

interface ThingsContext extends SubgraphRequest {
  /** 1, 2, … */
  number: number
}

/** A subgraph with subscriptions, and its counters. */
export interface Things {
  subgraph: Subgraph<ThingsContext>
  /** The number of open subscriptions to the event log. */
  followers: number
  /** The number of values that floods have yielded. */
  poured: number
  /** The number of open silences. */
  silences: number
}

/** Creates a subgraph whose subscriptions map the topic `things`. */
export function createThings(eventLog: EventLog): Things {
  let contexts = 0
  const things: Things = {
    followers: 0,
    poured: 0,
    silences: 0,
    subgraph: {
      name: 'posts',
      schema: createSchema(eventLog, () => things),
      createContext: (request) => ({ ...request, number: ++contexts }),
      prepare: async () => undefined,
      readReadiness: async () => ({ isReady: true, dependencies: {} }),
      close: async () => undefined,
    },
  }
  return things
}

function createSchema(eventLog: EventLog, things: () => Things) {
  const countingLog: EventLog = {
    ...eventLog,
    subscribe: async (topic, options) => count(things(), await eventLog.subscribe(topic, options)),
  }
  const schema = buildSubgraphSchema({
    typeDefs: parse(typeDefs),
    resolvers: createResolvers(countingLog, things) as GraphQLResolverMap<unknown>,
  })
  addArgumentChecks(schema)
  return schema
}

async function* count<Item>(things: Things, items: AsyncIterable<Item>): AsyncGenerator<Item, void> {
  things.followers++
  try {
    yield* items
  } finally {
    things.followers--
  }
}

function createResolvers(eventLog: EventLog, things: () => Things) {
  const identity = (value: unknown) => value
  return {
    Query: { things: () => ['one', 'other'] },
    Subscription: {
      thingChanged: {
        subscribe: (_: unknown, { name }: { name?: string }, { stream }: ThingsContext) =>
          stream &&
          subscribeToTopic<ThingsContext>(eventLog, 'things', stream, (event) =>
            name === undefined || event.entity === name ? (context) => read(event, context) : undefined,
          ),
        resolve: identity,
      },
      flood: {
        subscribe: (_: unknown, { count, length }: { count: number; length: number }) =>
          pour(things(), count, 'x'.repeat(length)),
      },
      silence: { subscribe: () => createSilence(things()) },
      refusal: {
        subscribe: (_: unknown, { isExpected }: { isExpected: boolean }) => {
          throw isExpected ? forbidden('Not this one.') : new Error('mongodb://10.1.2.3 cannot be reached')
        },
      },
    },
    Thing: {
      secret: () => {
        throw new Error('connect ECONNREFUSED mongodb://10.1.2.3:27017')
      },
      theirs: () => {
        throw forbidden('Not yours.')
      },
    },
  }
}

async function read({ type, entity, sequence }: DomainEvent, { number, viewer, viewerToken }: ThingsContext) {
  if (type === 'thing.hidden') return null
  if (type === 'thing.broken') throw new Error('connect ECONNREFUSED mongodb://10.1.2.3:27017')
  return {
    name: entity,
    sequence,
    context: number,
    viewer: viewer.kind === 'signedIn' ? viewer.id : null,
    token: viewerToken,
  }
}

async function* pour(
  things: Things,
  count: number,
  flood: string,
): AsyncGenerator<SourceEvent<ThingsContext>, void> {
  for (let number = 1; number <= count; number++) {
    things.poured++
    yield { id: `${number}`, loadRootValue: () => ({ flood }) }
  }
}

/** Creates an iterator that ends only when `return` is called. */
function createSilence(things: Things): AsyncIterableIterator<SourceEvent<ThingsContext>> {
  let end = () => {}
  things.silences++
  return {
    next: () => new Promise((resolve) => (end = () => resolve({ done: true, value: undefined }))),
    return: async () => {
      things.silences--
      end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
