import type { Comment } from '../../../subgraphs/comments/domain/comment'
import { createCommentRepository } from '../../../subgraphs/comments/repository'
import { createCommentsSubgraph } from '../../../subgraphs/comments/subgraph'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { newId } from '../../../schema/ids'
import {
  positionsCollectionName,
  type ConsumerPosition,
} from '../../../packages/event-log/mongo/consumerPositions'
import { createPeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { unreachableUrl, startSubgraph, testMongodbUri, type TestSubgraph } from '../../support/subgraph'

/** A started comments subgraph with access to its database. */
export interface TestComments extends TestSubgraph {
  /** Imports a comment for each object, which overrides the defaults of {@link makeComment}. */
  seed(...comments: Partial<Comment>[]): Promise<Comment[]>
  /** Returns the document of a comment. */
  findStored(id: string): Promise<Record<string, unknown> | undefined>
  countStored(): Promise<number>
  /** Fetches these fields of an entity as the router does. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests select the fields
  fetchEntity(type: 'Post' | 'User' | 'Comment', id: string, fields: string, viewer?: Viewer): Promise<any>
}

interface StartCommentsOptions {
  /** Default: unreachable. */
  postsUrl?: string
  /** Default: unreachable. */
  usersUrl?: string
  now?: () => Date
  /** The database of another instance, to start a second one. */
  database?: string
  /** The database of an event log that is shared with others; the caller drops it. */
  eventLogDatabase?: string
}

export async function startComments(options: StartCommentsOptions = {}): Promise<TestComments> {
  const { postsUrl = unreachableUrl, usersUrl = unreachableUrl, now, database, eventLogDatabase } = options
  const posts = createPeerClient({ name: 'posts', url: postsUrl })
  const users = createPeerClient({ name: 'users', url: usersUrl })
  const subgraph = await startSubgraph(
    (resources) => createCommentsSubgraph({ ...resources, posts, users, ...(now && { now }) }),
    { ...(database && { database }), ...(eventLogDatabase && { eventLogDatabase }) },
  )
  // The first rebuild succeeds without users, since there are no comments, but not without posts.
  await waitUntilConsuming(subgraph, ['users', ...(postsUrl === unreachableUrl ? [] : ['posts'])])
  const importer = await openDatabase(testMongodbUri(), subgraph.connection.name)
  const repository = createCommentRepository(importer)
  const documents = importer.collection<{ _id: string }>('comments')
  return {
    ...subgraph,
    seed: async (...comments) => {
      const seeded = comments.map(makeComment)
      await repository.importComments(seeded)
      return seeded
    },
    findStored: async (id) => (await documents.findOne({ _id: id })) ?? undefined,
    countStored: () => documents.countDocuments(),
    fetchEntity: async (type, id, fields, viewer) => {
      const data = await subgraph.query(
        `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`,
        { of: [{ __typename: type, id }] },
        viewer,
      )
      return data._entities[0]
    },
    close: async () => {
      await importer.close()
      await subgraph.close()
      await posts.close()
      await users.close()
    },
  }
}

/** Waits until the consumers of these topics have started. */
async function waitUntilConsuming({ connection }: TestSubgraph, topics: readonly string[]): Promise<void> {
  const positions = connection.collection<ConsumerPosition>(positionsCollectionName)
  const ids = topics.map((topic) => `${topic}/comments.${topic}`)
  await waitUntil(
    'the consumers have started',
    async () => (await positions.countDocuments({ _id: { $in: ids } })) === ids.length,
  )
}

/** Makes a visible comment on a random post by a random author. */
export function makeComment(overrides: Partial<Comment> = {}): Comment {
  return {
    id: newId('Comment'),
    postId: newId('Post'),
    parentId: null,
    depth: 0,
    authorId: newId('User'),
    body: 'What was said',
    status: 'VISIBLE',
    createdAt: new Date('2026-03-01T12:00:00.000Z'),
    editedAt: null,
    ...overrides,
  }
}
