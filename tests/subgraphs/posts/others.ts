import { randomUUID } from 'node:crypto'

import { createPostRepository } from '../../../subgraphs/posts/repository'
import type { FeedEvent } from '../../../subgraphs/shared/feed/feed'
import type { Peer } from '../../../subgraphs/shared/peer'
import { startPosts, untilConsuming, type TestPosts } from './support'

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
export function createOthers() {
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
  const peer = (answer: (variables: Record<string, unknown>) => object | Promise<object>): Peer => ({
    ask: async ({ document, data }, variables) => {
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

export type Others = ReturnType<typeof createOthers>

/** Posts that consume what the others tell from now on. */
export async function startWithOthers(): Promise<{ posts: TestPosts; others: Others }> {
  const others = createOthers()
  const posts = await startPosts(others.peers)
  await untilConsuming(posts)
  return { posts, others }
}

/** Another process's worth of posts on the same data. */
export const startAnother = (posts: TestPosts, others: Others): Promise<TestPosts> =>
  startPosts({ ...others.peers, database: posts.connection.name })

/** Has another subgraph tell something. */
export async function tell(
  { feed }: TestPosts,
  type: string,
  entity: string,
  data: FeedEvent['data'] = {},
  sequence = 1,
): Promise<void> {
  const topic = type === 'feed.rebuild' ? entity : `${type.split('.')[0] ?? ''}s`
  const at = new Date().toISOString()
  await feed.publish(topic, [{ id: randomUUID(), type, entity, sequence, at, data }])
}

/** A post's document. */
export const storedPost = ({ connection }: TestPosts, id: string) =>
  connection.collection<{ _id: string; [field: string]: unknown }>('posts').findOne({ _id: id })

/** Stores and deletes as a process does that is killed before it tells of it. */
export const untoldRepository = ({ connection }: TestPosts) => createPostRepository(connection)
