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
let answer: () => void
beforeEach(() => start())
afterEach(() => transport.close())

async function start(environment: Record<string, string> = { DEDUPLICATE_FETCHES: 'true' }): Promise<void> {
  transport = await startTransport(environment)
  const waiting: (() => void)[] = []
  answer = () => waiting.splice(0).forEach((go) => go())
  transport.subgraph.respondWith(
    (response, request) => void waiting.push(() => validResponse(response, request)),
  )
}

const arrived = (count: number) =>
  waitUntil(`${count} arrive`, () => transport.subgraph.requestCount() === count)

it('the same query of the same viewer is sent once while it is under way; each has an answer of its own', async () => {
  const sent = Array.from({ length: 5 }, () => transport.send({}, { viewerToken: 'ida' }))
  await arrived(1)
  answer()
  const answers = await Promise.all(sent)
  expect(answers).toEqual(Array.from({ length: 5 }, () => ({ data: { me: { id: '1' } } })))
  expect(new Set(answers.map((each) => ('data' in each ? each.data : undefined))).size).toBe(5)
  expect(transport.subgraph.requestCount()).toBe(1)
  const next = transport.send({}, { viewerToken: 'ida' })
  await arrived(2)
  answer()
  await next
})

it.each([
  ['another viewer', {}, { viewerToken: 'otto' }],
  ['nobody', {}, { viewerToken: undefined }],
  ['another operation', { body: '{"query":"{ me { name } }"}' }, { viewerToken: 'ida' }],
])('not with %s', async (_what, request, context) => {
  const sent = [transport.send({}, { viewerToken: 'ida' }), transport.send(request, context)]
  await arrived(2)
  answer()
  await Promise.all(sent)
})

it('mutations never', async () => {
  const sent = [transport.send({ kind: 'mutation' }), transport.send({ kind: 'mutation' })]
  await arrived(2)
  answer()
  await Promise.all(sent)
})

it('not unless it is asked for', async () => {
  await transport.close()
  await start({})
  const sent = [transport.send(), transport.send()]
  await arrived(2)
  answer()
  await Promise.all(sent)
})

it('one that goes away, be it the first, does not cancel it for the others; the last one does', async () => {
  const [first, second, third] = [createTestClient(), createTestClient(), createTestClient()]
  const gone = transport.send({}, first)
  const stays = transport.send({}, second)
  await arrived(1)
  first.abort()
  expect(await gone).toEqual(unavailable)
  answer()
  expect(await stays).toHaveProperty('data')

  transport.subgraph.respondWith(noResponse)
  const both = [transport.send({}, second), transport.send({}, third)]
  await arrived(2)
  second.abort()
  third.abort()
  expect(await Promise.all(both)).toEqual([unavailable, unavailable])
  await waitUntil('the subgraph sees that nobody waits', () => transport.subgraph.abortedCount() === 1)
})
