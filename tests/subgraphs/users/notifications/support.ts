import {
  positionsCollectionName,
  type ConsumerPosition,
} from '../../../../packages/event-log/mongo/consumerPositions'
import type { DomainEvent } from '../../../../packages/event-log/eventLog'
import { createPeerClient } from '../../../../packages/subgraph-kit/peers/peerClient'
import { newId } from '../../../../schema/ids'
import { waitUntil } from '../../../support/processes'
import { startEvents, today, type TestEvents } from '../../events/support'
import { makePost, startPosts, type TestPosts } from '../../posts/support'
import { makeEvent } from '../../comments/peers'
import { startUsers, type Person, type TestUsers } from '../support'

/** A users subgraph with the subgraphs that notifications are about. */
export interface NotificationScene {
  users: TestUsers
  posts: TestPosts
  events: TestEvents
  /** Publishes domain events as their owners do, and waits until they are handled. */
  publish(topic: string, ...events: DomainEvent[]): Promise<void>
  /** Returns the type, text, actor and subject of the notifications of a person, the newest first. */
  readInbox(person: Person): Promise<InboxEntry[]>
  /** Stores a published post. @returns its ID */
  seedPost(authorId: string, overrides?: Parameters<typeof makePost>[0]): Promise<string>
  close(): Promise<void>
}

interface InboxEntry {
  id: string
  type: string
  text: string
  actor: { id: string } | null
  subject: { id: string } | null
  readAt: string | null
}

export const inboxFields = `id type text readAt actor { id } subject {
  ... on Event { id } ... on Post { id } ... on Comment { id } ... on User { id } }`

const topics = ['comments', 'posts', 'events', 'users']

export async function startScene(
  options: Pick<NonNullable<Parameters<typeof startUsers>[0]>, 'publicUrl' | 'mailDelivery'> & {
    now?: () => Date
  } = {},
): Promise<NotificationScene> {
  const posts = await startPosts()
  const events = await startEvents({ now: () => today })
  const users = await startUsers({
    posts: createPeerClient({ name: 'posts', url: posts.url }),
    events: createPeerClient({ name: 'events', url: events.url }),
    ...options,
  })
  const positions = users.connection.collection<ConsumerPosition>(positionsCollectionName)
  const readPosition = async (topic: string) =>
    (await positions.findOne({ _id: `${topic}/users.notifications` }))?.position
  await waitUntil(
    'the consumers have started',
    async () => !(await Promise.all(topics.map(readPosition))).includes(undefined),
  )
  return {
    users,
    posts,
    events,
    async publish(topic, ...published) {
      await users.eventLog.publish(topic, published)
      // Others publish as well, so that the consumer may skip any given position.
      await waitUntil(
        'the events are handled',
        async () => (await readPosition(topic)) === (await users.eventLog.readNewestPosition(topic)),
      )
    },
    async readInbox({ viewer }) {
      const document = `{ viewer { notifications(first: 100) { nodes { ${inboxFields} } } } }`
      return (await users.query(document, {}, viewer)).viewer.notifications.nodes
    },
    async seedPost(authorId, overrides = {}) {
      const post = makePost({ authorId, title: 'On engines', ...overrides })
      await posts.seed([post])
      return post.id
    },
    async close() {
      await users.close()
      await posts.close()
      await events.close()
    },
  }
}

/** Makes the event of a comment. */
export function makeAdded(
  postId: string,
  authorId: string,
  {
    parentAuthorId,
    mentions,
    id = newId('Comment'),
  }: { parentAuthorId?: string; mentions?: string[]; id?: string } = {},
): DomainEvent {
  return makeEvent('comment.added', id, 1, {
    ...{ postId, authorId },
    ...(parentAuthorId !== undefined && { parentId: newId('Comment'), parentAuthorId }),
    ...(mentions && { mentions }),
  })
}
