import { newId } from '../../../schema/ids'
import type { Post } from '../../../subgraphs/posts/domain/post'
import { createViewer } from '../../support/subgraph'
import { makeDraft, readSingleError, makePost, mutate, startPosts, type TestPosts } from './support'

let posts: TestPosts
const author = createViewer()
const eventId = newId('Event')
/** 25 posts of one author about one event, five of them at each of five times. */
const many = Array.from({ length: 25 }, (_, index) =>
  makePost({
    id: newId('Post'),
    title: `Number ${index} ${index % 3 === 0 ? 'word word' : 'word'}`,
    tags: ['paged'],
    authorId: author.id,
    eventId,
    createdAt: new Date(Date.UTC(2030, 0, 1 + Math.floor(index / 5))),
  }),
)
const drafts = [
  makeDraft(author.id, { tags: ['paged'], createdAt: new Date(Date.UTC(2030, 0, 4)) }),
  makeDraft(author.id, { tags: ['paged'], createdAt: new Date(Date.UTC(2031, 0, 1)) }),
]
let clock = new Date('2030-06-01T00:00:00Z')
beforeAll(async () => {
  posts = await startPosts({ now: () => clock })
  await posts.seed([...many, ...drafts, ...Array.from({ length: 20 }, () => makePost())])
  for (const post of many) {
    const activity = { commentCount: commentCount(post), lastCommentedAt: lastCommentedAt(post) }
    await posts.connection
      .collection<{ _id: string }>('posts')
      .updateOne({ _id: post.id }, { $set: activity })
  }
})
afterAll(() => posts.close())

const sortLatestFirst = (list: readonly Post[]): string[] =>
  [...list]
    .sort((a, b) => {
      const [timeA, timeB] = [a, b].map((post) => (post.publishedAt ?? post.updatedAt).getTime())
      return Number(timeB) - Number(timeA) || (a.id < b.id ? 1 : -1)
    })
    .map(({ id }) => id)

/** Several posts have equal values, and some have no comments. */
const commentCount = (post: Post): number => many.indexOf(post) % 4
const lastCommentedAt = (post: Post): Date =>
  new Date(commentCount(post) === 0 ? 0 : Date.UTC(2030, 1, many.indexOf(post) % 3))

const sortDescending = (value: (post: Post) => number): string[] => {
  const latest = sortLatestFirst(many)
  const byValue = [...many].sort((a, b) => value(b) - value(a) || latest.indexOf(a.id) - latest.indexOf(b.id))
  return byValue.map(({ id }) => id)
}

const connection =
  '{ totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }'
const variableDefinitions = '$first: Int, $after: String, $last: Int, $before: String'
const pageArguments = 'first: $first, after: $after, last: $last, before: $before'

interface Found {
  totalCount: number
  edges: { cursor: string; node: { id: string } }[]
  nodes: { id: string }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
}
type Read = (page: object) => Promise<Found>

const readRootField =
  (filter: object, orderBy: string, viewer = author): Read =>
  async (page) => {
    const document = `query (${variableDefinitions}, $filter: PostFilter, $orderBy: PostOrder!) {
      posts(${pageArguments}, filter: $filter, orderBy: $orderBy) ${connection}
    }`
    return (await posts.query(document, { ...page, filter, orderBy }, viewer)).posts
  }

const readEntityField =
  (type: string, id: string): Read =>
  async (page) => {
    const document = `query (${variableDefinitions}, $of: [_Any!]!) {
      _entities(representations: $of) { ... on ${type} { posts(${pageArguments}) ${connection} } }
    }`
    return (await posts.query(document, { ...page, of: [{ __typename: type, id }] }))._entities[0].posts
  }

const expectedLatestFirst = sortLatestFirst(many)
const expectedEarliestFirst = [...expectedLatestFirst].reverse()
const lists: [string, Read, string[]][] = [
  ['posts by tag, latest first', readRootField({ tag: ' #PAGED' }, 'PUBLISHED_AT_DESC'), expectedLatestFirst],
  [
    'posts by tag, earliest first',
    readRootField({ tag: 'paged' }, 'PUBLISHED_AT_ASC'),
    expectedEarliestFirst,
  ],
  [
    'posts by tag, most commented first',
    readRootField({ tag: 'paged' }, 'COMMENT_COUNT_DESC'),
    sortDescending(commentCount),
  ],
  [
    'posts by author, latest commented first',
    readRootField({ authorId: author.id }, 'LAST_COMMENTED_AT_DESC'),
    sortDescending((post) => lastCommentedAt(post).getTime()),
  ],
  ['posts by author', readRootField({ authorId: author.id }, 'PUBLISHED_AT_DESC'), expectedLatestFirst],
  ['posts by event', readRootField({ eventId }, 'PUBLISHED_AT_DESC'), expectedLatestFirst],
  [
    'posts and drafts',
    readRootField({ tag: 'paged', statuses: ['PUBLISHED', 'DRAFT'] }, 'PUBLISHED_AT_DESC'),
    sortLatestFirst([...many, ...drafts]),
  ],
  [
    'posts by search, latest first',
    readRootField({ search: 'word' }, 'PUBLISHED_AT_DESC'),
    expectedLatestFirst,
  ],
  ['User.posts', readEntityField('User', author.id), expectedLatestFirst],
  ['Event.posts', readEntityField('Event', eventId), expectedLatestFirst],
]

