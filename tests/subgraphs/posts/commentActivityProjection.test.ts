import { createCommentsSubgraph } from '../../../subgraphs/comments/subgraph'
import { localSubgraphUrl } from '../../../packages/platform/config/subgraphs'
import { createPeerClient } from '../../../packages/subgraph-kit/peerClient'
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

const listed = async (posts: TestPosts, orderBy: string): Promise<string[]> => {
  const document = 'query ($orderBy: PostOrder!) { posts(orderBy: $orderBy) { nodes { id } } }'
  const { nodes } = (await posts.query(document, { orderBy })).posts
  return nodes.map(({ id }: { id: string }) => id)
}
const countOf = async (posts: TestPosts, id: string) => (await findStoredPost(posts, id))?.['commentCount']
const untilCount = (posts: TestPosts, id: string, count: number) =>
  waitUntil(`${count} comments are counted`, async () => (await countOf(posts, id)) === count)

describe('with what comments say', () => {
  let posts: TestPosts
  let others: FakePeers
  beforeAll(async () => {
    ;({ posts, others } = await startPostsWithFakePeers())
  })
  afterAll(() => posts.close())

  it('a comment changes the count, and neither the time of the last change nor what is told', async () => {
    const post = makePost()
    await posts.seed([post])
    const lastCommentedAt = '2030-05-01T00:00:00.000Z'
    others.activity.set(post.id, { count: 2, lastCommentedAt })
    await publishEvent(posts, 'comment.added', 'cmt_1', { postId: post.id })
    await untilCount(posts, post.id, 2)
    const stored = await findStoredPost(posts, post.id)
    expect(stored).toMatchObject({ updatedAt: post.updatedAt, lastCommentedAt: new Date(lastCommentedAt) })
    expect(stored).not.toHaveProperty('eventSequence')
    others.activity.set(post.id, { count: 0, lastCommentedAt: null })
    await publishEvent(posts, 'comment.hidden', 'cmt_1', { postId: post.id }, 2)
    await untilCount(posts, post.id, 0)
    expect(await findStoredPost(posts, post.id)).toMatchObject({ lastCommentedAt: new Date(0) })
  })

  it('an older count does not count, and what is no news is not asked for', async () => {
    const [post, other] = [makePost(), makePost()]
    await posts.seed([post, other])
    const said = { count: 3, lastCommentedAt: '2030-05-01T00:00:00.000Z', asOf: '2030-06-01T00:00:00.000Z' }
    others.activity.set(post.id, said)
    others.activity.set(other.id, { count: 1, lastCommentedAt: said.lastCommentedAt })
    await publishEvent(posts, 'comment.added', 'cmt_2', { postId: post.id })
    await untilCount(posts, post.id, 3)
    others.activity.set(post.id, { ...said, count: 1, asOf: '2030-05-31T00:00:00.000Z' })
    const before = others.asked.length
    await publishEvent(posts, 'comment.edited', 'cmt_2', { postId: post.id }, 2)
    await publishEvent(posts, 'comment.praised', 'cmt_2', { postId: post.id }, 3)
    await publishEvent(posts, 'comment.added', 'cmt_2', { postId: post.id })
    await publishEvent(posts, 'comment.added', 'cmt_3', { postId: other.id })
    await untilCount(posts, other.id, 1)
    expect(await countOf(posts, post.id)).toBe(3)
    expect(others.asked.length - before).toBeLessThanOrEqual(2)
  })

  it('a thousand posts of one batch are asked for by 500', async () => {
    const many = Array.from({ length: 1001 }, () => makePost())
    await posts.seed(many)
    for (const { id } of many) others.activity.set(id, { count: 7, lastCommentedAt: null })
    await publishEvent(posts, 'feed.rebuild', 'comments')
    await waitUntil('all are counted', async () => {
      return (await posts.connection.collection('posts').countDocuments({ commentCount: 7 })) === 1001
    })
  })

  it('a deleted post stays as it is', async () => {
    const author = createViewer()
    const [post, other] = [makeDraft(author.id), makePost()]
    await posts.seed([post, other])
    await posts.query(
      'mutation ($id: ID!) { deletePost(input: { postId: $id }) { deletedPostId } }',
      { id: post.id },
      author,
    )
    for (const { id } of [post, other]) {
      others.activity.set(id, { count: 9, lastCommentedAt: null })
      await publishEvent(posts, 'comment.deleted', `cmt_of_${id}`, { postId: id })
    }
    await untilCount(posts, other.id, 9)
    expect(await findStoredPost(posts, post.id)).not.toHaveProperty('commentCount')
  })

  it('what was stored before posts were told of comments is brought up to date at the start', async () => {
    const post = makePost()
    await posts.seed([post])
    await posts.connection
      .collection<{ _id: string }>('posts')
      .updateOne({ _id: post.id }, { $unset: { commentCount: 1, lastCommentedAt: 1 } })
    await (await startSecondInstance(posts, others)).close()
    expect(await findStoredPost(posts, post.id)).toMatchObject({
      commentCount: 0,
      lastCommentedAt: new Date(0),
    })
  })
})

