import { QueryPlanner } from '@apollo/query-planner'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

import { createClientBudgets } from '../../../../packages/federation-router/budgets/clientBudgets'
import { createLog } from '../../../../packages/platform/log'
import { waitForEnd, collectEvents } from '../../../support/federation-router/community'
import {
  createBearerHeader,
  startCommunityTokenIssuer,
} from '../../../support/federation-router/accessTokens'
import {
  startShop,
  type RouterResponse,
  type RunningShop,
} from '../../../support/federation-router/testRouter'

/** The number of planned operations. */
let planned = 0

let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
let shop: RunningShop
beforeAll(async () => {
  publisher = await startCommunityTokenIssuer()
  const build = QueryPlanner.prototype.buildQueryPlan
  jest.spyOn(QueryPlanner.prototype, 'buildQueryPlan').mockImplementation(function (
    this: QueryPlanner,
    ...given
  ) {
    planned++
    return build.apply(this, given)
  })
})
beforeEach(async () => {
  shop = await startShop({
    ...publisher.environment,
    TRUST_PROXY: '1',
    TRUSTED_CLIENTS: '198.51.100.1',
    // The first operation takes longer.
    MAX_CLIENT_PLANNING_MS: '1',
  })
  planned = 0
})
afterEach(() => shop.close())
afterAll(async () => {
  jest.restoreAllMocks()
  await publisher.close()
})

const from = (address: string) => ({ 'x-forwarded-for': address })
const readCode = ({ status, errors }: RouterResponse) => [status, errors?.[0]?.extensions['code']]
const send = async (query: string, headers: Record<string, string> = from('192.0.2.1')) =>
  readCode(await shop.router.send(query, { headers }))
const get = async (query: string) => {
  const url = `${shop.router.url}/graphql?query=${encodeURIComponent(query)}`
  const headers = { ...from('192.0.2.1'), 'apollo-require-preflight': 'true' }
  return (await fetch(url, { headers })).status
}
const fine = [200, undefined]
const refused = [429, 'RATE_LIMITED']
const fields = (text: string) => Array.from({ length: 20 }, (_, n) => `a${n}: ${text}`).join(' ')
const newQuery = (name: string) =>
  `query ${name} { ${fields('books { nodes { title author { name } stars } }')} }`
const invalid = (name: string) => `{ ${fields(`me { id ${name} }`)} }`

it('refuses to plan new operations of a client that has spent its time, and executes those that are planned', async () => {
  expect(await send(newQuery('A'))).toEqual(fine)
  expect(await send(newQuery('B'))).toEqual(refused)
  expect(planned).toBe(1)
  const { errors, headers } = await shop.router.send(newQuery('C'), { headers: from('192.0.2.1') })
  const retryAfter = Number(headers.get('retry-after'))
  expect(retryAfter).toBeGreaterThan(0)
  expect(errors).toEqual([
    {
      message: `This client has sent too many new operations. Try again in ${retryAfter} s.`,
      extensions: { code: 'RATE_LIMITED', retryAfter },
    },
  ])
  expect(await send(newQuery('A'))).toEqual(fine)
  expect(await get(newQuery('A'))).toBe(200)
  expect(await get(newQuery('C'))).toBe(429)
  expect(await send(newQuery('B'), from('192.0.2.2'))).toEqual(fine)
  expect(await send(newQuery('B'))).toEqual(fine)
  expect(planned).toBe(2)
})

it('plans one of many new operations that arrive at the same time', async () => {
  const codes = await Promise.all(Array.from({ length: 50 }, (_, n) => send(newQuery(`Q${n}`))))
  expect(codes.filter(([status]) => status === 200)).toHaveLength(1)
  expect(planned).toBe(1)
})

it('charges for invalid documents, and refuses them before they are parsed', async () => {
  const codes = [
    await send(invalid('nobody')),
    await send(invalid('nothing')),
    await send('{'),
    await send(newQuery('A')),
  ]
  expect(codes).toEqual([[200, 'GRAPHQL_VALIDATION_FAILED'], refused, refused, refused])
})

it('refuses to plan another operation of a known document', async () => {
  const query = `${newQuery('A')} ${newQuery('B')}`
  const sendNamed = async (operationName: string) => {
    const response = await fetch(`${shop.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...from('192.0.2.1') },
      body: JSON.stringify({ query, operationName }),
    })
    return response.status
  }
  expect([await sendNamed('A'), await sendNamed('B'), await sendNamed('A')]).toEqual([200, 429, 200])
  expect(planned).toBe(1)
})

it('charges a viewer for the requests from all addresses', async () => {
  const viewer = (name: string, address: string) => ({ ...createBearerHeader(name), ...from(address) })
  expect(await send(newQuery('A'), viewer('ann', '192.0.2.1'))).toEqual(fine)
  expect(await send(newQuery('B'), viewer('ann', '192.0.2.2'))).toEqual(refused)
  expect(await send(newQuery('B'), viewer('bob', '192.0.2.2'))).toEqual(fine)
  expect(planned).toBe(2)
})

it('does not charge for the time that other processes take of the machine', () => {
  const log = createLog('test', 'silent')
  const { planning } = createClientBudgets(
    { maxRequests: 1, maxSubscriptions: 1, maxWebSockets: 1, maxPlanningMs: 2000 },
    log,
  )
  const client = { viewer: undefined, slot: { address: '192.0.2.1', assignViewer() {}, release() {} } }
  // Blocks this thread without using the CPU. Longer than V8's own threads work, whose time counts for the process.
  const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2200)
  expect(planning.runCharged(client, wait)).toBe('timed-out')
  expect(planning.runCharged(client, () => 'planned')).toBe('planned')
})

it('does not charge a trusted client', async () => {
  for (const name of ['A', 'B', 'C']) expect(await send(newQuery(name), from('198.51.100.1'))).toEqual(fine)
})

it('refuses a new operation of a WebSocket, and executes one that is planned', async () => {
  const known = newQuery('A')
  await send(known, from('127.0.0.1'))
  const client = createClient({
    url: `${shop.router.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  const subscribe = async (query: string) => {
    const followed = collectEvents((sink) => client.subscribe({ query }, sink))
    await waitForEnd(followed)
    return followed
  }
  expect(await subscribe(newQuery('B'))).toMatchObject({
    phase: 'failed',
    error: [{ extensions: { code: 'RATE_LIMITED' } }],
  })
  expect((await subscribe(known)).phase).toBe('completed')
  await client.dispose()
})
