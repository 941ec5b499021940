import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

import { runAs } from '../../../../packages/platform/request/requestScope'
import { createMetricsRegistry } from '../../../../packages/platform/telemetry/metrics'
import { createPeerClient } from '../../../../packages/subgraph-kit/peers/peerClient'
import { createPeerMetrics } from '../../../../packages/subgraph-kit/telemetry/peerMetrics'
import { sumMetric } from '../telemetry/support'

const query = { document: '{ __typename }', data: z.object({ __typename: z.string() }) }

it('passes the request ID on, measures each attempt, and remembers the newest outcome', async () => {
  const requestIds: unknown[] = []
  const server = createServer((request, response) => {
    requestIds.push(request.headers['x-request-id'])
    request.resume()
    response.end('{"data":{"__typename":"Query"}}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const registry = createMetricsRegistry()
  const peer = createPeerClient({
    name: 'things',
    url: `http://127.0.0.1:${port}/graphql`,
    metrics: createPeerMetrics(registry),
  })
  expect(peer.state).toBe('degraded')
  await runAs({ requestId: 'request-1' }, () => peer.query(query, {}, 'token'))
  await peer.query(query, {}, 'token')
  expect(requestIds).toEqual(['request-1', undefined])
  expect(peer.state).toBe('ok')

  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await expect(peer.query(query, {}, 'token')).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' })
  expect(peer.state).toBe('down')
  const page = await registry.metrics()
  const count = (...texts: string[]) =>
    sumMetric(page, 'peer_request_duration_seconds_count', 'peer_service="things"', ...texts)
  expect(count('error_type=""')).toBe(2)
  expect((count() ?? 0) - (count('error_type=""') ?? 0)).toBe(2)
  await peer.close()
})
