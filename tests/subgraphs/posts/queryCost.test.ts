import { newId } from '../../../schema/ids'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { measurePages } from '../../support/listCost'
import { recordReadFields } from '../../support/readFields'
import { createViewer } from '../../support/subgraph'
import {
  emptyPeer,
  makeDraft,
  makePost,
  startPosts,
  waitUntilConsuming,
  waitUntilPublished,
  type TestPosts,
} from './support'

let posts: TestPosts
const authors = Array.from({ length: 100 }, () => newId('User'))
const prolific = String(authors[0])
const events = Array.from({ length: 100 }, () => newId('Event'))
const at = (minute: number) => new Date(Date.UTC(2030, 0, 1, 0, minute))
/** Two posts of each author, one of them about an event. Another 5,000 are by the first author about the first event. */
const few = authors.flatMap((authorId, index) => [
  makePost({ authorId, eventId: events[index] ?? null, createdAt: at(index) }),
  makePost({ authorId, createdAt: at(1000 + index) }),
])
const more = Array.from({ length: 5000 }, (_, index) =>
  makePost({ authorId: prolific, eventId: events[0] ?? null, createdAt: at(2000 + index), tags: ['common'] }),
)
const drafts = Array.from({ length: 500 }, (_, index) => makeDraft(prolific, { updatedAt: at(10 * index) }))
beforeAll(async () => {
  posts = await startPosts({ comments: emptyPeer, events: emptyPeer, users: emptyPeer })
  await waitUntilConsuming(posts)
  await posts.seed([...few, ...more, ...drafts])
  // Several posts have equal values, and some have no comments.
  await posts.connection
    .collection('posts')
    .updateMany({}, [
      { $set: { commentCount: { $mod: [{ $toLong: '$listedAt' }, 97] } } },
      { $set: { lastCommentedAt: { $add: [new Date(0), { $multiply: ['$commentCount', 1000] }] } } },
    ])
})
afterAll(() => posts.close())

const node = 'id title excerpt author { id } event { id } viewerCanUpdate'
const references = (type: string, ids: readonly string[]) => ({
  of: ids.map((id) => ({ __typename: type, id })),
})
const entities = (selection: string) =>
  `query ($of: [_Any!]!) { _entities(representations: $of) { ${selection} } }`

describe('the fields that are read', () => {
  const needed = ['_id', 'authorId', 'commentCount', 'createdAt', 'eventId']
  const ofCard = [...needed, 'excerpt', 'lastCommentedAt', 'publishedAt', 'status', 'title', 'updatedAt']
  const card = 'id title excerpt author { id }'

  it('of a list are those that it selects, and those that decide who may see and change a post', async () => {
    const read = () => posts.query(`{ posts { nodes { ${card} viewerCanUpdate } } }`)
    expect(await recordReadFields(posts.connection, read)).toEqual(ofCard)
  })

  it('of references are those that any of their fields selects', async () => {
    const [first, second] = few.map(({ id }) => id)
    const document = `query ($a: [_Any!]!, $b: [_Any!]!) {
      a: _entities(representations: $a) { ... on Post { title } }
      b: _entities(representations: $b) { ... on Post { excerpt } }
    }`
    const variables = { a: references('Post', [first ?? '']).of, b: references('Post', [second ?? '']).of }
    let commands: string[] = []
    const fields = await recordReadFields(posts.connection, async () => {
      commands = await posts.recordCommands(() => posts.query(document, variables))
    })
    expect(fields).toEqual(ofCard)
    expect(commands).toEqual(['find'])
  })

  it.each([
    ['one parent', 1],
    ['several parents', 2],
  ])('of the posts of %s are those that it selects', async (_, count) => {
    const read = () =>
      posts.query(
        entities(`... on User { posts(first: 3) { edges { node { ${card} } } } }`),
        references('User', authors.slice(1, 1 + count)),
      )
    const prefix = count === 1 ? '' : 'child.'
    const expected = ofCard.map((field) => `${prefix}${field}`)
    const joined = count === 1 ? [] : ['_id', 'child']
    expect(await recordReadFields(posts.connection, read)).toEqual([...joined, ...expected].sort())
  })

  it('of a post include its text when it is selected', async () => {
    const document = 'query ($id: ID!) { post(id: $id) { body } }'
    const read = () => posts.query(document, { id: few[0]?.id })
    expect(await recordReadFields(posts.connection, read)).toContain('body')
  })
})

