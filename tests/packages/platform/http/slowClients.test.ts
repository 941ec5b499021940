import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import { startHttpServer, type Route, type RunningServer } from '../../../../packages/platform/http/server'
import { createLog } from '../../../../packages/platform/log'
import {
  defaultSlowClientLimits,
  type SlowClientLimits,
} from '../../../../packages/platform/http/slowClients'
import { createHttpServerMetrics } from '../../../../packages/platform/telemetry/httpServerMetrics'
import { createMetricsRegistry, type Registry } from '../../../../packages/platform/telemetry/metrics'
import { waitUntil } from '../../../support/processes'

const shortStall = { ...defaultSlowClientLimits, stallTimeoutMs: 100 }

let server: RunningServer
let registry: Registry
const responses: ServerResponse[] = []
/** The `close` events of the responses, in their order. */
const closings: Promise<unknown>[] = []
const clients: Socket[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  responses.length = closings.length = 0
  await server.close()
})

async function start(route: Route, unread: SlowClientLimits): Promise<void> {
  const watched: Route = (request, response, search) => {
    responses.push(response)
    closings.push(once(response, 'close'))
    return route(request, response, search)
  }
  const log = createLog('test', 'silent')
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    routes: { '*': watched },
    log,
    metrics: createHttpServerMetrics((registry = createMetricsRegistry())),
    slowClientLimits: unread,
  })
}

/** Sends requests on one connection, and never reads. Resolves when the server has received them. */
async function sendWithoutReading(requests = 1): Promise<Socket> {
  const before = responses.length
  const client = connect(server.port, '127.0.0.1').pause()
  client.on('error', () => undefined)
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(requests))
  clients.push(client)
  await waitUntil('the requests have arrived', () => responses.length === before + requests)
  return client
}

// More than the buffers of the operating system hold.
const large = Buffer.alloc(16_000_000, 'x')

it('destroys a connection whose client does not read a response', async () => {
  await start((_request, response) => void response.end(large), shortStall)
  await sendWithoutReading()
  await closings[0]
  expect(await registry.metrics()).toContain('http_server_slow_clients_disconnected_total 1')
})

it('destroys a connection whose client does not read a stream, even while more is written', async () => {
  await start((_request, response) => {
    response.write(large)
    const beat = setInterval(() => response.write(':\n\n'), 10)
    response.once('close', () => clearInterval(beat))
  }, shortStall)
  await sendWithoutReading()
  await closings[0]
})

it('closes each response of a connection with several requests', async () => {
  await start((_request, response) => void response.end(large), shortStall)
  await sendWithoutReading(3)
  await Promise.all(closings)
})

it('closes a response that waits for another one when their connection is closed', async () => {
  await start(() => undefined, defaultSlowClientLimits)
  const client = await sendWithoutReading(3)
  client.destroy()
  await Promise.all(closings)
  expect(responses.map(({ destroyed }) => destroyed)).toEqual([true, true, true])
})

it('waits for a response that takes longer than a client may stall', async () => {
  await start(async ({ socket }, response) => {
    await once(socket, 'timeout')
    response.end('late')
  }, shortStall)
  expect(await (await fetch(server.url)).text()).toBe('late')
})

it('keeps a connection alive for longer than a client may stall', async () => {
  const sockets = new Set<unknown>()
  await start((request, response) => {
    sockets.add(request.socket)
    response.end('fine')
  }, shortStall)
  const client = connect(server.port, '127.0.0.1').setEncoding('latin1')
  clients.push(client)
  for (let count = 0; count < 2; count++) {
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const [text] = (await once(client, 'data')) as [string]
    expect(text).toContain('fine')
    await wait(250)
  }
  expect(sockets.size).toBe(1)
})

it('destroys the connections with the most unread data while all together have too much', async () => {
  const sizes = [1, 4, 3, 2].map((factor) => factor * large.length)
  await start(
    (_request, response) => void response.end(Buffer.alloc(sizes[responses.indexOf(response)] ?? 0, 'x')),
    { ...defaultSlowClientLimits, maxUnreadBytes: 3.2 * large.length },
  )
  for (const _size of sizes) await sendWithoutReading()
  await Promise.all([closings[1], closings[2]])
  expect(responses.map(({ destroyed }) => destroyed)).toEqual([false, true, true, false])
})
