import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'

import { waitUntil } from '../../../support/processes'
import {
  createBearerHeader,
  startCommunityTokenIssuer,
} from '../../../support/federation-router/accessTokens'
import {
  startShop,
  type RouterResponse,
  type RunningShop,
} from '../../../support/federation-router/testRouter'

let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
let shop: RunningShop
/** The pending requests of the subgraph. */
const held: ServerResponse[] = []

beforeAll(async () => {
  publisher = await startCommunityTokenIssuer()
})
afterAll(() => publisher.close())

async function start(environment: Record<string, string>): Promise<void> {
  shop = await startShop({ ...publisher.environment, TRUSTED_CLIENTS: '', ...environment })
  shop.subgraphs.people.misbehave((_request, response) => void held.push(response))
}
afterEach(async () => {
  held.length = 0
  await shop.close()
})

interface Held {
  response: Promise<RouterResponse>
}

/** Sends a request that is pending until `releaseAll`. */
async function holdRequest(headers: Record<string, string> = {}): Promise<Held> {
  const before = held.length
  const response = shop.router.send('{ me { id } }', { headers })
  await waitUntil('the subgraph has the request', () => held.length > before)
  return { response }
}

async function releaseAll(...requests: Held[]): Promise<void> {
  shop.subgraphs.people.misbehave(undefined)
  for (const response of held) response.end('{"data":{"me":null}}')
  await Promise.all(requests.map(({ response }) => response))
}

const send = async (headers: Record<string, string> = {}) => {
  const {
    status,
    errors,
    headers: responseHeaders,
  } = await shop.router.send('{ books { nodes { id } } }', { headers })
  return { status, code: errors?.[0]?.extensions['code'], retryAfter: responseHeaders.get('retry-after') }
}
const fine = { status: 200, code: undefined, retryAfter: null }
const refused = { status: 429, code: 'RATE_LIMITED', retryAfter: '1' }
const from = (address: string) => ({ 'x-forwarded-for': address })

it('refuses requests of a client at its limit until one of its requests has ended', async () => {
  await start({ MAX_CLIENT_REQUESTS: '2' })
  const requests = [await holdRequest(), await holdRequest()]
  expect(await send()).toEqual(refused)
  const { errors } = await shop.router.send('{ me { id } }')
  expect(errors).toEqual([
    {
      message: 'This client has too many requests open. Wait until some have ended.',
      extensions: { code: 'RATE_LIMITED', retryAfter: 1 },
    },
  ])
  await releaseAll(...requests)
  expect(await send()).toEqual(fine)
})

it('refuses a request before its body has arrived', async () => {
  await start({ MAX_CLIENT_REQUESTS: '1' })
  const request = await holdRequest()
  const { port } = new URL(shop.router.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n',
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(String(head)).toMatch(/^HTTP\/1\.1 429 /)
  socket.destroy()
  await releaseAll(request)
})

it('counts a request until its client has disconnected', async () => {
  await start({ MAX_CLIENT_REQUESTS: '1' })
  const controller = new AbortController()
  const aborted = fetch(`${shop.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ me { id } }' }),
    signal: controller.signal,
  }).catch(() => undefined)
  await waitUntil('the subgraph has the request', () => held.length > 0)
  expect(await send()).toEqual(refused)
  controller.abort()
  await aborted
  await waitUntil('the router has noticed', async () => (await send()).status === 200)
})

it('counts clients by their address, and those of one IPv6 network together', async () => {
  await start({ MAX_CLIENT_REQUESTS: '1', TRUST_PROXY: '1' })
  const requests = [await holdRequest(from('192.0.2.1')), await holdRequest(from('2001:db8:1:2::1'))]
  expect(await send(from('192.0.2.1'))).toEqual(refused)
  expect(await send(from('::ffff:192.0.2.1'))).toEqual(refused)
  expect(await send(from('192.0.2.2'))).toEqual(fine)
  expect(await send(from('2001:db8:1:2:ffff::9'))).toEqual(refused)
  expect(await send(from('2001:db8:1:3::1'))).toEqual(fine)
  await releaseAll(...requests)
})

it('limits a viewer to a quarter of the requests, from all addresses together', async () => {
  await start({ MAX_CLIENT_REQUESTS: '8', TRUST_PROXY: '1' })
  const requests = [
    await holdRequest({ ...createBearerHeader('ann'), ...from('192.0.2.1') }),
    await holdRequest({ ...createBearerHeader('ann'), ...from('192.0.2.2') }),
  ]
  expect(await send({ ...createBearerHeader('ann'), ...from('192.0.2.3') })).toEqual(refused)
  expect(await send({ ...createBearerHeader('bob'), ...from('192.0.2.3') })).toEqual(fine)
  expect(await send(from('192.0.2.3'))).toEqual(fine)
  await releaseAll(...requests)
  expect(await send(createBearerHeader('ann'))).toEqual(fine)
})

it('does not limit a trusted client', async () => {
  await start({ MAX_CLIENT_REQUESTS: '1', TRUST_PROXY: '1', TRUSTED_CLIENTS: '192.0.2.0/24, 2001:db8::1' })
  const requests = await Promise.all(
    ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::1', '198.51.100.1'].map((address) =>
      holdRequest(from(address)),
    ),
  )
  expect(await send(from('192.0.2.1'))).toEqual(fine)
  expect(await send({ ...createBearerHeader('ann'), ...from('2001:db8::1') })).toEqual(fine)
  expect(await send(from('198.51.100.1'))).toEqual(refused)
  await releaseAll(...requests)
})

it('counts requests for the schema, but not for the health of the router', async () => {
  await start({ MAX_CLIENT_REQUESTS: '1' })
  const request = await holdRequest()
  const readStatus = async (path: string) => (await fetch(`${shop.router.url}${path}`)).status
  expect(await readStatus('/schema.graphql')).toBe(429)
  expect(await readStatus('/health/ready')).toBe(200)
  await releaseAll(request)
  expect(await readStatus('/schema.graphql')).toBe(200)
})
