/**
 * A community that is generated on request: nothing is stored. A page of posts is named by its cursor, `<kind>-<number>`:
 * the posts and comments of a page of kind `few` are written by 5 authors, those of kind `many` by 900.
 */

/** The number of authors of the posts and comments of one page. */
const authorsPerPage = { few: 5, many: 900 }

const prose = 'Solder the riser first, then the lathe bed. '.repeat(8)

const id = (/** @type {string} */ prefix, /** @type {string} */ text) =>
  `${prefix}_${Buffer.from(text).toString('hex').padStart(32, '0').slice(-32)}`
const decodeId = (/** @type {string} */ entityId) =>
  Buffer.from(entityId.slice(4).replace(/^(00)+/, ''), 'hex').toString()

export const userId = (/** @type {number} */ index) => id('usr', `u${index}`)

function user(/** @type {string} */ entityId) {
  const index = Number(decodeId(entityId).slice(1))
  return {
    __typename: 'User',
    id: entityId,
    handle: `member_${index}`,
    displayName: `Member ${index}`,
    bio: prose.slice(0, 60 + (index % 40)),
    location: 'Lyon',
    role: 'MEMBER',
  }
}

/** The authors of a page follow one another; the next page has others. */
function author(/** @type {string} */ page, /** @type {number} */ index) {
  const [kind = 'few', number = '0'] = page.split('-')
  const count = kind === 'many' ? authorsPerPage.many : authorsPerPage.few
  return user(userId(Number(number) * 100 + ((index * 7) % count)))
}

function post(/** @type {string} */ entityId) {
  const [page = 'few-0', index = '0'] = decodeId(entityId).split('/')
  return {
    __typename: 'Post',
    id: entityId,
    title: `Post ${index} of ${page}`,
    excerpt: prose.slice(0, 80),
    tags: ['workshop', 'lathe'],
    publishedAt: '2026-01-01T00:00:00.000Z',
    author: () => author(page, Number(index) * 11),
    commentCount: 10,
    comments: (/** @type {{ first?: number }} */ { first = 20 }) => ({
      nodes: Array.from({ length: Math.min(first, 10) }, (_, at) => comment(page, Number(index), at)),
    }),
  }
}

function comment(/** @type {string} */ page, /** @type {number} */ ofPost, /** @type {number} */ index) {
  return {
    __typename: 'Comment',
    id: id('cmt', `${page}/${ofPost}/${index}`),
    body: prose.slice(index, index + 18),
    createdAt: '2026-01-02T00:00:00.000Z',
    author: () => author(page, ofPost * 11 + index + 1),
  }
}

/** The resolvers of Query. */
export const root = {
  user: (/** @type {{ id: string }} */ { id }) => user(id),
  post: (/** @type {{ id: string }} */ { id }) => post(id),
  posts: (/** @type {{ first?: number, after?: string }} */ { first = 20, after = 'few-0' }) => ({
    nodes: Array.from({ length: first }, (_, index) => post(id('pst', `${after}/${index}`))),
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: after, endCursor: after },
  }),
}

/** Resolves an entity reference. */
export function resolveReference(
  /** @type {{ __typename: string, id: string }} */ { __typename, id: entityId },
) {
  if (__typename === 'User') return user(entityId)
  if (__typename === 'Post') return post(entityId)
  throw new Error(`The benchmark has no references to ${__typename}.`)
}
