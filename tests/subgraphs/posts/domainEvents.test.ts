import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { begun, follow, received, resultsOf } from '../../packages/subgraph-kit/subscriptions/support'
import { findStoredPost, createRepositoryWithoutRelay } from './peers'
import {
  makeDraft,
  emptyPeer,
  makePost,
  mutate,
  startPosts,
  waitUntilPublished,
  type TestPosts,
} from './support'

let posts: TestPosts
const told: DomainEvent[] = []
const stop = new AbortController()
beforeAll(async () => {
  posts = await startPosts({ comments: emptyPeer, events: emptyPeer, users: emptyPeer })
  const deliveries = await posts.eventLog.subscribe('posts', { signal: stop.signal })
  void (async () => {
    for await (const { event } of deliveries) told.push(event)
  })().catch(() => undefined)
})
afterAll(async () => {
  stop.abort()
  await posts.close()
})

const toldOf = (id: string) =>
  told.filter(({ entity }) => entity === id).map(({ type, sequence, data }) => ({ type, sequence, data }))
const untilToldOf = (id: string, count: number) =>
  waitUntil(`${count} events of ${id} have come`, () => toldOf(id).length >= count)

async function create(author = createViewer(), input: object = {}): Promise<string> {
  const { payload } = await mutate(posts, 'createPost', { title: 'T', body: 'B', ...input }, author)
  return payload.post.id
}

const factsOf = async (ids: readonly string[]) => {
  const document = 'query ($ids: [ID!]) { postFacts(ids: $ids) { id sequence status authorId } }'
  const service = { kind: 'service', name: 'tests' } as const
  return (await posts.query(document, { ids }, service)).postFacts
}

describe('the feed is told', () => {
  it('of a draft, its publication and its end, but not of a change to its text', async () => {
    const author = createViewer()
    const postId = await create(author)
    await mutate(posts, 'publishPost', { postId }, author)
    await mutate(posts, 'publishPost', { postId }, author)
    await mutate(posts, 'updatePost', { postId, title: 'New' }, author)
    expect(await factsOf([postId])).toEqual([
      { id: postId, sequence: 2, status: 'PUBLISHED', authorId: author.id },
    ])
    await mutate(posts, 'deletePost', { postId }, author)
    await untilToldOf(postId, 3)
    expect(toldOf(postId)).toEqual([
      { type: 'post.created', sequence: 1, data: { status: 'DRAFT', authorId: author.id } },
      { type: 'post.published', sequence: 2, data: { status: 'PUBLISHED', authorId: author.id } },
      { type: 'post.deleted', sequence: 3, data: {} },
    ])
    await waitUntilPublished(posts)
    const left = { _id: postId, deletedAt: expect.any(Date), eventSequence: 3 }
    expect(await findStoredPost(posts, postId)).toEqual(left)
    expect(await factsOf([postId])).toEqual([])
  })

  it('of what a process wrote that was killed before it told', async () => {
    const post = makePost()
    const repository = createRepositoryWithoutRelay(posts)
    await repository.insert(post)
    await repository.remove(post.id, new Date())
    await untilToldOf(post.id, 2)
    expect(toldOf(post.id)).toMatchObject([{ type: 'post.created' }, { type: 'post.deleted' }])
  })
})

describe('what is deleted', () => {
  it('no import brings back, and no read shows', async () => {
    const author = createViewer()
    const post = makePost({ authorId: author.id, tags: ['once'], title: 'Unfindable' })
    await posts.seed([post])
    expect((await mutate(posts, 'deletePost', { postId: post.id }, author)).payload.deletedPostId).toBe(
      post.id,
    )
    await posts.seed([post])
    await untilToldOf(post.id, 1)
    expect(toldOf(post.id)).toEqual([{ type: 'post.deleted', sequence: 1, data: {} }])
    const repository = createRepositoryWithoutRelay(posts)
    expect(await repository.existing([post.id])).toEqual(new Set())
    expect(await repository.importPosts([post])).toEqual({ inserted: 0 })
    const document = `query ($id: ID!, $of: [_Any!]!) {
      post(id: $id) { id }
      tagged: posts(filter: { tag: "once" }) { totalCount nodes { id } }
      searched: posts(filter: { search: "unfindable" }, orderBy: RELEVANCE) { nodes { id } }
      _entities(representations: $of) { ... on User { posts { totalCount nodes { id } } } }
    }`
    const of = [{ __typename: 'User', id: author.id }]
    expect(await posts.query(document, { id: post.id, of }, author)).toEqual({
      post: null,
      tagged: { totalCount: 0, nodes: [] },
      searched: { nodes: [] },
      _entities: [{ posts: { totalCount: 0, nodes: [] } }],
    })
    for (const name of ['updatePost', 'publishPost', 'deletePost'] as const) {
      const { payload } = await mutate(posts, name, { postId: post.id }, author)
      expect(payload.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    }
  })
})

describe('postPublished', () => {
  const document = `subscription ($tag: String) { postPublished(tag: $tag) { post { id title status author { id } } } }`

  it('tells of every publication and of nothing else, with a tag of those that have it', async () => {
    const all = await follow(posts, document)
    const tagged = await follow(posts, document, { variables: { tag: ' #Some  TAG' } })
    await Promise.all([begun(all), begun(tagged)])
    const author = createViewer()
    await create(author)
    const one = await create(author, { title: 'One', publish: true })
    const two = await create(author, { title: 'Two', tags: ['some-tag'] })
    await mutate(posts, 'updatePost', { postId: two, body: 'New' }, author)
    await mutate(posts, 'publishPost', { postId: two }, author)
    await Promise.all([received(all, 2), received(tagged, 1)])
    const tells = (id: string, title: string) => ({
      data: { postPublished: { post: { id, title, status: 'PUBLISHED', author: { id: author.id } } } },
    })
    expect(resultsOf(all).map(({ result }) => result)).toEqual([tells(one, 'One'), tells(two, 'Two')])
    expect(resultsOf(tagged).map(({ result }) => result)).toEqual([tells(two, 'Two')])
    all.stop()
    tagged.stop()
  })

  it('passes over what is deleted by the time it is told', async () => {
    const all = await follow(posts, document)
    await begun(all)
    const repository = createRepositoryWithoutRelay(posts)
    const gone = makePost()
    await repository.insert(gone)
    await repository.remove(gone.id, new Date())
    await untilToldOf(gone.id, 2)
    const author = createViewer()
    const draft = makeDraft(author.id)
    await posts.seed([draft])
    await mutate(posts, 'publishPost', { postId: draft.id }, author)
    await received(all, 1)
    expect(resultsOf(all).map(({ result }) => result)).toMatchObject([
      { data: { postPublished: { post: { id: draft.id } } } },
    ])
    all.stop()
  })
})
