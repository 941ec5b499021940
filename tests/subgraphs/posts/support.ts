import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import { createPeerClient } from '../../../packages/subgraph-kit/peerClient'
import { derivedId, newId } from '../../../packages/platform/ids/ids'
import type { Post } from '../../../subgraphs/posts/domain/post'
import { createPostRepository } from '../../../subgraphs/posts/repository'
import { createPostsSubgraph } from '../../../subgraphs/posts/subgraph'
import { waitUntil } from '../../support/processes'
import {
  unreachableUrl,
  startSubgraph,
  type GraphQLResponse,
  type StartSubgraphOptions,
  type TestSubgraph,
} from '../../support/subgraph'

export interface TestPosts extends TestSubgraph {
  /** Stores posts as an import does, without asking for each. */
  seed(posts: readonly Post[]): Promise<void>
}

/** The posts subgraph on a database of its own; the other subgraphs are down unless given. */
export async function startPosts(
  options: {
    events?: PeerClient
    comments?: PeerClient
    users?: PeerClient
    now?: () => Date
    database?: string
    limiter?: StartSubgraphOptions['limiter']
    mongodbUri?: string
  } = {},
): Promise<TestPosts> {
  const events = options.events ?? createPeerClient({ name: 'events', url: unreachableUrl })
  const comments = options.comments ?? createPeerClient({ name: 'comments', url: unreachableUrl })
  const users = options.users ?? createPeerClient({ name: 'users', url: unreachableUrl })
  const { now, database, limiter, mongodbUri } = options
  const running = await startSubgraph(
    (tools) => createPostsSubgraph({ ...tools, events, comments, users, ...(now && { now }) }),
    {
      ...(database !== undefined && { database }),
      ...(limiter && { limiter }),
      ...(mongodbUri !== undefined && { mongodbUri }),
    },
  )
  const repository = createPostRepository(running.connection)
  return {
    ...running,
    seed: async (posts) => void (await repository.importPosts(posts)),
    close: async () => {
      await running.close()
      for (const peer of [events, comments, users]) await peer.close()
    },
  }
}

/** A subgraph that has nothing, and whose accounts are all there. */
export const emptyPeer: PeerClient = {
  query: async ({ data }, { ids }) =>
    data.parse({ commentActivity: [], eventFacts: [], presentUserIds: ids }),
  close: async () => undefined,
}

/** Resolves when all that posts consume has begun: what is told from now on comes to it. */
export const waitUntilConsuming = (posts: TestSubgraph): Promise<void> =>
  waitUntil('posts consume', async () => {
    return (await posts.connection.collection('feed_positions').countDocuments()) === 3
  })

/** A post as it is stored: published now by somebody unless told. */
export function makePost(overrides: Partial<Post> = {}): Post {
  const at = overrides.createdAt ?? new Date('2030-01-01T12:00:00Z')
  return {
    id: newId('Post'),
    title: 'A title',
    body: 'A body',
    imageUrl: null,
    tags: [],
    status: 'PUBLISHED',
    authorId: newId('User'),
    eventId: null,
    publishedAt: overrides.status === 'DRAFT' ? null : at,
    createdAt: at,
    updatedAt: at,
    ...overrides,
  }
}

export const makeDraft = (authorId: string, overrides: Partial<Post> = {}): Post =>
  makePost({ status: 'DRAFT', authorId, ...overrides })

export const postFields = `
  id title body excerpt imageUrl tags status publishedAt createdAt updatedAt
  author { __typename id } event { __typename id } viewerCanUpdate viewerCanDelete`

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

/** Sends one mutation of posts and gives its payload, or the whole answer where it failed at the top level. */
export async function mutate(
  posts: TestSubgraph,
  name: 'createPost' | 'updatePost' | 'publishPost' | 'deletePost',
  input: object,
  viewer: Viewer = anonymous,
): Promise<{ payload: GraphQLResponse['data']; answer: GraphQLResponse }> {
  const object = name === 'deletePost' ? 'deletedPostId' : `post { ${postFields} }`
  const document = `mutation ($input: ${capital(name)}Input!) {
    ${name}(input: $input) { ${object} userErrors { code field message } }
  }`
  const answer = await posts.send(document, { input }, viewer)
  return { payload: answer.data?.[name], answer }
}

/** The code and path of the one error that an answer has. */
export function readSingleError(answer: GraphQLResponse) {
  if (answer.errors?.length !== 1) throw new Error(`Not one error: ${JSON.stringify(answer)}`)
  const [error] = answer.errors
  return { code: error?.extensions['code'], path: error?.path, argument: error?.extensions['argument'] }
}

/** How many posts are stored; what is left of those that are deleted is none. */
export const countStoredPosts = (posts: TestSubgraph): Promise<number> =>
  posts.connection.collection('posts').countDocuments({ deletedAt: { $exists: false } })

/** Resolves when all that has happened to posts is in the feed. */
export const waitUntilPublished = (posts: TestSubgraph): Promise<void> =>
  waitUntil('everything is told', async () => {
    const waiting = { pendingEvents: { $exists: true } }
    return (await posts.connection.collection('posts').countDocuments(waiting)) === 0
  })

/** An ID of the right form that nothing has. */
export const createUnknownId = (type: 'Post' | 'User' | 'Event') => derivedId(type, 'nowhere', 'nothing')
