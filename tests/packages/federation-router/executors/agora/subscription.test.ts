import { getOperationAST, parse } from 'graphql'

import type { FetchContext } from '../../../../../packages/federation-router/transport/fetchContext'
import { createOperationCompiler } from '../../../../../packages/federation-router/executors/agora/executor'
import { createPlanner } from '../../../../../packages/federation-router/planning/planner'
import { composeSupergraph } from '../../../../support/inMemoryFederation'

const context: FetchContext = {
  requestId: 'test',
  viewerToken: undefined,
  signal: new AbortController().signal,
  deadline: Infinity,
}

const planner = createPlanner(
  composeSupergraph({
    feed: {
      typeDefs: `type Post @key(fields: "id") { id: ID! }
        type Query { a: Int } type Subscription { published(tag: String): Post! }`,
    },
    posts: { typeDefs: `type Post @key(fields: "id") { id: ID! title: String! } type Query { b: Int }` },
  }),
)

function compile(query: string) {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('No operation')
  return createOperationCompiler({ planner })(document, operation)
}

const query = 'subscription ($tag: String) { made: published(tag: $tag) { title } }'

test('subscribes at the primary subgraph, and executes the rest of the plan on each event', async () => {
  const { primary, executeEvent } = compile(query)
  expect(primary?.service).toBe('feed')
  const body = JSON.parse(primary?.writeBody({ tag: 'a', other: 1 }) ?? '') as Record<string, unknown>
  expect(body).toMatchObject({ variables: { tag: 'a' } })
  expect(body['query']).toContain('made:published(tag:$tag){__typename id}')

  const sent: unknown[] = []
  const outcome = await executeEvent(
    { data: { made: { __typename: 'Post', id: '1' } } },
    {
      variables: {},
      context,
      send: async (service, { body: text }) => {
        sent.push([service, (JSON.parse(text.toString()) as { variables: unknown }).variables])
        return { data: { _entities: [{ title: 'One' }] } }
      },
    },
  )
  expect(outcome).toEqual({ data: { made: { title: 'One' } }, errors: [] })
  expect(sent).toEqual([['posts', { representations: [{ __typename: 'Post', id: '1' }] }]])
})

test('reports a failed fetch of the rest of the plan', async () => {
  const outcome = await compile(query).executeEvent(
    { data: { made: { __typename: 'Post', id: '1' } } },
    { variables: {}, context, send: () => Promise.reject(new Error('disconnected')) },
  )
  expect(outcome).toMatchObject({
    data: null,
    errors: [{ path: ['made', 'title'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } }],
  })
})

test('reports the errors of an event', async () => {
  const outcome = await compile(query).executeEvent(
    {
      data: null,
      errors: [{ message: 'Not yours.', path: ['made'], extensions: { code: 'FORBIDDEN' } }],
    },
    { variables: {}, context, send: async () => ({}) },
  )
  expect(outcome).toMatchObject({
    data: null,
    errors: [{ message: 'Not yours.', path: ['made'], extensions: { code: 'FORBIDDEN' } }],
  })
})
