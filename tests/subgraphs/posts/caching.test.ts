import { anonymous } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import {
  countInvalidatedResponses,
  findPublicOperations,
  openInvalidations,
  selectEachField,
  sendCacheable,
  type InvalidationReader,
} from '../../support/cache'
import { createViewer } from '../../support/subgraph'
import { findStoredPost, publishEvent, startPostsWithFakePeers } from './peers'
import { makeDraft, makePost, mutate, waitUntilPublished, type TestPosts } from './support'
import { waitUntil } from '../../support/processes'

let posts: TestPosts
let reader: InvalidationReader
beforeAll(async () => {
  posts = (await startPostsWithFakePeers()).posts
  reader = await openInvalidations(posts, 'posts')
})
afterAll(async () => {
  reader.close()
  await posts.close()
})

const author = createViewer()
const viewers = [anonymous, createViewer(), author, createViewer('MODERATOR'), createViewer('ADMIN')]
const fetchEntities = (type: string, selection: string) =>
  `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${selection} } } }`
const refer = (type: string, ...ids: string[]) => ({ of: ids.map((id) => ({ __typename: type, id })) })
const page = '{ nodes { id title author { id } event { id } } pageInfo { hasNextPage endCursor } }'

it('caches only responses that are the same for all viewers', async () => {
  const [about, authorId] = [newId('Event'), author.id]
  const published = makePost({ authorId, eventId: about })
  const draft = makeDraft(authorId, { eventId: about })
  const deleted = makePost({ authorId })
  await posts.seed([published, draft, deleted, makePost({ authorId: null })])
  await mutate(posts, 'deletePost', { postId: deleted.id }, author)
  const readPost = (id: string, selection: string) => ({
    document: `query ($id: ID!) { post(id: $id) { ${selection} } }`,
    variables: { id },
  })
  const objects = [
    ...selectEachField('posts', 'Post').map((selection) => readPost(published.id, selection)),
    ...[published.id, draft.id, deleted.id, newId('Post')].flatMap((id) => [
      readPost(id, 'id title'),
      { document: fetchEntities('Post', 'id title'), variables: refer('Post', published.id, id) },
    ]),
  ]
  const filters = [
    '',
    '(filter: { tag: "a" })',
    `(filter: { eventId: "${about}" })`,
    `(filter: { authorId: "${authorId}", statuses: [PUBLISHED, DRAFT] })`,
    '(filter: { statuses: [DRAFT] })',
    '(filter: { search: "title" })',
    '(orderBy: PUBLISHED_AT_ASC, first: 2)',
    '(orderBy: COMMENT_COUNT_DESC)',
  ]
  const lists = [
    ...filters.map((args) => ({ document: `{ posts${args} ${page} }` })),
    { document: '{ posts { totalCount } }' },
    { document: `{ posts { nodes { author { posts ${page} } } } }` },
    { document: fetchEntities('User', `posts ${page}`), variables: refer('User', authorId) },
    { document: fetchEntities('Event', `posts ${page}`), variables: refer('Event', about) },
    { document: `{ a: posts ${page} b: post(id: "${published.id}") { title } }` },
    { document: '{ __schema { queryType { name } } posts { nodes { id } } }' },
  ]
  const cached = await findPublicOperations(posts, [...objects, ...lists], viewers)
  const fields = new Set(
    cached.flatMap(({ document }) => /post\(id: \$id\) \{ (\w+)/.exec(document)?.[1] ?? []),
  )
  const isViewers = (field: string) => field.startsWith('viewer')
  const all = [...new Set(selectEachField('posts', 'Post').map((selection) => selection.split(' ')[0] ?? ''))]
  expect([...fields]).toEqual(all.filter((field) => !isViewers(field)))
  expect(lists.map((list) => cached.includes(list))).toEqual([
    ...[true, true, true, false, false, false, true, false],
    ...[false, false, true, true, true, false],
  ])
})

it('invalidates each cached response that a write changes', async () => {
  const [about, other, user] = [newId('Event'), newId('Event'), createViewer()]
  const operations = [
    { document: `{ posts(first: 5) ${page} }` },
    { document: `{ posts(filter: { eventId: "${other}" }) ${page} }` },
    { document: fetchEntities('User', `posts ${page}`), variables: refer('User', user.id) },
    { document: fetchEntities('Event', `posts ${page}`), variables: refer('Event', about) },
    { document: fetchEntities('Event', `posts ${page}`), variables: refer('Event', other) },
  ]
  const post = makePost({ authorId: user.id, eventId: about })
  const draft = makeDraft(user.id, { eventId: about })
  await posts.seed([post, draft])
  for (const { id } of [post, draft]) {
    operations.push({ document: '{ post(id: "' + id + '") { title tags author { id } event { id } } }' })
    operations.push({
      document: fetchEntities('Post', 'title body author { id } event { id } deletedAt'),
      variables: refer('Post', id),
    })
  }
  await publishEvent(posts, 'event.created', other, { status: 'PUBLISHED', organizerId: user.id })
  await waitUntil('the event is projected', async () =>
    posts.connection
      .collection<{ _id: string }>('known_events')
      .findOne({ _id: other })
      .then((found) => found !== null),
  )
  const moderator = createViewer('MODERATOR')
  const restore = (postId: string) =>
    posts.query(
      'mutation ($input: RestorePostInput!) { restorePost(input: $input) { post { id } } }',
      {
        input: { postId },
      },
      moderator,
    )
  const [postId, draftId] = [post.id, draft.id]
  const writes: [string, () => Promise<unknown>, number, (() => Promise<boolean>)?][] = [
    ['creates a draft', () => mutate(posts, 'createPost', { title: 'T', body: '' }, user), 0],
    ['creates a post', () => mutate(posts, 'createPost', { title: 'T', body: '', publish: true }, user), 2],
    ['edits the draft', () => mutate(posts, 'updatePost', { postId: draftId, title: 'New' }, user), 0],
    ['publishes the draft', () => mutate(posts, 'publishPost', { postId: draftId }, user), 3],
    ['edits a title', () => mutate(posts, 'updatePost', { postId, title: 'New' }, user), 5],
    ['moves to another event', () => mutate(posts, 'updatePost', { postId, eventId: other }, user), 7],
    ['deletes a post', () => mutate(posts, 'deletePost', { postId }, moderator), 6],
    ['restores it', () => restore(postId), 4],
    [
      'deletes its event',
      () => publishEvent(posts, 'event.deleted', other, {}, 2),
      6,
      async () => (await findStoredPost(posts, postId))?.['eventId'] === null,
    ],
    [
      'deletes its author',
      () => publishEvent(posts, 'user.deleted', user.id, { contentKey: 'key' }),
      6,
      async () => (await findStoredPost(posts, postId))?.['authorId'] === null,
    ],
  ]
  for (const [name, write, expected, isDone = async () => true] of writes) {
    const changed = await countInvalidatedResponses(posts, reader, operations, write, async () => {
      await waitUntil(`the cascade of '${name}'`, isDone)
      await waitUntilPublished(posts)
    })
    expect([name, changed >= Math.min(expected, 1)]).toEqual([name, true])
  }
})

it('names the tags that a mutation has invalidated, and their domain events in the stream', async () => {
  const created = await sendCacheable(
    posts,
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }',
    { input: { title: 'T', body: 'B', publish: true } },
    author,
  )
  const { id } = created.data.createPost.post
  expect(created).toMatchObject({ maxAge: 0, invalidated: ['posts', id, author.id] })
  await waitUntilPublished(posts)
  await reader.takeTags()
  const [event] = reader.messages.filter(({ data }) => data.events?.[0] === created.positions[0])
  expect(event).toMatchObject({ type: 'invalidate', data: { tags: created.invalidated } })
})

