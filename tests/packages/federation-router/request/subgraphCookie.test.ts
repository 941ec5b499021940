import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { readConfig } from '../../../../packages/platform/config/environment'
import { configShape } from '../../../../router/config'
import { composeSupergraph } from '../../../support/inMemoryFederation'
import { startRouter, type TestRouter } from '../../../support/federation-router/testRouter'

interface Received {
  service: string
  headers: IncomingHttpHeaders
}

const received: Received[] = []
const servers: Server[] = []

/** Starts a subgraph that sets cookies with each response. */
async function startCookieServer(service: string, data: object): Promise<string> {
  const server = createServer((request, response) => {
    received.push({ service, headers: request.headers })
    request.resume()
    response.setHeader('set-cookie', ['other=1', 'agora_session=new; HttpOnly'])
    response.end(JSON.stringify({ data }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
}

const supergraph = composeSupergraph({
  users: { typeDefs: 'type Query { name: String } type Mutation { rename: String }' },
  posts: { typeDefs: 'type Query { title: String } type Mutation { publish: String }' },
})
const routers: TestRouter[] = []
let plain: TestRouter
beforeAll(async () => {
  const urls = new Map([
    ['USERS_URL', await startCookieServer('users', { name: 'Ada', rename: 'Ada' })],
    ['POSTS_URL', await startCookieServer('posts', { title: 'One', publish: 'One' })],
  ])
  for (const ROUTER_EXECUTOR of ['agora', 'apollo'])
    routers.push(await startRouter({ ROUTER_EXECUTOR, SESSION_COOKIES: 'true' }, urls, supergraph))
  plain = await startRouter({}, urls, supergraph)
})
afterAll(async () => {
  for (const router of [...routers, plain]) await router.close()
  for (const server of servers) server.close()
})

const headers = { cookie: 'a=1; agora_session=old; xagora_session=2' }

it('passes one cookie to its subgraph with mutations, and the new one back', async () => {
  for (const router of routers) {
    received.length = 0
    const response = await router.send('mutation { rename publish }', { headers })
    expect(response.data).toEqual({ rename: 'Ada', publish: 'One' })
    expect(response.headers.getSetCookie()).toEqual(['agora_session=new; HttpOnly'])
    const [users, posts] = ['users', 'posts'].map((name) => received.find(({ service }) => service === name))
    expect(users?.headers).toMatchObject({ cookie: 'agora_session=old', 'x-cookie-name': 'agora_session' })
    expect(posts?.headers).not.toHaveProperty('cookie')
    expect(posts?.headers).not.toHaveProperty('x-cookie-name')
  }
})

it('ignores a cookie that no browser stores', async () => {
  for (const router of routers) {
    for (const [length, isPassed] of [
      [4096, true],
      [4097, false],
      [15_000, false],
    ] as const) {
      received.length = 0
      const cookie = `agora_session=${'x'.repeat(length)}`
      const response = await router.send('mutation { rename }', { headers: { cookie } })
      expect(response.errors).toBeUndefined()
      expect(received.map(({ headers: { cookie: passed } }) => passed)).toEqual([
        isPassed ? cookie : undefined,
      ])
    }
  }
})

it('passes no cookie with queries, nor without the option', async () => {
  for (const [router, query] of [
    ...routers.map((each) => [each, '{ name }'] as const),
    [plain, 'mutation { rename }'] as const,
  ]) {
    received.length = 0
    const response = await router.send(query, { headers })
    expect(response.errors).toBeUndefined()
    expect(response.headers.getSetCookie()).toEqual([])
    expect(received).toHaveLength(1)
    expect(received[0]?.headers).not.toHaveProperty('cookie')
    expect(received[0]?.headers).not.toHaveProperty('x-cookie-name')
  }
})

it('requires origins instead of * when sessions are in cookies', () => {
  const read = (CORS_ORIGINS: string) =>
    readConfig(configShape, { SESSION_COOKIES: 'true', CORS_ORIGINS }).SESSION_COOKIES
  expect(() => read('*')).toThrow(/CORS_ORIGINS: must list the origins/)
  expect(read('https://app.example')).toBe(true)
})