it('another process takes over where the first one ends', async () => {
  const database = testDatabaseName('posts_two')
  const others = createFakePeers()
  const first = await startPosts({ ...others.peers, database })
  await waitUntilConsuming(first)
  const second = await startPosts({ ...others.peers, database })
  const post = makePost()
  await second.seed([post])
  await first.close()
  others.activity.set(post.id, { count: 4, lastCommentedAt: null })
  await publishEvent(second, 'comment.added', 'cmt_1', { postId: post.id })
  await untilCount(second, post.id, 4)
  await second.close()
  await dropDatabase(database)
  await dropDatabase(`${database}_feed`)
})

it('with real comments: the counts and both orders are exact, also when everything is counted anew', async () => {
  const port = await freePorts()
  const commentsUrl = localSubgraphUrl('comments', port)
  const posts = await startPosts({
    comments: createPeerClient({ name: 'comments', url: commentsUrl }),
    events: emptyPeer,
    users: emptyPeer,
  })
  const peers = {
    posts: createPeerClient({ name: 'posts', url: posts.url }),
    users: createPeerClient({ name: 'users', url: unreachableUrl }),
  }
  const comments = await startSubgraph((tools) => createCommentsSubgraph({ ...tools, ...peers }), {
    port: Number(new URL(commentsUrl).port),
  })
  const [silent, early, late] = [1, 2, 3].map((day) =>
    makePost({ createdAt: new Date(Date.UTC(2030, 0, day)) }),
  )
  if (!silent || !early || !late) throw new Error('three posts')
  await posts.seed([silent, early, late])
  const author = createViewer('MODERATOR')
  const change = async (name: string, type: string, input: object, postId: string): Promise<string> => {
    const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const document = `mutation ($input: ${inputType}!) { ${name}(input: $input) { comment { id } userErrors { code } } }`
    const { comment } = (await comments.query(document, { input }, author))[name]
    await publishEvent(posts, type, comment.id, { postId })
    return comment.id
  }
  const add = ({ id }: { id: string }) => change('addComment', 'comment.added', { postId: id, body: 'B' }, id)
  const [first] = [await add(early), await add(early)]
  await add(late)
  await untilCount(posts, late.id, 1)
  await untilCount(posts, early.id, 2)
  expect(await listed(posts, 'COMMENT_COUNT_DESC')).toEqual([early.id, late.id, silent.id])
  expect(await listed(posts, 'LAST_COMMENTED_AT_DESC')).toEqual([late.id, early.id, silent.id])
  await change('hideComment', 'comment.hidden', { commentId: first }, early.id)
  await untilCount(posts, early.id, 1)
  expect(await listed(posts, 'COMMENT_COUNT_DESC')).toEqual([late.id, early.id, silent.id])
  await change('unhideComment', 'comment.unhidden', { commentId: first }, early.id)
  await untilCount(posts, early.id, 2)

  const nothing = {
    $set: { commentCount: 0, lastCommentedAt: new Date(0) },
    $unset: { commentsAsOf: 1 },
  } as const
  await posts.connection.collection('posts').updateMany({}, nothing)
  await publishEvent(posts, 'feed.rebuild', 'comments')
  await untilCount(posts, early.id, 2)
  expect(await listed(posts, 'COMMENT_COUNT_DESC')).toEqual([early.id, late.id, silent.id])
  expect(await listed(posts, 'LAST_COMMENTED_AT_DESC')).toEqual([late.id, early.id, silent.id])
  await comments.close()
  await posts.close()
  for (const peer of Object.values(peers)) await peer.close()
})
