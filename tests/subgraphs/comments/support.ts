import type { Comment } from '../../../subgraphs/comments/domain/comment'
import { createCommentRepository } from '../../../subgraphs/comments/repository'
import { createCommentsSubgraph } from '../../../subgraphs/comments/subgraph'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { newId } from '../../../packages/platform/ids/ids'
import {
  positionsCollectionName,
  type ConsumerPosition,
} from '../../../packages/event-log/mongo/consumerPositions'
import { createPeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { unreachableUrl, startSubgraph, testMongodbUri, type TestSubgraph } from '../../support/subgraph'

/** The comments subgraph, and a way past its front door to put comments in and look at what is stored. */
export interface TestComments extends TestSubgraph {
  /** Stores comments as an import does: one for each object, which says how it differs from an ordinary one. */
  seed(...comments: Partial<Comment>[]): Promise<Comment[]>
  /** A comment's document as it stands in the database. */
  findStored(id: string): Promise<Record<string, unknown> | undefined>
  countStored(): Promise<number>
  /** The entity of a type with this ID as the router asks for it, with these fields. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its shape is the test's business
  fetchEntity(type: 'Post' | 'User' | 'Comment', id: string, fields: string, viewer?: Viewer): Promise<any>
}

export interface StartCommentsOptions {
  /** Where posts answers; nowhere unless told. */
  postsUrl?: string
  /** Where users answers; nowhere unless told. */
  usersUrl?: string
  now?: () => Date
  /** The database of another instance, to be a second one on it. */
  database?: string
  /** The feed's database, to share it with others; whoever names it drops it. */
  feedDatabase?: string
}

export async function startComments(options: StartCommentsOptions = {}): Promise<TestComments> {
  const { postsUrl = unreachableUrl, usersUrl = unreachableUrl, now, database, feedDatabase } = options
  const posts = createPeerClient({ name: 'posts', url: postsUrl })
  const users = createPeerClient({ name: 'users', url: usersUrl })
  const subgraph = await startSubgraph(
    (tools) => createCommentsSubgraph({ ...tools, posts, users, ...(now && { now }) }),
    { ...(database && { database }), ...(feedDatabase && { eventLogDatabase: feedDatabase }) },
  )
  // At the very first start they take everything anew; without a comment there is nothing to ask users.
  await hasBegun(subgraph, ['users', ...(postsUrl === unreachableUrl ? [] : ['posts'])])
  const importer = await openDatabase(testMongodbUri(), subgraph.connection.name)
  const repository = createCommentRepository(importer)
  const documents = importer.collection<{ _id: string }>('comments')
  return {
    ...subgraph,
    seed: async (...comments) => {
      const made = comments.map(makeComment)
      await repository.importComments(made)
      return made
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

/** Waits until what happens in these topics from now on comes to the subgraph. */
async function hasBegun({ connection }: TestSubgraph, topics: readonly string[]): Promise<void> {
  const positions = connection.collection<ConsumerPosition>(positionsCollectionName)
  const wanted = topics.map((topic) => `${topic}/comments.${topic}`)
  await waitUntil(
    'its consumers have begun',
    async () => (await positions.countDocuments({ _id: { $in: wanted } })) === wanted.length,
    25_000,
  )
}

/** An ordinary comment: visible, on a post of its own, by somebody of its own. */
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
