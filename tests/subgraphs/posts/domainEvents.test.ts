import type { DomainEvent } from '../../../packages/event-log/eventLog'
import type { Post } from '../../../subgraphs/posts/domain/post'
import { holdPublication } from '../../support/outbox'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  waitForPosition,
  openSubscription,
  waitForResults,
  readResults,
} from '../../packages/subgraph-kit/subscriptions/support'
import { createRepositoryWithoutRelay } from './peers'
import { makeDraft, emptyPeer, makePost, mutate, startPosts, type TestPosts } from './support'

let posts: TestPosts
const published: DomainEvent[] = []
const stop = new AbortController()
beforeAll(async () => {
  posts = await startPosts({ comments: emptyPeer, events: emptyPeer, users: emptyPeer })
  const deliveries = await posts.eventLog.subscribe('posts', { signal: stop.signal })
  void (async () => {
    for await (const { event } of deliveries) published.push(event)
  })().catch(() => undefined)
})
afterAll(async () => {
  stop.abort()
  await posts.close()
})

const byAuthor = ({ authorId }: Pick<Post, 'authorId'>) => ({ removedBy: 'AUTHOR', authorId }) as const

const listEvents = (id: string) =>
  published
    .filter(({ entity }) => entity === id)
    .map(({ type, sequence, data }) => ({ type, sequence, data }))
const waitForEvents = (id: string, count: number) =>
  waitUntil(`${count} events of ${id} are published`, () => listEvents(id).length >= count)

async function createPost(author = createViewer(), input: object = {}): Promise<string> {
  const { payload } = await mutate(posts, 'createPost', { title: 'T', body: 'B', ...input }, author)
  return payload.post.id
}

const fetchFacts = async (ids: readonly string[]) => {
  const document = 'query ($ids: [ID!]) { postFacts(ids: $ids) { id sequence status authorId } }'
  const service = { kind: 'service', name: 'tests' } as const
  return (await posts.query(document, { ids }, service)).postFacts
}

describe('the domain events of a post', () => {
  it('name the people whom only the new, or only the previous text of a published post mentions', async () => {
    const author = createViewer()
    const postId = await createPost(author, { body: 'By @ada' })
    const update = (body: string) => mutate(posts, 'updatePost', { postId, body }, author)
    await update('By @ada, @alan and @grace')
    await mutate(posts, 'publishPost', { postId }, author)
    await update('By @ada and @grace')
    await update('$set By @ada, @barbara and @grace')
    await waitForEvents(postId, 4)
    expect(listEvents(postId).map(({ type, data }) => [type, data['mentions']])).toEqual([
      ['post.created', ['ada']],
      ['post.published', ['ada', 'alan', 'grace']],
      ['post.edited', undefined],
      ['post.edited', ['barbara']],
    ])
    expect(listEvents(postId).map(({ data }) => data['removedMentions'])).toEqual([
      undefined,
      undefined,
      ['alan'],
      undefined,
    ])
    expect((await fetchFacts([postId]))[0]).toMatchObject({ sequence: 4, status: 'PUBLISHED' })
  })

  it('are published for its creation, publication, update and deletion, but not for the update of a draft', async () => {
    const author = createViewer()
    const postId = await createPost(author)
    await mutate(posts, 'updatePost', { postId, title: 'Newer' }, author)
    await mutate(posts, 'publishPost', { postId }, author)
    await mutate(posts, 'publishPost', { postId }, author)
    await mutate(posts, 'updatePost', { postId, title: 'Newest' }, author)
    const data = { status: 'PUBLISHED', authorId: author.id, eventId: null }
    expect(await fetchFacts([postId])).toEqual([
      { id: postId, sequence: 3, status: 'PUBLISHED', authorId: author.id },
    ])
    await mutate(posts, 'deletePost', { postId }, author)
    await waitForEvents(postId, 4)
    expect(listEvents(postId)).toEqual([
      { type: 'post.created', sequence: 1, data: { ...data, status: 'DRAFT' } },
      { type: 'post.published', sequence: 2, data },
      { type: 'post.edited', sequence: 3, data },
      { type: 'post.deleted', sequence: 4, data: { removedBy: 'AUTHOR', authorId: author.id } },
    ])
    expect(await fetchFacts([postId])).toEqual([
      { id: postId, sequence: 4, status: 'DELETED', authorId: author.id },
    ])
  })

  it('name the mentioned handles, of the text that is published', async () => {
    const author = createViewer()
    const postId = await createPost(author, { body: 'Hello @ada' })
    await mutate(posts, 'updatePost', { postId, body: 'Hello @Grace and @alan' }, author)
    await mutate(posts, 'publishPost', { postId }, author)
    await waitForEvents(postId, 2)
    expect(listEvents(postId)).toMatchObject([
      { type: 'post.created', data: { status: 'DRAFT', mentions: ['ada'] } },
      { type: 'post.published', data: { status: 'PUBLISHED', mentions: ['grace', 'alan'] } },
    ])
  })

  it('are published from the outbox of a process that was killed before it published them', async () => {
    const post = makePost()
    const repository = createRepositoryWithoutRelay(posts)
    await repository.insert(post)
    await repository.deletePost(post.id, byAuthor(post), new Date())
    await waitForEvents(post.id, 2)
    expect(listEvents(post.id)).toMatchObject([{ type: 'post.created' }, { type: 'post.deleted' }])
  })
})

