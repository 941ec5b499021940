import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'

import { createPlanner, type Planner } from '../../../../../packages/federation-router/planning/planner'
import {
  startFederation,
  startAgoraFederation,
  type InMemoryFederation,
  type InMemorySubgraph,
} from '../../../../support/inMemoryFederation'

const subgraphs: Readonly<Record<string, InMemorySubgraph>> = {
  people: {
    typeDefs: `
      type Query { people: [Person!]! me: Person count: Int }
      type Person @key(fields: "id") { id: ID! name: String friend: Person }`,
    resolvers: {
      Query: { people: () => [{ id: '1' }, { id: '2' }], me: () => ({ id: '1' }), count: () => 2 },
      Person: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        name: ({ id }: { id: string }) => `name of ${id}`,
        friend: ({ id }: { id: string }) => (id === '1' ? { id: '2' } : null),
      },
    },
  },
  pets: {
    typeDefs: `
      type Query { oldest: Int }
      type Person @key(fields: "id") { id: ID! age: Int pet: Pet }
      type Pet @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { oldest: () => 9 },
      Person: { age: ({ id }: { id: string }) => Number(id) * 10, pet: () => ({ id: 'p' }) },
    },
  },
  names: {
    typeDefs: `type Pet @key(fields: "id") { id: ID! name: String! }`,
    resolvers: { Pet: { __resolveReference: () => ({ name: 'Rex' }) } },
  },
}

/** The planner of `createPlanner`, with @defer enabled. */
function createDeferringPlanner(supergraphSdl: string): Planner {
  const supergraph = Supergraph.build(supergraphSdl)
  const schema = supergraph.apiSchema()
  const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: true } })
  return {
    ...createPlanner(supergraphSdl),
    plan(document, operationName) {
      const plan = planner.buildQueryPlan(operationFromDocument(schema, document, { operationName }))
      if (!JSON.stringify(plan).includes('"Defer"')) throw new Error('The plan does not defer anything.')
      return plan
    },
  }
}

describe('executes a plan with @defer completely, in one response', () => {
  const federation = startAgoraFederation(subgraphs, createDeferringPlanner)

  it.each<[query: string, data: unknown, fetched: string, variables?: Record<string, unknown>]>([
    [
      '{ people { name ... @defer { age friend { age } } } }',
      {
        people: [
          { name: 'name of 1', age: 10, friend: { age: 20 } },
          { name: 'name of 2', age: 20, friend: null },
        ],
      },
      'people people pets pets',
    ],
    ['{ count ... @defer { oldest } }', { count: 2, oldest: 9 }, 'people pets'],
    [
      '{ me { name ...F @defer(label: "f") } ... @defer { count } } fragment F on Person { pet { ... @defer { name } } }',
      { me: { name: 'name of 1', pet: { name: 'Rex' } }, count: 2 },
      'people people pets names',
    ],
    [
      'query ($on: Boolean!) { me { ... @defer(if: $on) { age } ... @defer { friend { name @include(if: $on) } } } }',
      { me: { age: 10, friend: { name: 'name of 2' } } },
      'people people pets',
      { on: true },
    ],
    [
      'query ($on: Boolean!) { me { ... @defer(if: $on) { age } ... @defer { friend { id @include(if: $on) age } } } }',
      { me: { age: 10, friend: { age: 20 } } },
      'people pets people pets',
      { on: false },
    ],
  ])('%s', async (query, data, fetched, ...[variables]) => {
    const response = await federation.execute(query, variables)
    expect(JSON.stringify(response)).toBe(JSON.stringify({ data }))
    expect(federation.takeReceivedRequests().map(({ service }) => service)).toEqual(fetched.split(' '))
  })
})

describe('a client that uses @defer', () => {
  let federation: InMemoryFederation
  beforeAll(async () => {
    federation = await startFederation(subgraphs)
  })

  it('gets the error that the schema has no such directive, as from the stock gateway', async () => {
    const query = '{ me { name ... @defer { age } } }'
    const response = await federation.executeOnAgora(query)
    expect(response.errors).toMatchObject([
      { message: 'Unknown directive "@defer".', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ])
    expect(response.data).toBeUndefined()
    expect(response).toEqual(await federation.executeOnApollo(query))
  })
})
