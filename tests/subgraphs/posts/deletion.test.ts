import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { withoutOutbox } from '../../support/outbox'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { findStoredPost } from './peers'
import {
  makeDraft,
  makePost,
  readSingleError,
  startPosts,
  waitUntilPublished,
  type TestPosts,
} from './support'

const dayMs = 24 * 60 * 60 * 1000
let clock = new Date('2030-03-01T00:00:00Z')
let posts: TestPosts
const published: DomainEvent[] = []
const stop = new AbortController()
beforeAll(async () => {
  posts = await startPosts({ now: () => clock })
  const deliveries = await posts.eventLog.subscribe('posts', { signal: stop.signal })
  void (async () => {
    for await (const { event } of deliveries) published.push(event)
  })().catch(() => undefined)
})
afterAll(async () => {
  stop.abort()
  await posts.close()
})

const author = createViewer()
const moderatingAuthor = createViewer('MODERATOR')
const moderator = createViewer('MODERATOR')
const callers = {
  anonymous,
  member: createViewer(),
  author,
  moderator: createViewer('MODERATOR'),
  administrator: createViewer('ADMIN'),
} satisfies Record<string, Viewer>
type Caller = keyof typeof callers
const callerNames = Object.keys(callers) as Caller[]

const documents = {
  deletePost:
    'mutation ($id: ID!) { deletePost(input: { postId: $id }) { deletedPostId userErrors { code } } }',
  restorePost:
    'mutation ($id: ID!) { restorePost(input: { postId: $id }) { post { id } userErrors { code } } }',
  updatePost:
    'mutation ($id: ID!) { updatePost(input: { postId: $id, title: "New" }) { post { id } userErrors { code } } }',
  publishPost:
    'mutation ($id: ID!) { publishPost(input: { postId: $id }) { post { id } userErrors { code } } }',
}
type Act = keyof typeof documents

async function act(name: Act, id: string, viewer: Viewer): Promise<string> {
  const response = await posts.send(documents[name], { id }, viewer)
  const payload = response.data?.[name]
  if (!payload) return String(readSingleError(response).code)
  return payload.userErrors[0]?.code ?? 'allowed'
}

/** The states of a post, and the steps that lead to each. */
const states = {
  published: { isDraft: false, deletedBy: undefined },
  'deleted by its author': { isDraft: false, deletedBy: author },
  'removed by a moderator': { isDraft: false, deletedBy: moderator },
  'a draft deleted by its author': { isDraft: true, deletedBy: author },
} as const
type State = keyof typeof states

async function seedPost(state: State): Promise<string> {
  const { isDraft, deletedBy } = states[state]
  const post = isDraft ? makeDraft(author.id) : makePost({ authorId: author.id })
  await posts.seed([post])
  if (deletedBy) expect(await act('deletePost', post.id, deletedBy)).toBe('allowed')
  return post.id
}

type Outcomes = readonly [
  anonymous: string,
  member: string,
  author: string,
  moderator: string,
  administrator: string,
]
const ok = 'allowed'
const [signIn, no, none] = ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND']
const table: readonly [Act, State, Outcomes][] = [
  ['deletePost', 'published', [signIn, no, ok, ok, ok]],
  // Moderators take over the deletion.
  ['deletePost', 'deleted by its author', [signIn, none, none, ok, ok]],
  ['deletePost', 'removed by a moderator', [signIn, none, none, none, none]],
  ['deletePost', 'a draft deleted by its author', [signIn, none, none, none, none]],
  ['restorePost', 'published', [signIn, no, ok, ok, ok]],
  ['restorePost', 'deleted by its author', [signIn, none, ok, no, no]],
  ['restorePost', 'removed by a moderator', [signIn, none, no, ok, ok]],
  ['restorePost', 'a draft deleted by its author', [signIn, none, ok, none, none]],
  ['updatePost', 'deleted by its author', [signIn, none, none, none, none]],
  ['updatePost', 'removed by a moderator', [signIn, none, none, none, none]],
  ['publishPost', 'a draft deleted by its author', [signIn, none, none, none, none]],
]

it.each(
  table.flatMap(([name, state, outcomes]) =>
    callerNames.map((caller, index) => [name, state, caller, outcomes[index] ?? ''] as const),
  ),
)('%s of a post %s by %s: %s', async (name, state, caller, outcome) => {
  const id = await seedPost(state)
  const before = await findStoredPost(posts, id)
  expect(await act(name, id, callers[caller])).toBe(outcome)
  const after = await findStoredPost(posts, id)
  if (outcome !== ok) expect(withoutOutbox(after)).toEqual(withoutOutbox(before))
})