it('resumes the stream after a position, and resets it after an unknown one or a rebuild', async () => {
  const start = await posts.eventLog.readNewestPosition('posts')
  const { payload } = await mutate(posts, 'createPost', { title: 'T', body: '', publish: true }, author)
  await waitUntilPublished(posts)
  await publishEvent(posts, 'feed.rebuild', 'posts')
  const resumed = await openInvalidations(posts, 'posts', start)
  const lost = await openInvalidations(posts, 'posts', 'unknown')
  await resumed.takeTags()
  const listTypes = ({ messages }: InvalidationReader) => [...new Set(messages.map(({ type }) => type))]
  expect(listTypes(resumed)).toEqual(['invalidate', 'reset', 'current'])
  expect(resumed.messages[0]?.data.tags).toContain(payload.post.id)
  expect(listTypes(lost)).toEqual(['reset', 'current'])
  resumed.close()
  lost.close()
})

it('opens the stream to services only', async () => {
  const response = await fetch(new URL('/cache-invalidations', posts.url))
  expect(response.status).toBe(401)
  await response.text()
})

it('sends no tags to a caller that stores nothing', async () => {
  const post = makePost()
  await posts.seed([post])
  const read = (headers: Record<string, string>) =>
    sendCacheable(posts, fetchEntities('Post', 'title'), refer('Post', post.id), anonymous, headers)
  expect(await read({})).toMatchObject({ tags: [[post.id]] })
  expect(await read({ 'cache-control': 'no-store' })).toMatchObject({ maxAge: 0, tags: [['']] })
})

it('sends one group of tags for each entity, and none for IDs that a header cannot contain', async () => {
  const document = fetchEntities('Event', 'posts(first: 3) { nodes { title } }')
  const { tags, maxAge } = await sendCacheable(posts, document, refer('Event', 'evt_a', 'evt_b'))
  expect({ tags, maxAge }).toEqual({
    maxAge: 3600,
    tags: [
      ['evt_a', 'lists'],
      ['evt_b', 'lists'],
    ],
  })
  expect(await sendCacheable(posts, document, refer('Event', 'evt_\n,;'))).toMatchObject({ maxAge: 0 })
})
