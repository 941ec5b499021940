import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import type { EventLog, DomainEvent } from '../../../../packages/event-log/eventLog'
import { openEventLog } from '../../../../packages/event-log/openEventLog'
import { createLog } from '../../../../packages/platform/log'
import { anonymous, type Viewer } from '../../../../packages/auth/viewer'
import { createViewerSigner, viewerHeader } from '../../../../packages/auth/viewerToken'
import { createEventStreamParser, type ServerSentEvent } from '../../../../packages/sse/eventStreamParser'
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

/** The header without which a subgraph answers nobody. */
export const signed = (viewer: Viewer = anonymous) => ({
  [viewerHeader]: sign({ viewer, address: '192.0.2.1' }),
})

/** A feed, and subgraphs that tell of it. */
export interface Scene {
  feed: EventLog
  /** Starts a subgraph: each is another process's worth. */
  start(options?: StartSubgraphOptions): Promise<TestSubgraph & { things: Things }>
  /** Publishes the next events of a thing. */
  publish(name: string, count: number, type?: string): Promise<DomainEvent[]>
  close(): Promise<void>
}

/** @param bytes how much of the past the feed keeps */
export async function openScene({ bytes }: { bytes?: number } = {}): Promise<Scene> {
  const mongodbUri = testMongodbUri()
  const database = testDatabaseName('scene')
  const log = createLog('scene', process.env['LOG_LEVEL'] ?? 'silent')
  const feed = await openEventLog({
    mongodbUri,
    database,
    log,
    ...(bytes !== undefined && { maxTopicBytes: bytes }),
  })
  const started: TestSubgraph[] = []
  const entities = new Map<string, ReturnType<typeof createEntity>>()
  return {
    feed,
    async start(options) {
      const things = createThings(feed)
      const subgraph = await startSubgraph(() => things.subgraph, options)
      started.push(subgraph)
      return { ...subgraph, things }
    },
    async publish(name, count, type = 'thing.changed') {
      const entity = entities.get(name) ?? createEntity(name)
      entities.set(name, entity)
      const events = entity.some(count).map((event) => ({ ...event, type }))
      await feed.publish('things', events)
      return events
    },
    async close() {
      await Promise.all(started.map((subgraph) => subgraph.close()))
      await feed.close()
      const connection = await openDatabase(mongodbUri, database)
      await connection.dropDatabase()
      await connection.close()
    },
  }
}

/** A stream as it has come so far. */
export interface Followed {
  status: number
  /** All of it. */
  text: string
  events: ServerSentEvent[]
  phase: 'open' | 'ended' | 'broken'
  stop(): void
}

export interface Asked {
  variables?: Record<string, unknown>
  viewer?: Viewer
  headers?: Record<string, string>
  /** The id after which to go on. */
  after?: string
}

/** Subscribes as the router does. Resolves once the subgraph begins to answer. */
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
  const followed: Followed = {
    status: response.status,
    text: '',
    events: [],
    phase: 'open',
    stop: () => stopping.abort(),
  }
  void collect(followed, response)
  return followed
}

async function collect(followed: Followed, { body }: Response): Promise<void> {
  const readEvents = createEventStreamParser(10_000_000)
  try {
    for await (const bytes of body ?? []) {
      if (!(bytes instanceof Uint8Array)) throw new TypeError('No bytes')
      followed.text += Buffer.from(bytes).toString()
      followed.events.push(...readEvents(bytes))
    }
    followed.phase = 'ended'
  } catch {
    followed.phase = 'broken'
  }
}

/** The results that have come, with the ids that they came with. */
export const resultsOf = ({ events }: Followed): { id: string | undefined; result: unknown }[] =>
  events
    .filter(({ type }) => type === 'next')
    .map(({ id, data }) => ({ id, result: JSON.parse(data) as unknown }))

/** The last id that was told. */
export const lastIdOf = ({ events }: Followed): string => events.at(-1)?.id ?? ''

export const isComplete = ({ events }: Followed): boolean => events.at(-1)?.type === 'complete'

export const ended = (followed: Followed): Promise<void> =>
  waitUntil('the stream has ended', () => followed.phase !== 'open')

export const received = (followed: Followed, count: number): Promise<void> =>
  waitUntil(`${count} results have come`, () => resultsOf(followed).length >= count)

/** It has begun: what happens from now on comes, however often it is cut. */
export const begun = (followed: Followed): Promise<void> =>
  waitUntil('an id has come', () => lastIdOf(followed) !== '')
