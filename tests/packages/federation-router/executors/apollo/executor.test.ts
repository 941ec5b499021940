import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import { join } from 'node:path'

import { projectRoot } from '../../../../../packages/platform/config/projectRoot'
import { readSupergraphFile } from '../../../../../packages/federation-router/supergraph/supergraphFile'
import { createTestWorkspace } from '../../../../support/processes'
import {
  commentAdded,
  waitForEnd,
  subscribeOverWebSocket,
  subscribeOverSse,
  startCommunity,
  type Community,
} from '../../../../support/federation-router/community'
import { startRouter, startShop } from '../../../../support/federation-router/testRouter'

const { run, later, cleanUp } = createTestWorkspace()
afterEach(cleanUp)

const stock = { ROUTER_EXECUTOR: 'apollo' }

/** The supergraph of one subgraph that imports these directives. */
function compose(imports: readonly string[], types: string): string {
  const url = 'https://specs.apollo.dev/federation/v2.12'
  const typeDefs = parse(
    `extend schema @link(url: "${url}", import: ${JSON.stringify(['@key', ...imports])})\n${types}`,
  )
  const { supergraphSdl, errors } = composeServices([{ name: 'a', url: 'http://127.0.0.1:9', typeDefs }])
  if (!supergraphSdl) throw new Error(`Does not compose: ${String(errors)}`)
  return supergraphSdl
}

describe('a subscription', () => {
  const code = 'OPERATION_RESOLUTION_FAILURE'
  const refusal = { message: expect.stringContaining('They need its own executor'), extensions: { code } }
  let community: Community
  beforeAll(async () => {
    community = await startCommunity(stock)
  })
  afterAll(() => community.close())

  it('is rejected over server-sent events', async () => {
    const followed = await subscribeOverSse(community)
    await waitForEnd(followed)
    expect(followed).toMatchObject({ phase: 'completed', events: [{ errors: [refusal] }] })
  })

  it('is rejected over a WebSocket, which accepts queries', async () => {
    const followed = await subscribeOverWebSocket(community)
    await waitForEnd(followed)
    expect(followed).toMatchObject({ phase: 'failed', events: [], error: [refusal] })
    const results: unknown[] = []
    for await (const result of followed.client.iterate({ query: '{ posts { title } }' })) results.push(result)
    expect(results).toEqual([{ data: { posts: [{ title: 'title of p1' }] } }])
    await followed.client.dispose()
  })

  it.each([['multipart/mixed;subscriptionSpec=1.0, application/json'], ['application/json']])(
    'is rejected for a client that accepts %s',
    async (accept) => {
      const response = await fetch(`${community.router.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query: commentAdded, variables: { postId: 'p1' } }),
      })
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await response.json()).toEqual({ errors: [refusal] })
    },
  )

  it('is not suggested by the landing page', async () => {
    expect(await (await fetch(community.router.url)).text()).not.toContain('Events')
    const own = await startRouter({}, new Map(), community.supergraph)
    later(() => own.close())
    expect(await (await fetch(own.url)).text()).toContain('Events')
  })

  it('reaches no subgraph', () => {
    expect(community.comments.opened).toEqual([])
  })
})

describe('the features of a supergraph', () => {
  it.each([
    ['@authenticated', ['@authenticated'], 'type Query { a: Int @authenticated }'],
    ['@requiresScopes', ['@requiresScopes'], 'type Query { a: Int @requiresScopes(scopes: [["read"]]) }'],
    ['@policy', ['@policy'], 'type Query { a: Int @policy(policies: [["p"]]) }'],
    [
      '@fromContext',
      ['@context', '@fromContext'],
      `type Query { a: A } type A @key(fields: "id") @context(name: "c") { id: ID! n: Int b: B }
       type B @key(fields: "id") { id: ID! x(n: Int @fromContext(field: "$c { n }")): Int }`,
    ],
  ])('%s is rejected by name at startup', async (name, imports, types) => {
    const supergraph = compose(imports, types)
    await expect(startRouter(stock, new Map(), supergraph)).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringContaining(name),
    })
  })

  it('are rejected in a hot reload, which keeps the previous supergraph', async () => {
    const shop = await startShop(stock)
    later(() => shop.close())
    const next = compose(['@authenticated'], 'type Query { a: Int @authenticated }')
    await expect(shop.router.replaceSupergraph(next)).rejects.toThrow('@authenticated')
    expect((await shop.router.send('{ review { text } }')).data).toEqual({ review: { text: 'Alone' } })
  })

  it.each(['agora', 'apollo'])(
    'are accepted where they change no response: ROUTER_EXECUTOR=%s',
    async (executor) => {
      const supergraph = compose(
        ['@cacheTag', '@cost', '@tag', '@inaccessible'],
        `type Query {
        a: Int @cacheTag(format: "a") @cost(weight: 3) @tag(name: "t")
        hidden: Int @inaccessible
      }`,
      )
      expect(supergraph).toContain('https://specs.apollo.dev/cacheTag/v0.1')
      const router = await startRouter({ ROUTER_EXECUTOR: executor }, new Map(), supergraph)
      later(() => router.close())
      const { data } = await router.send('{ __type(name: "Query") { fields { name } } }')
      expect(data).toEqual({ __type: { fields: [{ name: 'a' }] } })
    },
  )

  it("of Agora's own supergraph are supported", async () => {
    const supergraph = readSupergraphFile(join(projectRoot, 'schema', 'supergraph.graphql'))
    const router = await startRouter(stock, new Map(), supergraph)
    later(() => router.close())
    const { data } = await router.send('{ __type(name: "Post") { name } }')
    expect(data).toEqual({ __type: { name: 'Post' } })
  })
})

describe('the process', () => {
  /** Creates a router with this executor, and prints which of the packages it has loaded, and the telemetry setting. */
  const script = (executor: string) => `
    const { createRouter, readSupergraphFile } = require('./dist/packages/federation-router')
    const { createRouterOptions } = require('./dist/router/routerOptions')
    const { configShape } = require('./dist/router/config')
    const { readConfig } = require('./dist/packages/platform/config/environment')
    const { createLog } = require('./dist/packages/platform/log')
    const config = readConfig(configShape, { ROUTER_EXECUTOR: '${executor}' })
    const log = createLog('router', 'silent')
    const supergraph = readSupergraphFile(config.SUPERGRAPH_FILE)
    createRouter(createRouterOptions({ config, supergraph, subgraphUrls: new Map(), log })).then(() => {
      const isLoaded = Object.keys(require.cache).some((file) => /@apollo.gateway/.test(file))
      console.log(JSON.stringify({ isLoaded, telemetry: process.env.APOLLO_TELEMETRY_DISABLED ?? null }))
      process.exit()
    })`

  it.each([
    ['agora', { isLoaded: false, telemetry: null }],
    ['apollo', { isLoaded: true, telemetry: 'true' }],
  ])(
    'loads @apollo/gateway only when it is selected, without telemetry: ROUTER_EXECUTOR=%s',
    async (executor, state) => {
      const { output } = await run(process.execPath, ['-e', script(executor)]).ended
      expect(JSON.parse(output)).toEqual(state)
    },
  )
})
