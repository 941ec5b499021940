import { on } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAbortHandle } from '../../../../packages/platform/async/abortHandle'
import {
  createHttpClient,
  type HttpClient,
  type HttpRequest,
} from '../../../../packages/platform/http/httpClient'

let server: Server
let client: HttpClient
let connections = 0
beforeEach(async () => {
  connections = 0
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/held') server.emit('held', response)
      else if (request.url !== '/silent') setTimeout(() => response.end(request.url), 10)
    })
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await client.destroy()
  server.close()
})

const open = (maxConnections?: number) => {
  client = createHttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, maxConnections)
}
const post = (options: Partial<HttpRequest> = {}) =>
  client.send({ path: '/', headers: [], body: '', timeoutMs: 5_000, maxResponseBytes: 100, ...options })
const postMany = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => post({ path: `/${index}` })))

it('opens a connection for each simultaneous request, and reuses them', async () => {
  open()
  await postMany(5)
  await postMany(5)
  expect(connections).toBe(5)
})

it('queues requests beyond the maximum of connections', async () => {
  open(2)
  const responses = await postMany(9)
  expect(responses.map(({ bytes }) => bytes.toString())).toEqual(
    Array.from({ length: 9 }, (_, index) => `/${index}`),
  )
  expect(connections).toBe(2)
})

it('uses every idle connection after requests have been queued', async () => {
  open(2)
  const held = on(server, 'held')
  const receiveHeld = async (): Promise<ServerResponse> => {
    const { value } = await held.next()
    return value[0]
  }
  const first = post({ path: '/held' })
  const firstResponse = await receiveHeld()
  const second = post({ path: '/held' })
  const secondResponse = await receiveHeld()
  const queuedBehindFirst = post({ path: '/held' })
  secondResponse.end()
  await second
  firstResponse.end()
  await first
  const queuedResponse = await receiveHeld()
  queuedResponse.end()
  await queuedBehindFirst

  const simultaneous = [post({ path: '/held' }), post({ path: '/held' })]
  for (const response of [await receiveHeld(), await receiveHeld()]) response.end()
  expect(await Promise.all(simultaneous)).toHaveLength(2)
  expect(connections).toBe(2)
})

it('fails with the reason', async () => {
  open()
  await expect(post({ path: '/silent', timeoutMs: 30 })).rejects.toMatchObject({ failure: 'timeout' })
  await expect(post({ path: `/${'x'.repeat(100)}` })).rejects.toMatchObject({ failure: 'tooLarge' })
  const { signal, abort } = createAbortHandle()
  const aborted = expect(post({ path: '/silent', signal })).rejects.toMatchObject({ failure: 'aborted' })
  abort()
  await aborted
})

it('closes after the requests in progress', async () => {
  open()
  const response = post()
  await client.close()
  expect(await response).toMatchObject({ status: 200 })
})