describe.each(lists)('the list of %s', (_, read, expected) => {
  it.each([3, 25, 100])('is read forwards in pages of %i', async (first) => {
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const page: Found = await read({ first, after })
      expect(page.totalCount).toBe(expected.length)
      expect(page.nodes).toEqual(page.edges.map(({ node }) => node))
      expect(page.pageInfo).toEqual({
        hasNextPage: seen.length + page.nodes.length < expected.length,
        hasPreviousPage: seen.length > 0,
        startCursor: page.edges[0]?.cursor,
        endCursor: page.edges.at(-1)?.cursor,
      })
      seen.push(...page.nodes.map(({ id }) => id))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(seen).toEqual(expected)
  })

  it.each([3, 20])('is read backwards in pages of %i', async (last) => {
    const seen: string[] = []
    let before: string | null = null
    for (;;) {
      const page: Found = await read({ last, before })
      seen.unshift(...page.nodes.map(({ id }) => id))
      if (!page.pageInfo.hasPreviousPage) break
      before = page.pageInfo.startCursor
    }
    expect(seen).toEqual(expected)
  })

  it('has pages of 20 rows by default', async () => {
    expect((await read({})).nodes.map(({ id }) => id)).toEqual(expected.slice(0, 20))
  })
})

describe('a cursor', () => {
  const otherLists: [string, Read][] = [
    ['another tag', readRootField({ tag: 'other' }, 'PUBLISHED_AT_DESC')],
    ['no filter', readRootField({}, 'PUBLISHED_AT_DESC')],
    ['another order', readRootField({ tag: 'paged' }, 'PUBLISHED_AT_ASC')],
    ['the order by comments', readRootField({ tag: 'paged' }, 'COMMENT_COUNT_DESC')],
    ['other statuses', readRootField({ tag: 'paged', statuses: ['DRAFT'] }, 'PUBLISHED_AT_DESC')],
  ]
  it.each(otherLists)('is rejected by a list with %s', async (_, read) => {
    const { pageInfo } = await readRootField({ tag: 'paged' }, 'PUBLISHED_AT_DESC')({ first: 1 })
    await expect(read({ first: 1, after: pageInfo.endCursor })).rejects.toThrow('BAD_USER_INPUT')
  })

  it('of one author is rejected by the list of another', async () => {
    const { pageInfo } = await readEntityField('User', author.id)({ first: 1 })
    const document = `query ($after: String, $of: [_Any!]!) {
      _entities(representations: $of) { ... on User { posts(after: $after) { nodes { id } } } }
    }`
    const of = [{ __typename: 'User', id: newId('User') }]
    const response = await posts.send(document, { after: pageInfo.endCursor, of })
    expect(readSingleError(response)).toEqual({
      code: 'BAD_USER_INPUT',
      path: ['_entities', 0, 'posts'],
      argument: ['after'],
    })
  })

  it('stays valid when its row is deleted', async () => {
    const read = readRootField({ tag: 'deleted-row' }, 'PUBLISHED_AT_DESC')
    const three = [1, 2, 3].map((day) =>
      makePost({ tags: ['deleted-row'], createdAt: new Date(Date.UTC(2030, 0, day)) }),
    )
    await posts.seed(three)
    const { pageInfo } = await read({ first: 2 })
    await posts.connection.collection<{ _id: string }>('posts').deleteOne({ _id: String(three[1]?.id) })
    expect((await read({ first: 2, after: pageInfo.endCursor })).nodes).toEqual([{ id: three[0]?.id }])
  })
})

describe('a draft', () => {
  it('is sorted by its last update, and by its publication once published', async () => {
    const viewer = createViewer()
    const [early, late] = [1, 3].map((day) =>
      makeDraft(viewer.id, { createdAt: new Date(Date.UTC(2030, 0, day)) }),
    )
    const between = makePost({ authorId: viewer.id, createdAt: new Date(Date.UTC(2030, 0, 2)) })
    if (!early || !late) throw new Error('two drafts')
    await posts.seed([early, late, between])
    const read = async () =>
      (
        await readRootField(
          { authorId: viewer.id, statuses: ['DRAFT', 'PUBLISHED'] },
          'PUBLISHED_AT_DESC',
          viewer,
        )({})
      ).nodes
    expect(await read()).toEqual([late, between, early].map(({ id }) => ({ id })))
    clock = new Date(Date.UTC(2030, 0, 4))
    await mutate(posts, 'updatePost', { postId: between.id, title: 'New' }, viewer)
    expect(await read()).toEqual([late, between, early].map(({ id }) => ({ id })))
    await mutate(posts, 'updatePost', { postId: early.id, title: 'New' }, viewer)
    expect(await read()).toEqual([early, late, between].map(({ id }) => ({ id })))
    clock = new Date(Date.UTC(2030, 0, 5))
    await mutate(posts, 'publishPost', { postId: late.id }, viewer)
    expect(await read()).toEqual([late, early, between].map(({ id }) => ({ id })))
  })
})