describe('the database commands', () => {
  it.each([10, 100])('of posts(first: %i) are a single one', async (first) => {
    const document = `query ($first: Int) { posts(first: $first) { nodes { ${node} } } }`
    const commands = await posts.recordCommands(() => posts.query(document, { first }, createViewer()))
    expect(commands).toEqual(['find'])
  })

  it('include a count only when totalCount is selected', async () => {
    const document = '{ posts { totalCount nodes { id } } }'
    const commands = await posts.recordCommands(() => posts.query(document))
    expect(commands.sort()).toEqual(['aggregate', 'find'])
  })

  it.each([10, 100])('of %i references are a single one', async (count) => {
    const ids = few.slice(0, count).map(({ id }) => id)
    const commands = await posts.recordCommands(async () => {
      const document = entities(`... on Post { ${node} }`)
      const { _entities: found } = await posts.query(document, references('Post', ids))
      expect(found.map(({ id }: { id: string }) => id)).toEqual(ids)
    })
    expect(commands).toEqual(['find'])
  })

  it.each([
    ['User', authors],
    ['Event', events],
  ])('of %s.posts for 100 parents are one, and one more for the counts', async (type, ids) => {
    const pages = entities(`... on ${type} { posts(first: 3) { nodes { id author { id } event { id } } } }`)
    const commands = await posts.recordCommands(async () => {
      const { _entities: found } = await posts.query(pages, references(type, ids))
      found.forEach(
        (
          parent: { posts: { nodes: Record<'author' | 'event', { id: string } | null>[] } },
          index: number,
        ) => {
          expect(parent.posts.nodes).toHaveLength(index === 0 ? 3 : type === 'User' ? 2 : 1)
          for (const { author, event } of parent.posts.nodes) {
            expect((type === 'User' ? author : event)?.id).toBe(ids[index])
          }
        },
      )
    })
    expect(commands).toEqual(['aggregate'])
    const counted = entities(`... on ${type} { posts(first: 3) { totalCount } }`)
    const both = await posts.recordCommands(async () => {
      const { _entities: found } = await posts.query(counted, references(type, ids))
      expect(found[0].posts.totalCount).toBe(type === 'User' ? 5002 : 5001)
      expect(found[1].posts.totalCount).toBe(type === 'User' ? 2 : 1)
    })
    expect(both).toEqual(['aggregate', 'aggregate'])
  })

  it('of createPost are four', async () => {
    const viewer = createViewer()
    const create = 'mutation { createPost(input: { title: "T", body: "B" }) { post { id } } }'
    expect(await posts.recordCommands(() => posts.query(create, {}, viewer))).toEqual([
      // The write limit.
      'update',
      'find',
      'insert',
      'find',
    ])
    await waitUntilPublished(posts)
  })
})

