import type { IncomingHttpHeaders } from 'node:http'

import { requestTimeoutHeader } from '../../../../packages/platform/request/requestScope'
import { viewerHeader } from '../../../../packages/auth/viewerToken'
import {
  failingResponse,
  validResponse,
  json,
  startTransport,
  unavailable,
  type Behaviour,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
beforeAll(async () => {
  transport = await startTransport({
    QUERY_RETRIES: '0',
    BREAKER_MIN_FETCHES: '1000',
    MAX_RESPONSE_BYTES: '1000000',
  })
})
afterAll(() => transport.close())

const text =
  (body: string, status = 200): Behaviour =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body)

it('returns data and errors as the subgraph sent them', async () => {
  transport.subgraph.respondWith(validResponse)
  expect(await transport.send()).toEqual({ data: { me: { id: '1' } } })
  const error = { message: 'No', path: ['me'], extensions: { code: 'FORBIDDEN' } }
  transport.subgraph.respondWith(json({ data: { me: null }, errors: [error] }))
  expect(await transport.send()).toEqual({ data: { me: null }, errors: [error] })
  transport.subgraph.respondWith(json({ data: { me: null }, errors: [], extensions: { secret: 1 } }))
  expect(await transport.send()).toEqual({ data: { me: null } })
})

it.each([400, 401, 403, 404, 422, 429, 500, 502, 503, 504])(
  'keeps the errors of a GraphQL response with status %i',
  async (status) => {
    const error = { message: 'No', path: ['me'], extensions: { code: 'FORBIDDEN' } }
    transport.subgraph.respondWith(json({ errors: [error] }, status))
    const before = transport.subgraph.requestCount()
    expect(await transport.send({ tryReadResponse: () => true })).toEqual({ errors: [error] })
    expect(transport.subgraph.requestCount()).toBe(before + 1)
  },
)

it('masks an error without a known code, and logs it with the id of the request', async () => {
  transport.subgraph.respondWith(
    json({ data: null, errors: [{ message: 'at /srv/secret.js', path: ['me'] }] }),
  )
  const message = 'Something went wrong on our side.'
  expect(await transport.send()).toEqual({
    data: null,
    errors: [{ message, path: ['me'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  })
  expect(transport.logged.at(-1)).toMatchObject({
    service: 'tests',
    requestId: 'request-1',
    error: { message: 'at /srv/secret.js' },
  })
})

const invalidResponses: [what: string, behaviour: Behaviour][] = [
  ['HTML', text('<h1>secret</h1>')],
  ['nothing', text('')],
  ['truncated JSON', text('{"data":{"me"')],
  ['null', text('null')],
  ['a list', json([{ data: {} }])],
  ['a string', json('secret')],
  ['data that is text', json({ data: 'secret' })],
  ['data that is a list', json({ data: [] })],
  ['errors that are text', json({ data: {}, errors: 'secret' })],
  ['neither data nor errors', json({})],
  ['data null and no errors', json({ data: null })],
  ['data null and an empty list of errors', json({ data: null, errors: [] })],
  ['status 503', failingResponse],
  ['status 500 and data', json({ data: { me: null } }, 500)],
  ['status 404', text('Not found', 404)],
  ['a redirection', (response) => void response.writeHead(302, { location: '/secret' }).end()],
  ['a large page for an error', text('x'.repeat(500_000), 502)],
  ['400 that is not JSON', text('Bad request', 400)],
  [
    'a truncated body',
    (response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"data"', () => response.destroy())
    },
  ],
  ['truncated chunks', (response) => void response.write('{"data"', () => response.destroy())],
  ['no HTTP', (response) => void response.socket?.end('220 mail.secret ESMTP\r\n')],
  ['a closed connection', (response) => void response.destroy()],
]

it.each(invalidResponses)('rejects %s', async (_what, behaviour) => {
  transport.subgraph.respondWith(behaviour)
  expect(await transport.send()).toEqual(unavailable)
  transport.subgraph.respondWith(validResponse)
  expect(await transport.send()).toEqual({ data: { me: { id: '1' } } })
})

describe('_entities', () => {
  it.each([
    ['as many as requested', { data: { _entities: [null, {}] } }, true],
    ['too few', { data: { _entities: [null] } }, false],
    ['too many', { data: { _entities: [null, null, null] } }, false],
    ['no list', { data: { _entities: { secret: 1 } } }, false],
    ['null without an error', { data: { _entities: null } }, false],
    ['missing', { data: {} }, false],
    ['null with an error', { data: { _entities: null }, errors: [{ message: 'No' }] }, true],
    ['no data with an error', { data: null, errors: [{ message: 'No' }] }, true],
    ['too few with an error', { data: { _entities: [null] }, errors: [{ message: 'No' }] }, false],
  ])('%s', async (_what, body, isUsed) => {
    transport.subgraph.respondWith(json(body))
    const outcome = await transport.send({ entityCount: 2 })
    if (isUsed) expect(outcome).toHaveProperty('data', body.data)
    else expect(outcome).toEqual(unavailable)
  })
})

const plainHeaders = [
  ...['accept', 'cache-control', 'connection', 'content-length', 'content-type', 'host'],
  'x-request-id',
]

it('sends no headers of the client to the subgraph, which is to know that nothing is cached', async () => {
  let headers: IncomingHttpHeaders = {}
  transport.subgraph.respondWith((response, request) => {
    headers = request.headers
    validResponse(response, request)
  })
  await transport.send({}, { viewerToken: 'signed' })
  expect(Object.keys(headers).sort()).toEqual([...plainHeaders, viewerHeader, requestTimeoutHeader].sort())
  expect(headers['cache-control']).toBe('no-store')
})

it('reuses connections', async () => {
  transport.subgraph.respondWith(validResponse)
  await transport.send()
  const before = transport.subgraph.connectionCount()
  for (let count = 0; count < 20; count++) await transport.send()
  transport.subgraph.respondWith(failingResponse)
  await transport.send()
  transport.subgraph.respondWith(validResponse)
  await transport.send()
  expect(transport.subgraph.connectionCount()).toBe(before)
})

it('reports a stopped and an unknown subgraph as unavailable', async () => {
  const other = await startTransport({ QUERY_RETRIES: '0' })
  await other.subgraph.close()
  expect(await other.send()).toEqual(unavailable)
  await other.close()
})
