import type { mongo } from 'mongoose'

import { checkMetrics, hasPromtool } from '../../../support/promtool'
import { waitUntil } from '../../../support/processes'
import { createViewer } from '../../../support/subgraph'
import { startEvents, type TestEvents } from '../../../subgraphs/events/support'
import { readMetrics, sendOperation, sumMetric } from './support'

let events: TestEvents
beforeAll(async () => {
  events = await startEvents()
})
afterAll(() => events.close())

it('counts operations, their duration and their errors by name', async () => {
  const query = 'query Twice($id: ID!) { event(id: $id) { id } }'
  for (let count = 0; count < 2; count++) await sendOperation(events, query, { id: 'none' }, createViewer())
  await sendOperation(events, '{', {}, createViewer())
  const page = await readMetrics(events)
  const named = 'graphql_operation_name="Twice"'
  expect(
    sumMetric(page, 'graphql_operation_duration_seconds_count', named, 'graphql_operation_type="query"'),
  ).toBe(2)
  expect(sumMetric(page, 'graphql_operation_errors_total', named, 'error_type="BAD_USER_INPUT"')).toBe(2)
  expect(sumMetric(page, 'graphql_operation_errors_total', 'name="unknown"', 'GRAPHQL_PARSE_FAILED')).toBe(1)
})

it('measures database commands by collection and command, and the connections', async () => {
  const before = await readMetrics(events)
  await events.makeEvent()
  const page = await readMetrics(events)
  const labels = ['db_collection_name="events"', 'db_operation_name="insert"', 'error_type=""']
  const count = (text: string) =>
    sumMetric(text, 'db_client_operation_duration_seconds_count', ...labels) ?? 0
  expect(count(page) - count(before)).toBe(1)
  const pool = `db_client_connection_pool_name="${events.database}"`
  expect(sumMetric(page, 'db_client_connections', pool)).toBeGreaterThan(0)
  expect(sumMetric(page, 'db_client_connection_pending_requests', pool)).toBe(0)
  expect(sumMetric(page, 'db_client_connection_max', pool)).toBeGreaterThan(0)
})

it('counts failed commands by the kind of their error', async () => {
  await expect(events.connection.collection('events').findOne({ $broken: 1 })).rejects.toThrow('$broken')
  const page = await readMetrics(events)
  const labels = ['db_operation_name="find"', 'error_type="BadValue"']
  expect(sumMetric(page, 'db_client_operation_duration_seconds_count', ...labels)).toBe(1)
})

it('reads the positions of all consumers with one command', async () => {
  const finds: unknown[] = []
  const client = events.connection.getClient()
  const addFind = ({ command }: mongo.CommandStartedEvent) =>
    void (command['find'] === 'feed_positions' && finds.push(command['filter']))
  client.on('commandStarted', addFind)
  const page = await readMetrics(events)
  client.off('commandStarted', addFind)
  expect([...page.matchAll(/^event_log_consumer_state\{.*state="current"/gm)].length).toBeGreaterThan(1)
  expect(finds).toHaveLength(1)
})

it('counts registrations, promotions and cancellations', async () => {
  const [first, second] = [createViewer(), createViewer()]
  const eventId = await events.makeEvent({ capacity: 1 })
  const { id } = await events.register(eventId, first)
  await events.register(eventId, second)
  await events.mutate('cancelRegistration', { registrationId: id }, first)
  const page = await readMetrics(events)
  const count = (outcome: string) => sumMetric(page, 'agora_registrations_total', `outcome="${outcome}"`)
  expect(['confirmed', 'waitlisted', 'promoted', 'cancelled', 'checkedIn'].map(count)).toEqual([
    1, 1, 1, 1, 0,
  ])
})

it('reports limits that have refused nothing', async () => {
  await events.makeEvent()
  const page = await readMetrics(events)
  expect(sumMetric(page, 'rate_limit_refusals_total', 'rate_limit_name="write.create.viewer"')).toBe(0)
})

it('counts published and consumed events, and reports an empty outbox and no lag once they are handled', async () => {
  const topic = 'messaging_destination_name="events"'
  const consumer = 'messaging_consumer_group_name="events.cancellations"'
  const before = await readMetrics(events)
  await events.makeEvent()
  const count = (page: string, name: string, ...labels: string[]) =>
    sumMetric(page, name, topic, ...labels) ?? 0
  const increase = async (name: string, ...labels: string[]) =>
    count(await readMetrics(events), name, ...labels) - count(before, name, ...labels)
  await waitUntil(
    'the event is published',
    async () => (await increase('messaging_client_sent_messages_total', 'error_type=""')) > 0,
  )
  await waitUntil(
    'the event is consumed',
    async () => (await increase('messaging_client_consumed_messages_total', consumer)) > 0,
  )
  await waitUntil('nothing is pending', async () => {
    const page = await readMetrics(events)
    const values = [
      count(page, 'outbox_pending_entities'),
      count(page, 'outbox_oldest_pending_seconds'),
      count(page, 'event_log_consumer_lag_events', consumer),
      count(page, 'event_log_consumer_lag_seconds', consumer),
    ]
    return values.every((value) => value === 0)
  })
  const page = await readMetrics(events)
  expect(count(page, 'event_log_consumer_state', consumer, 'state="current"')).toBe(1)
  expect(count(page, 'event_log_rebuilds_total', consumer, 'reason="firstStart"')).toBe(1)
})

const isCurrentConsumer = ([name, state]: [string, unknown]) => name.startsWith('consumer ') && state === 'ok'

it('names its dependencies, those that it has not used yet as degraded', async () => {
  const read = async () => {
    const response = await fetch(new URL('/health/ready', events.url))
    return { status: response.status, body: (await response.json()) as { dependencies: object } }
  }
  await waitUntil(
    'both consumers have caught up',
    async () => Object.entries((await read()).body.dependencies).filter(isCurrentConsumer).length === 2,
  )
  const { status, body } = await read()
  expect(status).toBe(200)
  expect(body).toEqual({
    status: 'ready',
    dependencies: {
      database: 'ok',
      eventLog: 'ok',
      'peer users': 'degraded',
      'consumer events.cancellations': 'ok',
      'consumer events.users': 'ok',
    },
  })
})

const testIfInstalled = hasPromtool ? it : it.skip
testIfInstalled('serves metrics that promtool accepts', async () => {
  expect(checkMetrics(await readMetrics(events))).toBe('')
})
