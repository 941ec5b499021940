import { waitUntil } from '../../../support/processes'
import {
  validResponse,
  noResponse,
  createTestClient,
  startTransport,
  unavailable,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
let respond: () => void
beforeEach(() => start())
afterEach(() => transport.close())

async function start(environment: Record<string, string> = { DEDUPLICATE_FETCHES: 'true' }): Promise<void> {
  transport = await startTransport(environment)
  const waiting: (() => void)[] = []
  respond = () => waiting.splice(0).forEach((resume) => resume())
  transport.subgraph.respondWith(
    (response, request) => void waiting.push(() => validResponse(response, request)),
  )
}

const arrived = (count: number) =>
  waitUntil(`${count} requests arrive`, () => transport.subgraph.requestCount() === count)

it('sends equal simultaneous queries of a viewer once, with a separate response for each caller', async () => {
  const sent = Array.from({ length: 5 }, () => transport.send({}, { viewerToken: 'ida' }))
  await arrived(1)
  respond()
  const responses = await Promise.all(sent)
  expect(responses).toEqual(Array.from({ length: 5 }, () => ({ data: { me: { id: '1' } } })))
  expect(new Set(responses.map((each) => ('data' in each ? each.data : undefined))).size).toBe(5)
  expect(transport.subgraph.requestCount()).toBe(1)
  const next = transport.send({}, { viewerToken: 'ida' })
  await arrived(2)
  respond()
  await next
})

it.each([
  ['another viewer', {}, { viewerToken: 'otto' }],
  ['a request without a viewer', {}, { viewerToken: undefined }],
  ['another operation', { body: '{"query":"{ me { name } }"}' }, { viewerToken: 'ida' }],
])('does not deduplicate with %s', async (_what, request, context) => {
  const sent = [transport.send({}, { viewerToken: 'ida' }), transport.send(request, context)]
  await arrived(2)
  respond()
  await Promise.all(sent)
})

it('never deduplicates mutations', async () => {
  const sent = [transport.send({ kind: 'mutation' }), transport.send({ kind: 'mutation' })]
  await arrived(2)
  respond()
  await Promise.all(sent)
})

it('does not deduplicate without DEDUPLICATE_FETCHES', async () => {
  await transport.close()
  await start({})
  const sent = [transport.send(), transport.send()]
  await arrived(2)
  respond()
  await Promise.all(sent)
})

it('cancels a shared request when the last caller leaves, not when the first one does', async () => {
  const [first, second, third] = [createTestClient(), createTestClient(), createTestClient()]
  const aborted = transport.send({}, first)
  const stays = transport.send({}, second)
  await arrived(1)
  first.abort()
  expect(await aborted).toEqual(unavailable)
  respond()
  expect(await stays).toHaveProperty('data')

  transport.subgraph.respondWith(noResponse)
  const both = [transport.send({}, second), transport.send({}, third)]
  await arrived(2)
  second.abort()
  third.abort()
  expect(await Promise.all(both)).toEqual([unavailable, unavailable])
  await waitUntil('the subgraph sees the request aborted', () => transport.subgraph.abortedCount() === 1)
})
