import { randomUUID } from 'node:crypto'

import { createPostRepository } from '../../../subgraphs/posts/repository'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import type { PeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { startPosts, waitUntilConsuming, type TestPosts } from './support'

interface FakeActivity {
  count: number
  lastCommentedAt: string | null
  /** Default: higher than those of all responses before. */
  version?: number
}

interface FakeEvent {
  sequence: number
  status: string
  wasPublished?: boolean
  organizerId: string | null
}

/** Creates clients of the other subgraphs that return the data that a test has defined. */
export function createFakePeers() {
  const activity = new Map<string, FakeActivity>()
  const events = new Map<string, FakeEvent>()
  const deletedUsers = new Set<string>()
  let version = 0
  /** The first field of each query. */
  const requestedFields: string[] = []
  const toIds = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
  const createFacts = (id: string) => ({ id, ...events.get(id) })

  const peers = {
    activity,
    events,
    deletedUsers,
    requestedFields,
    /** Called for each query of an event; returns whether it is visible. */
    onEventQuery: async (): Promise<boolean> => false,
  }
  const createFakeClient = (
    respond: (variables: Record<string, unknown>) => object | Promise<object>,
  ): PeerClient => ({
    name: 'fake',
    state: 'ok',
    query: async ({ document, data }, variables) => {
      requestedFields.push(/\{\s*(\w+)/.exec(document)?.[1] ?? '')
      return data.parse(await respond(variables))
    },
    close: async () => undefined,
  })
  const clients = {
    comments: createFakeClient(({ postIds }) => ({
      commentActivity: toIds(postIds).map((postId) => {
        const noActivity: FakeActivity = { count: 0, lastCommentedAt: null }
        return { postId, version: ++version, ...(activity.get(postId) ?? noActivity) }
      }),
    })),
    events: createFakeClient(async ({ id, ids, after }) => {
      if (id !== undefined) return { event: (await peers.onEventQuery()) ? { id } : null }
      if (ids !== undefined) {
        return {
          eventFacts: toIds(ids)
            .filter((each) => events.has(each))
            .map(createFacts),
        }
      }
      return { eventFacts: after === null ? [...events.keys()].sort().map(createFacts) : [] }
    }),
    users: createFakeClient(({ ids }) => ({
      presentUserIds: toIds(ids).filter((id) => !deletedUsers.has(id)),
    })),
  }
  return Object.assign(peers, { clients })
}

export type FakePeers = ReturnType<typeof createFakePeers>

/** Starts posts and waits until they consume the events of their peers. */
export async function startPostsWithFakePeers(): Promise<{ posts: TestPosts; peers: FakePeers }> {
  const peers = createFakePeers()
  const posts = await startPosts(peers.clients)
  await waitUntilConsuming(posts)
  return { posts, peers }
}

/** Starts a second instance on the same database. */
export const startSecondInstance = (posts: TestPosts, peers: FakePeers): Promise<TestPosts> =>
  startPosts({ ...peers.clients, database: posts.connection.name })

/** Publishes an event in the topic of its owner. */
export async function publishEvent(
  { eventLog }: TestPosts,
  type: string,
  entity: string,
  data: DomainEvent['data'] = {},
  sequence = 1,
): Promise<void> {
  const topic = type === 'feed.rebuild' ? entity : `${type.split('.')[0] ?? ''}s`
  const at = new Date().toISOString()
  await eventLog.publish(topic, [{ id: randomUUID(), type, entity, sequence, at, data }])
}

export const findStoredPost = ({ connection }: TestPosts, id: string) =>
  connection.collection<{ _id: string; [field: string]: unknown }>('posts').findOne({ _id: id })

/** Creates a repository whose events stay in the outbox, as if the process were killed before it publishes them. */
export const createRepositoryWithoutRelay = ({ connection }: TestPosts) => createPostRepository(connection)