const visibility: readonly [State, readonly boolean[]][] = [
  ['published', [true, true, true, true, true]],
  ['deleted by its author', [false, false, true, true, true]],
  ['removed by a moderator', [false, false, true, true, true]],
  ['a draft deleted by its author', [false, false, true, false, false]],
]

it.each(
  visibility.flatMap(([state, sees]) =>
    callerNames.map((caller, index) => [state, caller, sees[index] ?? false] as const),
  ),
)('a post %s is visible to %s: %s, and in no list while it is deleted', async (state, caller, isVisible) => {
  const id = await seedPost(state)
  const document = `query ($id: ID!, $author: ID!, $of: [_Any!]!) {
    post(id: $id) { id deletedAt removedBy viewerCanUpdate }
    _entities(representations: $of) { ... on Post { id } ... on User { posts(first: 100) { nodes { id } } } }
    posts(first: 100, filter: { authorId: $author, statuses: [DRAFT, PUBLISHED] }) { nodes { id } }
    found: posts(first: 100, filter: { search: "title", authorId: $author, statuses: [DRAFT, PUBLISHED] }) { nodes { id } }
  }`
  const of = [
    { __typename: 'Post', id },
    { __typename: 'User', id: author.id },
  ]
  const viewer = callers[caller]
  const data = await posts.query(document, { id, author: author.id, of }, viewer)
  const { deletedBy } = states[state]
  expect(data.post).toEqual(
    isVisible
      ? {
          id,
          deletedAt: deletedBy ? clock.toISOString() : null,
          removedBy: deletedBy ? (deletedBy === author ? 'AUTHOR' : 'MODERATOR') : null,
          viewerCanUpdate: !deletedBy && caller === 'author',
        }
      : null,
  )
  expect(data._entities[0]).toEqual(isVisible ? { id } : null)
  for (const list of [data.posts, data.found, data._entities[1].posts]) {
    const ids = list.nodes.map((node: { id: string }) => node.id)
    expect(ids.includes(id)).toBe(!deletedBy)
  }
})

it('restores a post with its texts, counts and place in lists, and publishes a domain event', async () => {
  const post = makePost({ authorId: author.id, title: 'Phoenix', tags: ['ashes'] })
  await posts.seed([post])
  const document =
    'query ($id: ID!) { post(id: $id) { title body tags status publishedAt updatedAt deletedAt } }'
  const before = await posts.query(document, { id: post.id })
  const reason = 'Off topic'
  const remove =
    'mutation ($id: ID!, $reason: String) { deletePost(input: { postId: $id, reason: $reason }) { userErrors { code } } }'
  await posts.query(remove, { id: post.id, reason }, moderator)
  expect(await act('restorePost', post.id, moderator)).toBe(ok)
  expect(await posts.query(document, { id: post.id })).toEqual(before)
  const search = '{ posts(filter: { search: "phoenix" }, orderBy: RELEVANCE) { nodes { id } } }'
  expect((await posts.query(search)).posts.nodes).toEqual([{ id: post.id }])
  const events = () => published.filter(({ entity }) => entity === post.id)
  await waitUntil('both events are published', () => events().length === 2)
  const by = { authorId: author.id, moderatorId: moderator.id }
  expect(events()).toMatchObject([
    { type: 'post.deleted', data: { removedBy: 'MODERATOR', reason, ...by } },
    { type: 'post.restored', data: { status: 'PUBLISHED', ...by } },
  ])
})

it('does not let the author restore a post whose deletion a moderator has taken over', async () => {
  const id = await seedPost('deleted by its author')
  expect(await act('deletePost', id, moderator)).toBe(ok)
  expect(await act('restorePost', id, author)).toBe(no)
  expect(await act('restorePost', id, moderator)).toBe(ok)
})

it('limits the reason to 500 characters', async () => {
  const id = await seedPost('published')
  const document =
    'mutation ($id: ID!, $reason: String) { deletePost(input: { postId: $id, reason: $reason }) { userErrors { code field } } }'
  const { deletePost } = await posts.query(document, { id, reason: 'a'.repeat(501) }, moderator)
  expect(deletePost.userErrors).toEqual([{ code: 'TOO_LONG', field: ['reason'] }])
})

