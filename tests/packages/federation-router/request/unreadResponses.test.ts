import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'

import { configShape } from '../../../../router/config'
import { createRouterOptions } from '../../../../router/routerOptions'
import { createRouter, type Router } from '../../../../packages/federation-router'
import { subgraphUrlVariable } from '../../../../packages/platform'
import { readConfig } from '../../../../packages/platform/config/environment'
import { sendText, startHttpServer, type RunningServer } from '../../../../packages/platform/http/server'
import { defaultSlowClientLimits } from '../../../../packages/platform/http/slowClients'
import { createCapturedLog } from '../../../support/capturedLog'
import { waitUntil } from '../../../support/processes'
import {
  shopSupergraph,
  startShopSubgraph,
  type ShopSubgraph,
} from '../../../support/federation-router/shopSubgraphs'

const maxRequests = 3

let people: ShopSubgraph
let router: Router
let server: RunningServer
const clients: Socket[] = []
const { log, lines } = createCapturedLog()
/** Returns how many requests were completed or aborted. */
const completedCount = () => lines.filter(({ msg }) => msg === 'Request completed').length

beforeAll(async () => {
  people = await startShopSubgraph('people')
  const options = createRouterOptions({
    config: readConfig(configShape, { NODE_ENV: 'test', MAX_CLIENT_REQUESTS: String(maxRequests) }),
    supergraph: shopSupergraph(),
    subgraphUrls: new Map([[subgraphUrlVariable('people'), people.url]]),
    log,
  })
  router = await createRouter(options)
  const { routes, upgrades } = router
  const unread = { ...defaultSlowClientLimits, stallTimeoutMs: 100 }
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    routes,
    upgrades,
    log,
    slowClientLimits: unread,
  })
})
beforeEach(() => {
  lines.length = 0
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  people.misbehave(undefined)
})
afterAll(async () => {
  await server.close()
  await router.close()
  await people.close()
})

const body = JSON.stringify({ query: '{ me { id } }' })
const request = (accept: string) =>
  `POST /graphql HTTP/1.1\r\nhost: a\r\naccept: ${accept}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

function sendWithoutReading(text: string): Socket {
  const client = connect(server.port, '127.0.0.1').pause()
  client.on('error', () => undefined)
  client.write(text)
  clients.push(client)
  return client
}

const send = () =>
  fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

const large = JSON.stringify({ data: { me: { id: 'x'.repeat(16_000_000) } } })

it.each(['application/json', 'text/event-stream', 'multipart/mixed;subscriptionSpec=1.0, application/json'])(
  'closes connections whose clients do not read a response of type %s',
  async (accept) => {
    people.misbehave((_request, response) => sendText(response, 200, large))
    for (let count = 0; count < maxRequests; count++) sendWithoutReading(request(accept))
    await waitUntil('all are closed', () => completedCount() === maxRequests)
    people.misbehave(undefined)
    expect((await send()).status).toBe(200)
  },
)

it('counts the requests of one connection one by one, and releases them with it', async () => {
  const held: ServerResponse[] = []
  people.misbehave((_request, response) => void held.push(response))
  const client = sendWithoutReading(request('application/json').repeat(50))
  await waitUntil('the subgraph has as many requests as may be open', () => held.length === maxRequests)
  expect((await send()).status).toBe(429)
  client.destroy()
  for (const response of held) sendText(response, 200, '{"data":{"me":null}}')
  await waitUntil('all are closed', () => completedCount() >= 51)
  expect(held).toHaveLength(maxRequests)
  people.misbehave(undefined)
  expect((await send()).status).toBe(200)
})
