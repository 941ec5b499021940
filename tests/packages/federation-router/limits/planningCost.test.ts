import type { Operation } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import { parse, visit } from 'graphql'
import { createClient } from 'graphql-ws'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'

import { projectRoot } from '../../../../packages/platform/config/projectRoot'
import {
  startRouter,
  type RouterResponse,
  type TestRouter,
} from '../../../support/federation-router/testRouter'

const bodyLimit = 1_500_000
const maxPlanningCost = 20_000

/** The number of fields of each planned operation. */
const planned: number[] = []

let router: TestRouter
beforeAll(async () => {
  const supergraph = readFileSync(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8')
  router = await startRouter({}, new Map(), supergraph)
  const build = QueryPlanner.prototype.buildQueryPlan
  jest.spyOn(QueryPlanner.prototype, 'buildQueryPlan').mockImplementation(function (
    this: QueryPlanner,
    operation: Operation,
    ...rest
  ) {
    planned.push(countFields(operation))
    return build.call(this, operation, ...rest)
  })
})
beforeEach(() => {
  planned.length = 0
})
afterAll(async () => {
  jest.restoreAllMocks()
  await router.close()
})

function countFields(operation: Operation): number {
  let count = 0
  visit(parse(operation.expandAllFragments().toString()), { Field: () => void count++ })
  return count
}

const deepFragment = `fragment Deep on Comment {
  id
  author { handle organizedEvents(first: 1) { nodes { title organizer { handle } posts(first: 1) { nodes { title author { handle } } } } } }
  post { title author { handle } event { title organizer { handle } } }
  parent { body author { handle } post { title author { handle } } }
}`
const repeat = (count: number, field: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => field(index)).join(' ')
const hideComments = (count: number, name = 'Hide') =>
  `mutation ${name} { ${repeat(count, (n) => `a${n}: hideComment(input: { commentId: "cmt_1" }) { comment { ...Deep } }`)} } ${deepFragment}`

/** The protocols; each sends an operation and returns the code of its first error. */
const entryPoints: Record<string, (query: string) => Promise<unknown>> = {
  'a POST request': async (query) => readCode(await router.send(query)),
  'a request that accepts server-sent events': async (query) =>
    readCode(await router.send(query, { headers: { accept: 'text/event-stream, application/json' } })),
  'a request that accepts multipart events': async (query) =>
    readCode(
      await router.send(query, {
        headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
      }),
    ),
  'a WebSocket': async (query) => {
    const client = createClient({
      url: `${router.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const errors = await new Promise<unknown>((resolve) => {
      client.subscribe(
        { query },
        { next: ({ errors: all }) => resolve(all), error: resolve, complete: () => undefined },
      )
    })
    await client.dispose()
    return readCode({ errors } as RouterResponse)
  },
}
const readCode = ({ errors }: Pick<RouterResponse, 'errors'>) => errors?.[0]?.extensions['code']

describe.each(Object.entries(entryPoints))('over %s', (_name, send) => {
  it('refuses 100 aliases of a mutation over a deep fragment without planning any of them', async () => {
    expect(await send(hideComments(100))).toBe('QUERY_TOO_COMPLEX')
    expect(planned).toEqual([])
  })

  it('plans no more than the limit for a body of maximum size', async () => {
    const padding = (text: string) => text.repeat(Math.floor((bodyLimit - 10_000) / text.length))
    const documents = [
      `${hideComments(100)} ${padding('# ')}`,
      `{ ${repeat(100, (n) => `a${n}: comment(id: "cmt_1") { ...Deep }`)} } ${deepFragment} ${padding(' ')}`,
      `{ comment(id: "${padding('x')}") { ...Deep } } ${deepFragment}`,
      `{ viewer { ${padding('id ')} } }`,
    ]
    for (const document of documents) await send(document)
    expect(planned.length).toBeGreaterThan(0)
    for (const fields of planned) expect(fields).toBeLessThanOrEqual(maxPlanningCost)
  })
})

it('plans a mutation of a few root fields', async () => {
  await router.send(hideComments(3))
  expect(planned).toHaveLength(1)
})

it('counts the root fields in fragments of a mutation', async () => {
  const root = repeat(100, (n) => `a${n}: hideComment(input: { commentId: "cmt_1" }) { comment { ...Deep } }`)
  const documents = [
    `mutation { ... { ${root} } } ${deepFragment}`,
    `mutation { ...Root } fragment Root on Mutation { ${root} } ${deepFragment}`,
  ]
  for (const document of documents) expect(readCode(await router.send(document))).toBe('QUERY_TOO_COMPLEX')
  expect(planned).toEqual([])
})