describe('of an author who is a moderator', () => {
  it.each<[Act, Viewer, string]>([
    ['restorePost', moderatingAuthor, no],
    ['deletePost', moderatingAuthor, none],
    ['restorePost', callers.moderator, ok],
    ['restorePost', callers.administrator, ok],
  ])('%s of a post that another moderator has removed: %o: %s', async (name, viewer, outcome) => {
    const post = makePost({ authorId: moderatingAuthor.id })
    await posts.seed([post])
    expect(await act('deletePost', post.id, moderator)).toBe(ok)
    expect(await act(name, post.id, viewer)).toBe(outcome)
  })
})

describe('as time passes', () => {
  const start = clock
  const setDay = (day: number) => {
    clock = new Date(start.getTime() + day * dayMs)
  }
  afterEach(() => setDay(0))

  const sees = async (id: string, viewer: Viewer): Promise<boolean> =>
    (await posts.query('query ($id: ID!) { post(id: $id) { body } }', { id }, viewer)).post !== null

  it.each<[State, 'author' | 'moderator', day: number, isVisible: boolean, restoration: string]>([
    ['deleted by its author', 'author', 29, true, ok],
    ['deleted by its author', 'author', 30, false, none],
    ['deleted by its author', 'moderator', 89, true, no],
    ['deleted by its author', 'moderator', 90, false, none],
    ['removed by a moderator', 'author', 29, true, no],
    ['removed by a moderator', 'author', 30, false, none],
    ['removed by a moderator', 'moderator', 29, true, ok],
    ['removed by a moderator', 'moderator', 30, true, 'EXPIRED'],
    ['removed by a moderator', 'moderator', 89, true, 'EXPIRED'],
    ['removed by a moderator', 'moderator', 90, false, none],
    ['a draft deleted by its author', 'author', 29, true, ok],
    ['a draft deleted by its author', 'author', 30, false, none],
  ])('a post %s: the %s after %i days sees it: %s, restores it: %s', async (state, caller, ...expected) => {
    const [day, isVisible, restoration] = expected
    const id = await seedPost(state)
    setDay(day)
    expect(await sees(id, callers[caller])).toBe(isVisible)
    expect(await act('restorePost', id, callers[caller])).toBe(restoration)
  })

  it('removes posts permanently after 90 days and drafts after 30, in a later process if the first was killed', async () => {
    const [removed, deleted] = [
      await seedPost('removed by a moderator'),
      await seedPost('deleted by its author'),
    ]
    const draft = await seedPost('a draft deleted by its author')
    const stored = posts.connection.collection<{ _id: string }>('posts')
    const countKept = (...ids: string[]) =>
      stored.countDocuments({ _id: { $in: ids }, status: { $exists: true } })
    const sweepUntil = async (isDone: () => Promise<boolean>) => {
      const next = await startPosts({ database: posts.connection.name, now: () => clock })
      await waitUntil('the posts are purged', isDone)
      await next.close()
    }
    setDay(30)
    await sweepUntil(async () => (await countKept(draft)) === 0)
    expect(await countKept(removed, deleted)).toBe(2)
    setDay(90)
    await sweepUntil(async () => (await countKept(removed, deleted)) === 0)
    await waitUntil('its event is published', () =>
      published.some(({ type, entity }) => type === 'post.purged' && entity === removed),
    )
    await waitUntilPublished(posts)
    const tombstone = await findStoredPost(posts, removed)
    expect(Object.keys(tombstone ?? {}).sort()).toEqual(['_id', 'deletedAt', 'eventSequence'])
  })
})

it('keeps deleted posts of earlier versions readable for moderators, once', async () => {
  const [id, draft] = [
    await seedPost('removed by a moderator'),
    await seedPost('a draft deleted by its author'),
  ]
  const stored = posts.connection.collection<{ _id: string; deletedAt: Date; purgeAt: Date }>('posts')
  const month = new Date(clock.getTime() + 30 * dayMs)
  await stored.updateMany({ _id: { $in: [id, draft] } }, { $set: { purgeAt: month } })
  await posts.connection.collection('migrations').deleteMany({})
  await (await startPosts({ database: posts.connection.name, now: () => clock })).close()
  expect((await stored.findOne({ _id: id }))?.purgeAt).toEqual(new Date(clock.getTime() + 90 * dayMs))
  expect((await stored.findOne({ _id: draft }))?.purgeAt).toEqual(month)
})
