import { createViewer } from '../../support/subgraph'
import { openInvalidations, sendCacheable } from '../../support/cache'
import { makePost, startPosts, waitUntilPublished, emptyPeer, type TestPosts } from './support'

let posts: TestPosts
beforeAll(async () => {
  posts = await startPosts({ comments: emptyPeer, events: emptyPeer, users: emptyPeer })
})
afterAll(() => posts.close())

const feed =
  'query ($first: Int!) { posts(first: $first) { nodes { id title author { id } } pageInfo { endCursor } } }'

it('caches the feed until a post is published', async () => {
  const post = makePost()
  await posts.seed([post])
  const reader = await openInvalidations(posts, 'posts')
  const author = createViewer()
  const { maxAge, tags } = await sendCacheable(posts, feed, { first: 3 }, author)
  expect({ maxAge, tags }).toEqual({ maxAge: 3600, tags: [['posts']] })
  const created = await sendCacheable(
    posts,
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }',
    { input: { title: 'T', body: 'B', publish: true } },
    author,
  )
  const { id } = created.data.createPost.post
  expect(created).toMatchObject({ maxAge: 0, invalidated: ['posts', id, author.id] })
  await waitUntilPublished(posts)
  expect(await reader.takeTags()).toEqual(new Set(['posts', id, author.id]))
  expect(reader.messages.filter(({ type }) => type === 'invalidate').map(({ data }) => data.events)).toEqual([
    created.positions,
  ])
  reader.close()
})

it('sends one group of tags for each entity', async () => {
  const document = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on Event { posts(first: 3) { nodes { title } } } }
  }`
  const representations = ['a', 'b'].map((id) => ({ __typename: 'Event', id: `evt_${id}` }))
  const { tags, maxAge } = await sendCacheable(posts, document, { representations })
  expect({ tags, maxAge }).toEqual({
    maxAge: 3600,
    tags: [
      ['evt_a', 'lists'],
      ['evt_b', 'lists'],
    ],
  })
})
