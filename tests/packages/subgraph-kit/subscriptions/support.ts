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
export interface Followed {
  status: number
  text: string
  events: ServerSentEvent[]
  phase: 'open' | 'ended' | 'broken'
  stop(): void
}

export interface Asked {
  variables?: Record<string, unknown>
  viewer?: Viewer
  headers?: Record<string, string>
  /** The position after which to resume. */
  after?: string
}

/** Subscribes as the router does. Resolves with the head of the response. */
export async function follow(
  { url }: { url: string },
  query: string,
  { variables, viewer, headers, after }: Asked = {},
): Promise<Followed> {
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
  const stream: Followed = {
    status: response.status,
    text: '',
    events: [],
    phase: 'open',
    stop: () => stopping.abort(),
  }
  void collect(stream, response)
  return stream
}

async function collect(stream: Followed, { body }: Response): Promise<void> {
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
export const resultsOf = ({ events }: Followed): { id: string | undefined; result: unknown }[] =>
  events
    .filter(({ type }) => type === 'next')
    .map(({ id, data }) => ({ id, result: JSON.parse(data) as unknown }))

/** Returns the last received position. */
export const lastIdOf = ({ events }: Followed): string => events.at(-1)?.id ?? ''

export const isComplete = ({ events }: Followed): boolean => events.at(-1)?.type === 'complete'

export const ended = (stream: Followed): Promise<void> =>
  waitUntil('the stream has ended', () => stream.phase !== 'open')

export const received = (stream: Followed, count: number): Promise<void> =>
  waitUntil(`${count} results have arrived`, () => resultsOf(stream).length >= count)

/** Resolves when the stream has a position: later events are delivered even if it is disconnected. */
export const begun = (stream: Followed): Promise<void> =>
  waitUntil('a position has arrived', () => lastIdOf(stream) !== '')
