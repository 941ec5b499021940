import type { Viewer } from '../../../packages/auth/viewer'
import { createCommentsSubgraph } from '../../../subgraphs/comments/subgraph'
import { localSubgraphUrl } from '../../../schema/subgraphs'
import { createPeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { freePorts, waitUntil } from '../../support/processes'
import {
  unreachableUrl,
  dropDatabase,
  createViewer,
  startSubgraph,
  testDatabaseName,
} from '../../support/subgraph'
import {
  createFakePeers,
  startSecondInstance,
  startPostsWithFakePeers,
  findStoredPost,
  publishEvent,
  type FakePeers,
} from './peers'
import { makeDraft, emptyPeer, makePost, startPosts, waitUntilConsuming, type TestPosts } from './support'

const listPosts = async (posts: TestPosts, orderBy: string): Promise<string[]> => {
  const document = 'query ($orderBy: PostOrder!) { posts(orderBy: $orderBy) { nodes { id } } }'
  const { nodes } = (await posts.query(document, { orderBy })).posts
  return nodes.map(({ id }: { id: string }) => id)
}
const findCommentCount = async (posts: TestPosts, id: string) =>
  (await findStoredPost(posts, id))?.['commentCount']
const waitForCount = (posts: TestPosts, id: string, count: number) =>
  waitUntil(`the post has ${count} comments`, async () => (await findCommentCount(posts, id)) === count)

describe('the projection of comment activity', () => {
  let posts: TestPosts
  let peers: FakePeers
  beforeAll(async () => {
    ;({ posts, peers } = await startPostsWithFakePeers())
  })
  afterAll(() => posts.close())

  it('updates the counts without changing updatedAt or publishing an event', async () => {
    const post = makePost()
    await posts.seed([post])
    const lastCommentedAt = '2030-05-01T00:00:00.000Z'
    peers.activity.set(post.id, { count: 2, lastCommentedAt })
    await publishEvent(posts, 'comment.added', 'cmt_1', { postId: post.id })
    await waitForCount(posts, post.id, 2)
    const stored = await findStoredPost(posts, post.id)
    expect(stored).toMatchObject({ updatedAt: post.updatedAt, lastCommentedAt: new Date(lastCommentedAt) })
    expect(stored).not.toHaveProperty('eventSequence')
    peers.activity.set(post.id, { count: 0, lastCommentedAt: null })
    await publishEvent(posts, 'comment.hidden', 'cmt_1', { postId: post.id }, 2)
    await waitForCount(posts, post.id, 0)
    expect(await findStoredPost(posts, post.id)).toMatchObject({ lastCommentedAt: new Date(0) })
  })

  it('ignores older counts, and fetches no counts for events that do not change them', async () => {
    const [post, other] = [makePost(), makePost()]
    await posts.seed([post, other])
    const activity = {
      count: 3,
      lastCommentedAt: '2030-05-01T00:00:00.000Z',
      version: 7_000_002,
    }
    peers.activity.set(post.id, activity)
    peers.activity.set(other.id, { count: 1, lastCommentedAt: activity.lastCommentedAt })
    await publishEvent(posts, 'comment.added', 'cmt_2', { postId: post.id })
    await waitForCount(posts, post.id, 3)
    peers.activity.set(post.id, { ...activity, count: 1, version: 7_000_001 })
    const before = peers.requestedFields.length
    await publishEvent(posts, 'comment.edited', 'cmt_2', { postId: post.id }, 2)
    await publishEvent(posts, 'comment.praised', 'cmt_2', { postId: post.id }, 3)
    await publishEvent(posts, 'comment.added', 'cmt_2', { postId: post.id })
    await publishEvent(posts, 'comment.added', 'cmt_3', { postId: other.id })
    await waitForCount(posts, other.id, 1)
    expect(await findCommentCount(posts, post.id)).toBe(3)
    expect(peers.requestedFields.length - before).toBeLessThanOrEqual(2)
  })

  it('fetches the counts of 1,001 posts in batches of 500', async () => {
    const many = Array.from({ length: 1001 }, () => makePost())
    await posts.seed(many)
    for (const { id } of many) peers.activity.set(id, { count: 7, lastCommentedAt: null })
    await publishEvent(posts, 'feed.rebuild', 'comments')
    await waitUntil('all posts have their counts', async () => {
      return (await posts.connection.collection('posts').countDocuments({ commentCount: 7 })) === 1001
    })
  })

  it('does not add counts to the tombstone of a post that is removed permanently', async () => {
    const author = createViewer()
    const [post, other] = [makeDraft(author.id), makePost()]
    await posts.seed([post, other])
    await publishEvent(posts, 'user.deleted', author.id)
    await waitUntil(
      'the draft is removed',
      async () => (await findStoredPost(posts, post.id))?.['status'] === undefined,
    )
    for (const { id } of [post, other]) {
      peers.activity.set(id, { count: 9, lastCommentedAt: null })
      await publishEvent(posts, 'comment.deleted', `cmt_of_${id}`, { postId: id })
    }
    await waitForCount(posts, other.id, 9)
    expect(await findStoredPost(posts, post.id)).not.toHaveProperty('commentCount')
  })

  it('migrates posts of versions that stored no counts at the start', async () => {
    const [post, counted] = [makePost(), makePost()]
    await posts.seed([post, counted])
    const stored = posts.connection.collection<{ _id: string }>('posts')
    await stored.updateOne({ _id: post.id }, { $unset: { commentCount: 1, lastCommentedAt: 1 } })
    await stored.updateOne({ _id: counted.id }, { $set: { commentCount: 3 } })
    await posts.connection.collection('migrations').deleteMany({})
    await (await startSecondInstance(posts, peers)).close()
    const added = { commentCount: 0, lastCommentedAt: new Date(0) }
    expect(await findStoredPost(posts, post.id)).toMatchObject(added)
    expect(await findStoredPost(posts, counted.id)).toMatchObject({ commentCount: 3 })
  })
})

it('continues in a second process when the first one ends', async () => {
  const database = testDatabaseName('posts_two')
  const peers = createFakePeers()
  const first = await startPosts({ ...peers.clients, database })
  await waitUntilConsuming(first)
  const second = await startPosts({ ...peers.clients, database })
  const post = makePost()
  await second.seed([post])
  await first.close()
  peers.activity.set(post.id, { count: 4, lastCommentedAt: null })
  await publishEvent(second, 'comment.added', 'cmt_1', { postId: post.id })
  await waitForCount(second, post.id, 4)
  await second.close()
  await dropDatabase(database)
  await dropDatabase(`${database}_feed`)
})

it('sorts by exact counts and times of the comments subgraph, also after a rebuild', async () => {
  const port = await freePorts()
  const commentsUrl = localSubgraphUrl('comments', port)
  const posts = await startPosts({
    comments: createPeerClient({ name: 'comments', url: commentsUrl }),
    events: emptyPeer,
    users: emptyPeer,
  })
  const clients = {
    posts: createPeerClient({ name: 'posts', url: posts.url }),
    users: createPeerClient({ name: 'users', url: unreachableUrl }),
  }
  const comments = await startSubgraph((resources) => createCommentsSubgraph({ ...resources, ...clients }), {
    port: Number(new URL(commentsUrl).port),
  })
  const [silent, early, late] = [1, 2, 3].map((day) =>
    makePost({ createdAt: new Date(Date.UTC(2030, 0, day)) }),
  )
  if (!silent || !early || !late) throw new Error('three posts')
  await posts.seed([silent, early, late])
  const [author, moderator] = [createViewer(), createViewer('MODERATOR')]
  const change = async (name: string, type: string, input: object, postId: string, by: Viewer) => {
    const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const document = `mutation ($input: ${inputType}!) { ${name}(input: $input) { comment { id } userErrors { code } } }`
    const { comment } = (await comments.query(document, { input }, by))[name]
    await publishEvent(posts, type, comment.id, { postId })
    return comment.id as string
  }
  const add = ({ id }: { id: string }) =>
    change('addComment', 'comment.added', { postId: id, body: 'B' }, id, author)
  const [first] = [await add(early), await add(early)]
  await add(late)
  await waitForCount(posts, late.id, 1)
  await waitForCount(posts, early.id, 2)
  expect(await listPosts(posts, 'COMMENT_COUNT_DESC')).toEqual([early.id, late.id, silent.id])
  expect(await listPosts(posts, 'LAST_COMMENTED_AT_DESC')).toEqual([late.id, early.id, silent.id])
  await change('hideComment', 'comment.hidden', { commentId: first }, early.id, moderator)
  await waitForCount(posts, early.id, 1)
  expect(await listPosts(posts, 'COMMENT_COUNT_DESC')).toEqual([late.id, early.id, silent.id])
  await change('unhideComment', 'comment.unhidden', { commentId: first }, early.id, moderator)
  await waitForCount(posts, early.id, 2)

  const noActivity = {
    $set: { commentCount: 0, lastCommentedAt: new Date(0) },
    $unset: { commentsVersion: 1 },
  } as const
  await posts.connection.collection('posts').updateMany({}, noActivity)
  await publishEvent(posts, 'feed.rebuild', 'comments')
  await waitForCount(posts, early.id, 2)
  await waitForCount(posts, late.id, 1)
  expect(await listPosts(posts, 'COMMENT_COUNT_DESC')).toEqual([early.id, late.id, silent.id])
  expect(await listPosts(posts, 'LAST_COMMENTED_AT_DESC')).toEqual([late.id, early.id, silent.id])
  await comments.close()
  await posts.close()
  for (const peer of Object.values(clients)) await peer.close()
})
