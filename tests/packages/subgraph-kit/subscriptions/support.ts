import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import type { EventLog, DomainEvent } from '../../../../packages/event-log/eventLog'
import { openEventLog } from '../../../../packages/event-log/openEventLog'
import { createLog } from '../../../../packages/platform/log'
import { anonymous, type Viewer } from '../../../../packages/auth/viewer'
import { createViewerSigner, viewerHeader } from '../../../../packages/auth/viewerToken'
import { createEventStreamParser, type ServerSentEvent } from '../../../../packages/sse/parser'
import { waitUntil } from '../../../support/processes'
import {
  routerSecret,
  startSubgraph,
  testDatabaseName,
  testMongodbUri,
  type StartSubgraphOptions,
  type TestSubgraph,
} from '../../../support/subgraph'
import { createEntity } from '../../event-log/support'
import { createThings, type Things } from './testSubgraph'

const sign = createViewerSigner(routerSecret)

/** Returns the header with a viewer token. */
export const signed = (viewer: Viewer = anonymous) => ({
  [viewerHeader]: sign({ viewer, address: '192.0.2.1' }),
})

/** An event log, and subgraphs with subscriptions to it. */
export interface Scene {
  eventLog: EventLog
  /** Starts a subgraph, as one more process. */
  start(options?: StartSubgraphOptions): Promise<TestSubgraph & { things: Things }>
  /** Publishes the next events of one thing. */
  publish(name: string, count: number, type?: string): Promise<DomainEvent[]>
  close(): Promise<void>
}

/** @param maxTopicBytes the retention of the event log */
export async function openScene({ maxTopicBytes }: { maxTopicBytes?: number } = {}): Promise<Scene> {
  const mongodbUri = testMongodbUri()
  const database = testDatabaseName('scene')
  const log = createLog('scene', process.env['LOG_LEVEL'] ?? 'silent')
  const eventLog = await openEventLog({
    mongodbUri,
    database,
    log,
    ...(maxTopicBytes !== undefined && { maxTopicBytes }),
  })
  const started: TestSubgraph[] = []
  const entities = new Map<string, ReturnType<typeof createEntity>>()
  return {
    eventLog: eventLog,
    async start(options) {
      const things = createThings(eventLog)
      const subgraph = await startSubgraph(() => things.subgraph, options)
      started.push(subgraph)
      return { ...subgraph, things }
    },
    async publish(name, count, type = 'thing.changed') {
      const entity = entities.get(name) ?? createEntity(name)
      entities.set(name, entity)
      const events = entity.some(count).map((event) => ({ ...event, type }))
      await eventLog.publish('things', events)
      return events
    },
    async close() {
      await Promise.all(started.map((subgraph) => subgraph.close()))
      await eventLog.close()
      const connection = await openDatabase(mongodbUri, database)
      await connection.dropDatabase()
      await connection.close()
    },
  }
}

/** The received part of a stream. */
export interface ReceivedStream {
  status: number
  text: string
  events: ServerSentEvent[]
  phase: 'open' | 'ended' | 'broken'
  stop(): void
}

export interface SubscribeOptions {
  variables?: Record<string, unknown>
  viewer?: Viewer
  headers?: Record<string, string>
  /** The position after which to resume. */
  after?: string
}

/** Subscribes as the router does. Resolves with the head of the response. */
export async function openSubscription(
  { url }: { url: string },
  query: string,
  { variables, viewer, headers, after }: SubscribeOptions = {},
): Promise<ReceivedStream> {
  const stopping = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...signed(viewer),
      ...(after !== undefined && { 'last-event-id': after }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
    signal: stopping.signal,
  })
  const stream: ReceivedStream = {
    status: response.status,
    text: '',
    events: [],
    phase: 'open',
    stop: () => stopping.abort(),
  }
  void collect(stream, response)
  return stream
}

async function collect(stream: ReceivedStream, { body }: Response): Promise<void> {
  const readEvents = createEventStreamParser(10_000_000)
  try {
    for await (const bytes of body ?? []) {
      if (!(bytes instanceof Uint8Array)) throw new TypeError('No bytes')
      stream.text += Buffer.from(bytes).toString()
      stream.events.push(...readEvents(bytes))
    }
    stream.phase = 'ended'
  } catch {
    stream.phase = 'broken'
  }
}

/** Returns the received results and their positions. */
export const readResults = ({ events }: ReceivedStream): { id: string | undefined; result: unknown }[] =>
  events
    .filter(({ type }) => type === 'next')
    .map(({ id, data }) => ({ id, result: JSON.parse(data) as unknown }))

/** Returns the last received position. */
export const readLastPosition = ({ events }: ReceivedStream): string => events.at(-1)?.id ?? ''

export const isComplete = ({ events }: ReceivedStream): boolean => events.at(-1)?.type === 'complete'

export const waitForEnd = (stream: ReceivedStream): Promise<void> =>
  waitUntil('the stream has ended', () => stream.phase !== 'open')

export const waitForResults = (stream: ReceivedStream, count: number): Promise<void> =>
  waitUntil(`${count} results have arrived`, () => readResults(stream).length >= count)

/** Resolves when the stream has processed all events that are published to a topic. */
export const waitUntilProcessed = (
  stream: ReceivedStream,
  { eventLog }: { eventLog: EventLog },
  topic: string,
): Promise<void> =>
  waitUntil(
    'the stream has reached the newest position',
    async () => readLastPosition(stream) === (await eventLog.readNewestPosition(topic)),
  )

/** Resolves when the stream has a position: later events are delivered even if it is disconnected. */
export const waitForPosition = (stream: ReceivedStream): Promise<void> =>
  waitUntil('a position has arrived', () => readLastPosition(stream) !== '')
