import type { Post } from '../../../subgraphs/posts/domain/post'
import { newId } from '../../../schema/ids'
import { listCombinations, describeCombination } from '../../support/combinations'
import { createViewer } from '../../support/subgraph'
import { makePost, startPosts, type TestPosts } from './support'

// Exceeds the number of documents that MongoDB's planner reads while it tries several indexes.
const size = 2600
const author = createViewer()
const eventId = newId('Event')

/** One half is old, tagged and about an event; the other is new, by one author, with every seventh a draft. */
const seeded = Array.from({ length: 2 * size }, (_, index) =>
  index < size
    ? makePost({
        // Less than the number of documents that a search examines.
        title: index % 3 === 0 ? 'Regatta' : 'Concert',
        tags: ['sailing'],
        eventId,
        createdAt: new Date(Date.UTC(2020, 0, 1) + index * 1000),
      })
    : makePost({
        title: 'Concert',
        tags: ['music'],
        authorId: author.id,
        status: index % 7 === 0 ? 'DRAFT' : 'PUBLISHED',
        createdAt: new Date(Date.UTC(2030, 0, 1) + index * 1000),
      }),
)

let posts: TestPosts
beforeAll(async () => {
  posts = await startPosts()
  await posts.seed(seeded)
})
afterAll(() => posts.close())

/** Values of the filter's fields; most combinations match no post. */
const filters = {
  tag: 'sailing',
  authorId: author.id,
  eventId,
  statuses: ['DRAFT', 'PUBLISHED'],
}
type Filter = Partial<typeof filters> & { search?: string }

function matches(post: Post, { search, tag, eventId, authorId, statuses }: Filter): boolean {
  if (search !== undefined && post.title !== 'Regatta') return false
  const isOld = post.eventId !== null
  const fits = isOld ? authorId === undefined : tag === undefined && eventId === undefined
  return fits && (statuses !== undefined || post.status === 'PUBLISHED')
}

const byTime = (a: Post, b: Post): number =>
  a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1)
// Without comments, posts are sorted by time in the orders by comments.
const orders = {
  PUBLISHED_AT_ASC: byTime,
  PUBLISHED_AT_DESC: (a: Post, b: Post) => byTime(b, a),
  COMMENT_COUNT_DESC: (a: Post, b: Post) => byTime(b, a),
  LAST_COMMENTED_AT_DESC: (a: Post, b: Post) => byTime(b, a),
}

const combinations: Filter[] = listCombinations(filters)
// Few combinations suffice: a search always uses the text index.
const searches = combinations
  .filter((filter) => Object.keys(filter).length < 2)
  .map((filter) => ({ search: 'regatta', ...filter }))

it.each([...combinations, ...searches].map((filter) => [describeCombination(filter), filter] as const))(
  'lists posts in every order, filtered by %s',
  async (_, filter) => {
    const found = seeded.filter((post) => matches(post, filter))
    const page = (orderBy: string, args: string) =>
      `posts(filter: $filter, orderBy: ${orderBy}, ${args}) { totalCount nodes { id } }`
    const lists = Object.keys(orders).map(
      (order) => `${order}: ${page(order, 'first: 3')} ${order}_BACK: ${page(order, 'last: 3')}`,
    )
    if (filter.search) lists.push(`RELEVANCE: ${page('RELEVANCE', 'first: 3')}`)
    const data = await posts.query(`query ($filter: PostFilter!) { ${lists.join('\n')} }`, { filter }, author)
    for (const [order, compare] of Object.entries(orders)) {
      const expected = [...found].sort(compare).map(({ id }) => ({ id }))
      expect(data[order]).toEqual({ totalCount: found.length, nodes: expected.slice(0, 3) })
      expect(data[`${order}_BACK`]).toEqual({ totalCount: found.length, nodes: expected.slice(-3) })
    }
    if (filter.search) expect(data.RELEVANCE.totalCount).toBe(found.length)
  },
)

it.each([
  ['User', author.id, (post: Post) => post.authorId === author.id],
  ['Event', eventId, (post: Post) => post.eventId === eventId],
])('lists the posts of %s', async (type, id, belongs) => {
  const document = `query ($of: [_Any!]!) {
    _entities(representations: $of) { ... on ${type} { posts(last: 3) { totalCount nodes { id } } } }
  }`
  const { _entities: found } = await posts.query(document, { of: [{ __typename: type, id }] })
  const expected = seeded.filter((post) => belongs(post) && post.status === 'PUBLISHED').sort(byTime)
  const nodes = expected.slice(0, 3).map(({ id }) => ({ id }))
  expect(found[0].posts).toEqual({ totalCount: expected.length, nodes: nodes.reverse() })
})