describe('the number of examined documents is minimal for', () => {
  const cases: [string, string, object, number][] = [
    ['the latest posts', '{ posts(first: 5) { nodes { id } } }', {}, 6],
    ['the earliest posts', '{ posts(first: 5, orderBy: PUBLISHED_AT_ASC) { nodes { id } } }', {}, 6],
    ['posts by tag', '{ posts(first: 5, filter: { tag: "common" }) { nodes { id } } }', {}, 6],
    ['posts by author', `{ posts(first: 5, filter: { authorId: "${prolific}" }) { nodes { id } } }`, {}, 6],
    ['the most commented posts', '{ posts(first: 5, orderBy: COMMENT_COUNT_DESC) { nodes { id } } }', {}, 6],
    [
      'the latest commented posts',
      '{ posts(first: 5, orderBy: LAST_COMMENTED_AT_DESC) { nodes { id } } }',
      {},
      6,
    ],
    ...['tag: "common"', `authorId: "${prolific}"`, `eventId: "${String(events[0])}"`].map(
      (filter): [string, string, object, number] => [
        `the most commented posts with ${filter}`,
        `{ posts(first: 5, filter: { ${filter} }, orderBy: COMMENT_COUNT_DESC) { nodes { id } } }`,
        {},
        6,
      ],
    ),
    ['the last posts', '{ posts(last: 5) { nodes { id } } }', {}, 6],
    [
      'User.posts of one user with thousands',
      entities('... on User { posts(first: 5) { nodes { id } } }'),
      references('User', [prolific]),
      6,
    ],
    [
      'User.posts of 100 users, one of them with thousands',
      entities('... on User { posts(first: 5) { nodes { id } } }'),
      references('User', authors),
      6 + 99 * 2,
    ],
    [
      'Event.posts of 100 events, one of them with thousands',
      entities('... on Event { posts(first: 5) { nodes { id } } }'),
      references('Event', events),
      6 + 99,
    ],
    ['the count of all', '{ posts(first: 1) { totalCount } }', {}, 2],
    ['the count by tag', '{ posts(first: 1, filter: { tag: "common" }) { totalCount } }', {}, 2],
    [
      'the count of User.posts',
      entities('... on User { posts(first: 1) { totalCount } }'),
      references('User', [prolific]),
      2,
    ],
  ]
  it.each(cases)('%s', async (_, document, variables, most) => {
    const examined = await countDocumentsExamined(posts.connection, () => posts.query(document, variables))
    expect(examined.documents).toBeLessThanOrEqual(most)
    expect(examined.collectionScans).toBe(0)
  })

  it.each(['PUBLISHED_AT_DESC', 'COMMENT_COUNT_DESC', 'LAST_COMMENTED_AT_DESC'])(
    'a page in the middle of a long list, sorted by %s',
    async (orderBy) => {
      const document = `query ($after: String, $orderBy: PostOrder!) {
        posts(first: 100, after: $after, orderBy: $orderBy) { pageInfo { endCursor } }
      }`
      let after: string | null = null
      for (let page = 0; page < 10; page++) {
        after = (await posts.query(document, { after, orderBy })).posts.pageInfo.endCursor
      }
      const read = () => posts.query(document, { after, orderBy })
      expect((await countDocumentsExamined(posts.connection, read)).documents).toBeLessThanOrEqual(101)
    },
  )

  it('a page in the middle of a long list of User.posts', async () => {
    const added = `query ($after: String, $of: [_Any!]!) {
      _entities(representations: $of) { ... on User { posts(first: 100, after: $after) { pageInfo { endCursor } } } }
    }`
    const of = references('User', [prolific])
    let cursor: string | null = null
    for (let page = 0; page < 10; page++) {
      cursor = (await posts.query(added, { after: cursor, ...of }))._entities[0].posts.pageInfo.endCursor
    }
    const more = await countDocumentsExamined(posts.connection, () =>
      posts.query(added, { after: cursor, ...of }),
    )
    expect(more.documents).toBeLessThanOrEqual(101)
  })

  it.each(['PUBLISHED_AT_DESC', 'PUBLISHED_AT_ASC', 'COMMENT_COUNT_DESC', 'LAST_COMMENTED_AT_DESC'])(
    'own drafts and published posts in one list, sorted by %s',
    async (orderBy) => {
      const args = `orderBy: ${orderBy}, filter: { statuses: [DRAFT, PUBLISHED] }`
      const viewer = createViewer('MEMBER', prolific)
      for (const { rows, examined } of await measurePages(posts, { field: 'Query.posts', args, viewer })) {
        expect(rows).toBe(20)
        // A page of each, and a row more to detect a next page.
        expect(examined).toBeLessThanOrEqual(2 * 21 + 2)
      }
    },
  )
})
