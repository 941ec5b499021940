import { randomUUID } from 'node:crypto'

import { createPostRepository } from '../../../subgraphs/posts/repository'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import { startPosts, waitUntilConsuming, type TestPosts } from './support'

interface SaidActivity {
  count: number
  lastCommentedAt: string | null
  /** Now unless told. */
  asOf?: string
}

interface SaidEvent {
  sequence: number
  status: string
  wasPublished?: boolean
  organizerId: string | null
}

/** The other subgraphs as posts see them: each says what the test has put down. */
export function createFakePeers() {
  const activity = new Map<string, SaidActivity>()
  const events = new Map<string, SaidEvent>()
  const goneUsers = new Set<string>()
  /** How many questions each was asked, by its first field. */
  const asked: string[] = []
  const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
  const factsOf = (id: string) => ({ id, ...events.get(id) })

  const others = {
    activity,
    events,
    goneUsers,
    asked,
    /** What happens before events answer whether an event shows; the answer. */
    whenAskedForEvent: async (): Promise<boolean> => false,
  }
  const peer = (answer: (variables: Record<string, unknown>) => object | Promise<object>): PeerClient => ({
    query: async ({ document, data }, variables) => {
      asked.push(/\{\s*(\w+)/.exec(document)?.[1] ?? '')
      return data.parse(await answer(variables))
    },
    close: async () => undefined,
  })
  const peers = {
    comments: peer(({ postIds }) => ({
      commentActivity: listed(postIds).map((postId) => {
        const nothing: SaidActivity = { count: 0, lastCommentedAt: null }
        return { postId, asOf: new Date().toISOString(), ...(activity.get(postId) ?? nothing) }
      }),
    })),
    events: peer(async ({ id, ids, after }) => {
      if (id !== undefined) return { event: (await others.whenAskedForEvent()) ? { id } : null }
      if (ids !== undefined) {
        return {
          eventFacts: listed(ids)
            .filter((one) => events.has(one))
            .map(factsOf),
        }
      }
      return { eventFacts: after === null ? [...events.keys()].sort().map(factsOf) : [] }
    }),
    users: peer(({ ids }) => ({ presentUserIds: listed(ids).filter((id) => !goneUsers.has(id)) })),
  }
  return Object.assign(others, { peers })
}

export type FakePeers = ReturnType<typeof createFakePeers>

/** Posts that consume what the others tell from now on. */
export async function startPostsWithFakePeers(): Promise<{ posts: TestPosts; others: FakePeers }> {
  const others = createFakePeers()
  const posts = await startPosts(others.peers)
  await waitUntilConsuming(posts)
  return { posts, others }
}

/** Another process's worth of posts on the same data. */
export const startSecondInstance = (posts: TestPosts, others: FakePeers): Promise<TestPosts> =>
  startPosts({ ...others.peers, database: posts.connection.name })

/** Has another subgraph tell something. */
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

/** A post's document. */
export const findStoredPost = ({ connection }: TestPosts, id: string) =>
  connection.collection<{ _id: string; [field: string]: unknown }>('posts').findOne({ _id: id })

/** Stores and deletes as a process does that is killed before it tells of it. */
export const createRepositoryWithoutRelay = ({ connection }: TestPosts) => createPostRepository(connection)
