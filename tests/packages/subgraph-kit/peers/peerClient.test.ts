import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

import { DomainError } from '../../../../packages/platform/errors'
import { createPeerClient } from '../../../../packages/subgraph-kit/peers/peerClient'

const thingQuery = {
  document: '{ thing { id } }',
  data: z.object({ thing: z.object({ id: z.string() }).nullable() }),
}
const respond = (body: string, status = 200): RequestListener =>
  function (request, response) {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  }
const good = respond('{"data":{"thing":{"id":"1"}}}')

/** Starts a server that handles its first, second … request with the first, second … listener, and the rest with the last one. */
async function sendTo(listeners: RequestListener[], timeoutMs = 60_000) {
  let requests = 0
  const server = createServer((request, response) => {
    listeners[Math.min(requests++, listeners.length - 1)]?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const peer = createPeerClient({
    name: 'things',
    url: `http://127.0.0.1:${port}/graphql`,
    timeoutMs,
  })
  try {
    const outcome = await peer.query(thingQuery, { a: 1 }, 'token').catch((error: unknown) => error)
    return { outcome, requests: () => requests }
  } finally {
    server.closeAllConnections()
    server.close()
    await peer.close()
  }
}

it('sends the query, its variables and the viewer’s header', async () => {
  let seen: unknown
  const { outcome } = await sendTo([
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url, headers } = request
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
        seen = { method, url, viewer: headers['agora-viewer'], type: headers['content-type'], body }
        response.end('{"data":{"thing":null}}')
      })
    },
  ])
  expect(outcome).toEqual({ thing: null })
  expect(seen).toEqual({
    method: 'POST',
    url: '/graphql',
    viewer: 'token',
    type: 'application/json',
    body: { query: thingQuery.document, variables: { a: 1 } },
  })
})

/** Long enough for a request to arrive on a busy machine. */
const shortTimeoutMs = 1_000
const hangUp: RequestListener = (request) => void request.socket.destroy()
const silence: RequestListener = () => undefined
const halfAResponse: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': 1000 })
  response.write('{"data":')
}

it.each<[string, RequestListener]>([
  ['hangs up', hangUp],
  ['sends a page', respond('<html>Bad gateway</html>', 502)],
])('retries when the first attempt %s', async (_, listener) => {
  const { outcome, requests } = await sendTo([listener, good])
  expect(outcome).toEqual({ thing: { id: '1' } })
  expect(requests()).toBe(2)
})

it.each<[string, RequestListener]>([
  ['says nothing', silence],
  ['stops halfway', halfAResponse],
])('does not retry after a timeout: the peer %s', async (_, listener) => {
  const { outcome, requests } = await sendTo([listener, good], shortTimeoutMs)
  expect(outcome).toMatchObject({ code: 'SUBGRAPH_TIMEOUT' })
  expect(requests()).toBe(1)
})

it.each<[string, RequestListener, string]>([
  ['hangs up', hangUp, 'SUBGRAPH_UNAVAILABLE'],
  ['sends a page', respond('<html>Bad gateway</html>', 502), 'SUBGRAPH_UNAVAILABLE'],
  ['sends nothing', respond(''), 'SUBGRAPH_UNAVAILABLE'],
  ['sends another shape', respond('{"data":{"thing":5}}'), 'SUBGRAPH_UNAVAILABLE'],
  ['sends null', respond('null'), 'SUBGRAPH_UNAVAILABLE'],
  ['has no data', respond('{"data":null}'), 'SUBGRAPH_UNAVAILABLE'],
  [
    'has errors beside data',
    respond('{"data":{"thing":null},"errors":[{"message":"x"}]}'),
    'SUBGRAPH_UNAVAILABLE',
  ],
  ['refuses', respond('{"errors":[{"message":"who are you"}]}', 401), 'SUBGRAPH_UNAVAILABLE'],
  ['says nothing', silence, 'SUBGRAPH_TIMEOUT'],
  ['stops halfway', halfAResponse, 'SUBGRAPH_TIMEOUT'],
])('throws when the peer %s', async (_, listener, code) => {
  const { outcome, requests } = await sendTo(
    [listener],
    code === 'SUBGRAPH_TIMEOUT' ? shortTimeoutMs : undefined,
  )
  expect(outcome).toBeInstanceOf(DomainError)
  expect(outcome).toMatchObject({ code, details: { service: 'things' } })
  expect(requests()).toBeLessThanOrEqual(2)
  if (code === 'SUBGRAPH_TIMEOUT') expect(requests()).toBe(1)
})

it('throws SUBGRAPH_UNAVAILABLE for a closed port', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const peer = createPeerClient({ name: 'things', url: `http://127.0.0.1:${port}/graphql` })
  await expect(peer.query(thingQuery, {}, 'token')).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' })
  await peer.close()
})
