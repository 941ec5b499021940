import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import type { PeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { createPeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { derivedId, newId } from '../../../schema/ids'
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
  /** Imports posts. */
  seed(posts: readonly Post[]): Promise<void>
}

/** Starts the posts subgraph on its own database. Peers that are not given are unreachable. */
export async function startPosts(
  options: {
    events?: PeerClient
    comments?: PeerClient
    users?: PeerClient
    now?: () => Date
    database?: string
    limiter?: StartSubgraphOptions['limiter']
    mongodbUri?: string
    eventLogUri?: string
  } = {},
): Promise<TestPosts> {
  const events = options.events ?? createPeerClient({ name: 'events', url: unreachableUrl })
  const comments = options.comments ?? createPeerClient({ name: 'comments', url: unreachableUrl })
  const users = options.users ?? createPeerClient({ name: 'users', url: unreachableUrl })
  const { now, database, limiter, mongodbUri, eventLogUri } = options
  const running = await startSubgraph(
    (resources) => createPostsSubgraph({ ...resources, events, comments, users, ...(now && { now }) }),
    {
      ...(database !== undefined && { database }),
      ...(limiter && { limiter }),
      ...(mongodbUri !== undefined && { mongodbUri }),
      ...(eventLogUri !== undefined && { eventLogUri }),
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

/** A peer without events and comments, for which all accounts exist. */
export const emptyPeer: PeerClient = {
  name: 'empty',
  state: 'ok',
  query: async ({ data }, { ids }) =>
    data.parse({ commentActivity: [], eventFacts: [], presentUserIds: ids }),
  close: async () => undefined,
}

/** Waits until all consumers of posts have started. */
export const waitUntilConsuming = (posts: TestSubgraph): Promise<void> =>
  waitUntil('all consumers have started', async () => {
    return (await posts.connection.collection('feed_positions').countDocuments()) === 3
  })

/** Makes a post, published by a random author by default. */
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

const capitalize = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

/** Sends a mutation. The payload is undefined when it failed at the top level. */
export async function mutate(
  posts: TestSubgraph,
  name: 'createPost' | 'updatePost' | 'publishPost' | 'deletePost',
  input: object,
  viewer: Viewer = anonymous,
): Promise<{ payload: GraphQLResponse['data']; response: GraphQLResponse }> {
  const object = name === 'deletePost' ? 'deletedPostId' : `post { ${postFields} }`
  const document = `mutation ($input: ${capitalize(name)}Input!) {
    ${name}(input: $input) { ${object} userErrors { code field message } }
  }`
  const response = await posts.send(document, { input }, viewer)
  return { payload: response.data?.[name], response }
}

/** Returns the code, path and argument of the only error of a response. */
export function readSingleError(response: GraphQLResponse) {
  if (response.errors?.length !== 1) throw new Error(`Expected one error: ${JSON.stringify(response)}`)
  const [error] = response.errors
  return { code: error?.extensions['code'], path: error?.path, argument: error?.extensions['argument'] }
}

/** Returns the number of stored posts without tombstones. */
export const countStoredPosts = (posts: TestSubgraph): Promise<number> =>
  posts.connection.collection('posts').countDocuments({ deletedAt: { $exists: false } })

/** Waits until the outbox is empty. */
export const waitUntilPublished = (posts: TestSubgraph): Promise<void> =>
  waitUntil('the outbox is empty', async () => {
    const waiting = { pendingEvents: { $exists: true } }
    return (await posts.connection.collection('posts').countDocuments(waiting)) === 0
  })

/** Creates a valid ID that no entity has. */
export const createUnknownId = (type: 'Post' | 'User' | 'Event') => derivedId(type, 'nowhere', 'nothing')