describe('a deleted post', () => {
  it('is not restored by an import, and is neither found nor changed', async () => {
    const author = createViewer()
    const post = makePost({ authorId: author.id, tags: ['once'], title: 'Unfindable' })
    await posts.seed([post])
    expect((await mutate(posts, 'deletePost', { postId: post.id }, author)).payload.deletedPostId).toBe(
      post.id,
    )
    await posts.seed([post])
    await waitForEvents(post.id, 1)
    expect(listEvents(post.id)).toEqual([
      { type: 'post.deleted', sequence: 1, data: { removedBy: 'AUTHOR', authorId: author.id } },
    ])
    const repository = createRepositoryWithoutRelay(posts)
    expect(await repository.findExistingIds([post.id])).toEqual(new Set())
    expect(await repository.importPosts([post])).toEqual({ inserted: 0 })
    const document = `query ($id: ID!, $of: [_Any!]!) {
      post(id: $id) { id }
      tagged: posts(filter: { tag: "once" }) { totalCount nodes { id } }
      searched: posts(filter: { search: "unfindable" }, orderBy: RELEVANCE) { nodes { id } }
      _entities(representations: $of) { ... on User { posts { totalCount nodes { id } } } }
    }`
    const of = [{ __typename: 'User', id: author.id }]
    expect(await posts.query(document, { id: post.id, of })).toEqual({
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

  it('sends each published post, filtered by tag if given, and nothing else', async () => {
    const all = await openSubscription(posts, document)
    const tagged = await openSubscription(posts, document, { variables: { tag: ' #Some  TAG' } })
    await Promise.all([waitForPosition(all), waitForPosition(tagged)])
    const author = createViewer()
    await createPost(author)
    const one = await createPost(author, { title: 'One', publish: true })
    const two = await createPost(author, { title: 'Two', tags: ['some-tag'] })
    await mutate(posts, 'updatePost', { postId: two, body: 'New' }, author)
    await mutate(posts, 'publishPost', { postId: two }, author)
    await Promise.all([waitForResults(all, 2), waitForResults(tagged, 1)])
    const createPublication = (id: string, title: string) => ({
      data: { postPublished: { post: { id, title, status: 'PUBLISHED', author: { id: author.id } } } },
    })
    expect(readResults(all).map(({ result }) => result)).toEqual([
      createPublication(one, 'One'),
      createPublication(two, 'Two'),
    ])
    expect(readResults(tagged).map(({ result }) => result)).toEqual([createPublication(two, 'Two')])
    all.stop()
    tagged.stop()
  })

  it('skips a post that is deleted before the event is delivered', async () => {
    const all = await openSubscription(posts, document)
    await waitForPosition(all)
    const repository = createRepositoryWithoutRelay(posts)
    const deleted = makePost()
    // The subgraph may find the new post in the outbox before it is deleted.
    const publication = holdPublication(posts.eventLog)
    await repository.insert(deleted)
    await repository.deletePost(deleted.id, byAuthor(deleted), new Date())
    publication.release()
    await waitForEvents(deleted.id, 2)
    const author = createViewer()
    const draft = makeDraft(author.id)
    await posts.seed([draft])
    await mutate(posts, 'publishPost', { postId: draft.id }, author)
    await waitForResults(all, 1)
    expect(readResults(all).map(({ result }) => result)).toMatchObject([
      { data: { postPublished: { post: { id: draft.id } } } },
    ])
    all.stop()
  })
})
