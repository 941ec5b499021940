import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { composeSupergraph } from '../../../support/inMemoryFederation'
import {
  publishComment,
  subscribeOverSse,
  subscribeOverWebSocket,
  useCommunity,
  waitForEnd,
  waitForEvents,
} from '../../../support/federation-router/community'
import { waitForSubscribers } from '../../../support/federation-router/subscriberCount'
import { startRouter } from '../../../support/federation-router/testRouter'
import { startOtlpCollector } from '../../../support/otlpCollector'
import { waitUntil } from '../../../support/processes'
import { checkMetrics, hasPromtool } from '../../../support/promtool'

const { community, start } = useCommunity()

it('measures subscriptions, their upstreams, events, and requests to reload', async () => {
  await start()
  const overSse = await subscribeOverSse(community)
  const overWebSocket = await subscribeOverWebSocket(community)
  await waitForSubscribers(community, 2)
  await publishComment(community, 1)
  await waitForEvents(1, overSse, overWebSocket)
  const text = await community.router.readMetrics()
  for (const line of [
    'router_subscriptions_active 2',
    'router_subscription_upstreams_active 1',
    'router_websockets_active 1',
    'router_subscription_events_total{subgraph="comments"} 1',
    'router_subscription_messages_total 2',
    'graphql_operation_duration_seconds_count{graphql_operation_name="anonymous",graphql_operation_type="subscription"} 2',
  ])
    expect(text).toContain(`\n${line}\n`)
  if (hasPromtool) expect(checkMetrics(text)).toBe('')
  await community.router.replaceSupergraph(community.supergraph)
  await Promise.all([waitForEnd(overSse), waitForEnd(overWebSocket)])
  await waitForSubscribers(community, 0)
  expect(await community.router.readMetrics()).toContain(
    'router_subscription_resyncs_total{reason="SUPERGRAPH_CHANGED"} 2',
  )
})

it('links the span of a delivery to that of the publisher of the event', async () => {
  const streams: ServerResponse[] = []
  const publisher = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(':\n\n')
    streams.push(response)
  })
  await new Promise<void>((resolve) => publisher.listen(0, '127.0.0.1', resolve))
  const collector = await startOtlpCollector()
  const { port } = publisher.address() as AddressInfo
  const router = await startRouter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
    new Map([['TICKS_URL', `http://127.0.0.1:${port}/graphql`]]),
    composeSupergraph({ ticks: { typeDefs: 'type Query { tick: Int } type Subscription { tick: Int }' } }),
  )
  try {
    const options = { query: 'subscription { tick }', variables: {} }
    const subscription = await subscribeOverSse({ router }, options)
    await waitUntil('the upstream is open', () => streams.length > 0)
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const spanId = 'b7ad6b7169203331'
    streams[0]?.write('event: next\ndata: {"data":{"tick":1}}\n\n')
    streams[0]?.write(`event: next\ntraceparent: 00-${traceId}-${spanId}-01\ndata: {"data":{"tick":2}}\n\n`)
    const failure = '{"errors":[{"message":"No tick."}]}'
    streams[0]?.write(`event: next\ntraceparent: 00-${traceId}-${spanId}-01\ndata: ${failure}\n\n`)
    await waitForEvents(3, subscription)
    await waitUntil('the deliveries are exported', () => collector.spans.length === 2)
    expect(collector.spans).toMatchObject([
      {
        name: 'deliver ticks',
        kind: 5,
        attributes: { 'subscription.subscribers': 1 },
        links: [{ traceId, spanId }],
      },
      { name: 'deliver ticks', attributes: { 'error.type': 'INTERNAL_SERVER_ERROR' } },
    ])
    expect(collector.spans[0]?.attributes).not.toHaveProperty(['error.type'])
    expect(collector.spans[0]?.traceId).not.toBe(traceId)
    subscription.unsubscribe()
  } finally {
    await router.close()
    for (const stream of streams) stream.destroy()
    await new Promise((resolve) => publisher.close(resolve))
    await collector.close()
  }
})
