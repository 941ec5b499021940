import { createCapturedLog } from '../../../support/capturedLog'
import { startOtlpCollector, type ExportedSpan, type OtlpCollector } from '../../../support/otlpCollector'
import { waitUntil } from '../../../support/processes'
import { createViewer } from '../../../support/subgraph'
import { createOtlpTracer, type OtlpTracer } from '../../../../packages/platform/telemetry/otlpTracer'
import { telemetryConfigShape } from '../../../../packages/platform/telemetry/settings'
import { z } from 'zod'
import { startEvents, type TestEvents } from '../../../subgraphs/events/support'
import { openSubscription } from '../subscriptions/support'
import { sendOperation } from './support'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

let collector: OtlpCollector
let tracer: OtlpTracer
let events: TestEvents
const { log, lines } = createCapturedLog()
beforeAll(async () => {
  collector = await startOtlpCollector()
  const config = z.object(telemetryConfigShape).parse({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  tracer = createOtlpTracer('events', { ...config, OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, log)
  // Every command is slow.
  events = await startEvents({ tracer, log, slowMs: 0 })
})
afterAll(async () => {
  await events.close()
  await tracer.close()
  await collector.close()
})

const findSpan = (name: string, matches: (span: ExportedSpan) => boolean = () => true) =>
  collector.spans.find((span) => span.name === name && matches(span))

async function waitForSpan(name: string, matches?: (span: ExportedSpan) => boolean): Promise<ExportedSpan> {
  await waitUntil(`the span ${name} is exported`, () => findSpan(name, matches) !== undefined)
  const span = findSpan(name, matches)
  if (!span) throw new Error(`There is no span ${name}.`)
  return span
}

it('traces a request, its commands, its event, the consumer and the subscriber', async () => {
  const viewer = createViewer()
  const eventId = await events.makeEvent({}, viewer)
  const stream = await openSubscription(
    events,
    'subscription OnUpdate($id: ID!) { eventUpdated(eventId: $id) { event { title } } }',
    { variables: { id: eventId }, viewer },
  )
  await waitUntil(
    'the subscription has started',
    () => stream.events.length > 0 || stream.text.includes('id:'),
  )
  const secret = 'A title that no span contains'
  await sendOperation(
    events,
    'mutation Rename($input: UpdateEventInput!) { updateEvent(input: $input) { event { id } } }',
    { input: { eventId, title: secret } },
    viewer,
    { traceparent: `00-${traceId}-${spanId}-01`, 'x-request-id': 'from-the-router' },
  )

  const request = await waitForSpan('mutation Rename')
  expect(request).toMatchObject({ traceId, parentSpanId: spanId, service: 'events', kind: 2 })
  expect(request.attributes).toMatchObject({
    'graphql.operation.type': 'mutation',
    'graphql.operation.name': 'Rename',
  })
  const command = await waitForSpan('update events', (span) => span.parentSpanId === request.spanId)
  expect(command).toMatchObject({ traceId, kind: 3 })
  expect(command.attributes).toEqual({
    'db.system.name': 'mongodb',
    'db.namespace': events.database,
    'db.collection.name': 'events',
    'db.operation.name': 'update',
  })

  const publication = await waitForSpan('publish events', (span) => span.traceId === traceId)
  expect(publication).toMatchObject({ parentSpanId: request.spanId, kind: 4 })
  const isLinked = ({ links }: ExportedSpan) =>
    links.some((link) => link.traceId === traceId && link.spanId === publication.spanId)
  const consumption = await waitForSpan('process events', isLinked)
  expect(consumption.traceId).not.toBe(traceId)
  const delivery = await waitForSpan('deliver OnUpdate', isLinked)
  expect(delivery.attributes).toMatchObject({ 'graphql.operation.name': 'OnUpdate' })
  await waitForSpan('find events', (span) => span.parentSpanId === delivery.spanId)
  await waitUntil('the message carries the span', () =>
    stream.text.includes(`traceparent: 00-${delivery.traceId}`),
  )
  stream.stop()

  expect(JSON.stringify(collector.spans)).not.toContain(secret)
  expect(lines).toContainEqual(
    expect.objectContaining({
      msg: 'A request was slow',
      requestId: 'from-the-router',
      traceId,
      operationName: 'Rename',
      operationHash: expect.stringMatching(/^[\da-f]{16}$/),
      status: 200,
      durationMs: expect.any(Number),
    }),
  )
})

it('starts no span for a request that its caller has not sampled, and names no trace in its log lines', async () => {
  const untraced = traceId.replaceAll('a', 'b')
  await sendOperation(events, 'query Untraced { events(first: 1) { nodes { id } } }', {}, createViewer(), {
    traceparent: `00-${untraced}-${spanId}-00`,
    'x-request-id': 'untraced',
  })
  await sendOperation(events, 'query Traced { events(first: 1) { nodes { id } } }', {}, createViewer(), {
    traceparent: `00-${traceId}-${spanId}-01`,
  })
  await waitForSpan('query Traced')
  expect(collector.spans.filter((span) => span.traceId === untraced)).toEqual([])
  const findLine = (msg: string) =>
    lines.find((line) => line['requestId'] === 'untraced' && line['msg'] === msg)
  await waitUntil('both lines are logged', () =>
    ['A request was slow', 'A database command was slow'].every((msg) => findLine(msg) !== undefined),
  )
  expect(JSON.stringify(lines)).not.toContain(untraced)
})
