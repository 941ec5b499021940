import { gql, InMemoryCache, type DocumentNode, type TypePolicies } from '@apollo/client'
import { buildSchema, getNamedType, isObjectType } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { possibleTypes, typePolicies } from '../../client/src/apollo'
import { projectRoot } from '../../packages/platform/config/projectRoot'

const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
const createQuery = (fields: string) => gql`
  query ($first: Int, $after: String, $last: Int, $before: String, $filter: PostFilter, $orderBy: PostOrder! = PUBLISHED_AT_DESC) {
    posts(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) { ${fields} }
  }`
const nodesQuery = createQuery(`nodes { id title } ${pageInfo}`)
const edgesQuery = createQuery(`edges { cursor node { id title } } ${pageInfo}`)
const bothQuery = createQuery(`edges { cursor node { id title } } nodes { id title } ${pageInfo}`)
const countQuery = createQuery('totalCount')
const queryWithoutPageInfo = createQuery('nodes { id title }')

const all = Array.from({ length: 60 }, (_, index) => index + 1)
const post = (n: number) => ({ __typename: 'Post', id: `pst_${n}`, title: `Post ${n}` })

interface Variables {
  first?: number
  after?: string
  last?: number
  before?: string
  filter?: object
  orderBy?: string
}

/** Returns the response of the API for a list of these posts, with all fields that any of the queries selects. */
function createResponse({ first, after, last, before }: Variables, list: readonly number[] = all) {
  const from = after ? list.indexOf(Number(after.slice(1))) + 1 : 0
  const to = before ? list.indexOf(Number(before.slice(1))) : list.length
  const backward = last !== undefined || before !== undefined
  const start = backward ? Math.max(from, to - (last ?? 20)) : from
  const end = backward ? to : Math.min(to, from + (first ?? 20))
  const rows = list.slice(start, end)
  return {
    posts: {
      __typename: 'PostConnection',
      edges: rows.map((n) => ({ __typename: 'PostEdge', cursor: `c${n}`, node: post(n) })),
      nodes: rows.map(post),
      pageInfo: {
        __typename: 'PageInfo',
        hasNextPage: end < list.length,
        hasPreviousPage: start > 0,
        startCursor: rows.length > 0 ? `c${rows[0]}` : null,
        endCursor: rows.length > 0 ? `c${rows.at(-1)}` : null,
      },
      totalCount: list.length,
    },
  }
}

type PostsData = { posts: { nodes?: { id: string }[]; edges?: { cursor: string; node: { id: string } }[] } }

function setUp() {
  const cache = new InMemoryCache({ typePolicies, possibleTypes })
  return {
    cache,
    /** Writes a page to the cache, as if it came from the network. */
    load: (query: DocumentNode, variables: Variables, list?: readonly number[]) =>
      cache.writeQuery({ query, variables, data: createResponse(variables, list) }),
    /** Reads the posts of a query from the cache; undefined when it must go to the network. */
    read(query: DocumentNode, variables: Variables): number[] | undefined {
      const data = cache.readQuery<PostsData>({ query, variables })
      const rows = data?.posts.nodes ?? data?.posts.edges?.map(({ node }) => node)
      return rows?.map(({ id }) => Number(id.slice(4)))
    },
    pageInfo: (query: DocumentNode, variables: Variables) =>
      cache.readQuery<ReturnType<typeof createResponse>>({ query, variables })?.posts.pageInfo,
  }
}

const upTo = (n: number) => all.slice(0, n)

describe.each([
  ['nodes', nodesQuery],
  ['edges', edgesQuery],
  ['edges and nodes', bothQuery],
])('a list with selected %s', (_, query) => {
  it('keeps the first page when the second is loaded', () => {
    const { load, read, pageInfo } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20, after: 'c20' })
    expect(read(query, { first: 20 })).toEqual(upTo(40))
    expect(pageInfo(query, { first: 20 })).toMatchObject({
      startCursor: 'c1',
      endCursor: 'c40',
      hasNextPage: true,
      hasPreviousPage: false,
    })
  })

  it('grows to its end, page by page', () => {
    const { load, read, pageInfo } = setUp()
    load(query, { first: 25 })
    load(query, { first: 25, after: 'c25' })
    load(query, { first: 25, after: 'c50' })
    expect(read(query, { first: 25 })).toEqual(all)
    expect(pageInfo(query, { first: 25 })?.hasNextPage).toBe(false)
  })

  it('grows backwards from its end', () => {
    const { load, read, pageInfo } = setUp()
    load(query, { last: 20 })
    load(query, { last: 20, before: 'c41' })
    expect(read(query, { last: 20 })).toEqual(all.slice(20))
    expect(pageInfo(query, { last: 20 })).toMatchObject({
      startCursor: 'c21',
      hasPreviousPage: true,
      hasNextPage: false,
    })
  })

  it('grows in both directions from the middle', () => {
    const { load, read, pageInfo } = setUp()
    load(query, { first: 10, after: 'c20' })
    load(query, { first: 10, after: 'c30' })
    load(query, { last: 10, before: 'c21' })
    expect(read(query, { first: 10, after: 'c20' })).toEqual(all.slice(10, 40))
    expect(pageInfo(query, { first: 10, after: 'c20' })).toMatchObject({
      startCursor: 'c11',
      endCursor: 'c40',
    })
  })

  it('contains a row once when pages overlap', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20, after: 'c20' }, [...upTo(20), 19, 20, 21, 22])
    expect(read(query, { first: 20 })).toEqual([...upTo(18), 19, 20, 21, 22])
  })

  it('does not change when the same page is loaded twice', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20, after: 'c20' })
    load(query, { first: 20, after: 'c20' })
    expect(read(query, { first: 20 })).toEqual(upTo(40))
  })

  it('inserts new rows at the start and keeps the rows loaded after them', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20, after: 'c20' })
    load(query, { first: 20 }, [99, 98, ...all])
    expect(read(query, { first: 20 })).toEqual([99, 98, ...upTo(40)])
  })

  it('drops a row that a reloaded page does not contain any more', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(
      query,
      { first: 20 },
      all.filter((n) => n !== 5),
    )
    expect(read(query, { first: 20 })).toEqual([1, 2, 3, 4, ...all.slice(5, 21)])
  })

  it('is replaced by a first page that overlaps no stored row', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    const others = all.map((n) => n + 100)
    load(query, { first: 20 }, others)
    expect(read(query, { first: 20 })).toEqual(others.slice(0, 20))
  })

  it('is empty when the page is empty', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20 }, [])
    expect(read(query, { first: 20 })).toEqual([])
  })

  it('is not shortened by a smaller page of the same list', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 3 })
    expect(read(query, { first: 20 })).toEqual(upTo(20))
  })

  it('goes to the network when a query requests more rows than are loaded', () => {
    const { load, read } = setUp()
    load(query, { first: 3 })
    expect(read(query, { first: 20 })).toBeUndefined()
    load(query, { first: 20 }, upTo(5))
    expect(read(query, { first: 20 })).toEqual(upTo(5))
  })

  it('is read page by page by queries with a cursor', () => {
    const { load, read, pageInfo } = setUp()
    load(query, { first: 20 })
    expect(read(query, { first: 20, after: 'c20' })).toBeUndefined()
    expect(read(query, { first: 5, after: 'elsewhere' })).toBeUndefined()
    load(query, { first: 20, after: 'c20' })
    expect(read(query, { first: 20, after: 'c20' })).toEqual(all.slice(20, 40))
    expect(pageInfo(query, { first: 20, after: 'c20' })).toMatchObject({
      hasPreviousPage: true,
      endCursor: 'c40',
    })
    expect(read(query, { first: 20, after: 'c40' })).toBeUndefined()
  })

  it('goes to the network for the last rows when only the first are loaded', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    expect(read(query, { last: 20 })).toBeUndefined()
    load(query, { last: 20 })
    expect(read(query, { last: 20 })).toEqual(all.slice(40))
    expect(read(query, { first: 20 })).toBeUndefined()
  })

  it('has no gap after a page with an unknown cursor is loaded', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20, after: 'c40' })
    expect(read(query, { first: 20 })).toBeUndefined()
    expect(read(query, { first: 20, after: 'c40' })).toEqual(all.slice(40))
  })

  it('is separate for each filter and order, and shared by all pages', () => {
    const { load, read } = setUp()
    load(query, { first: 20 })
    load(query, { first: 20, filter: { tag: 'jazz' } }, [7, 8])
    load(query, { first: 20, orderBy: 'PUBLISHED_AT_ASC' }, [60, 59])
    expect(read(query, { first: 20 })).toEqual(upTo(20))
    load(query, { first: 10 })
    expect(read(query, { first: 10 })).toEqual(upTo(10))
    expect(read(query, { first: 20 })).toEqual(upTo(20))
    expect(read(query, { first: 20, filter: { tag: 'jazz' } })).toEqual([7, 8])
    expect(read(query, { first: 20, orderBy: 'PUBLISHED_AT_ASC' })).toEqual([60, 59])
  })

  it('omits evicted rows, and continues after them', () => {
    const { cache, load, read } = setUp()
    load(query, { first: 20 })
    cache.evict({ id: 'Post:pst_20' })
    expect(read(query, { first: 20 })).toEqual(upTo(19))
    load(query, { first: 20, after: 'c20' })
    expect(read(query, { first: 20 })).toEqual([...upTo(19), ...all.slice(20, 40)])
  })

  it('can be restored from JSON', () => {
    const { cache, load } = setUp()
    load(query, { first: 20 })
    const other = new InMemoryCache({ typePolicies, possibleTypes })
    other.restore(JSON.parse(JSON.stringify(cache.extract())))
    expect(other.readQuery({ query, variables: { first: 20 } })).toEqual(
      cache.readQuery({ query, variables: { first: 20 } }),
    )
  })
})

describe('queries that select different fields of a list', () => {
  it('read nodes from edges', () => {
    const { load, read } = setUp()
    load(edgesQuery, { first: 20 })
    load(edgesQuery, { first: 20, after: 'c20' })
    expect(read(nodesQuery, { first: 20 })).toEqual(upTo(40))
  })

  it('fetch edges when only nodes are stored, and then read both', () => {
    const { load, read } = setUp()
    load(nodesQuery, { first: 20 })
    load(nodesQuery, { first: 20, after: 'c20' })
    expect(read(edgesQuery, { first: 20 })).toBeUndefined()
    load(edgesQuery, { first: 20 })
    expect(read(edgesQuery, { first: 20 })).toEqual(upTo(20))
    expect(read(nodesQuery, { first: 20 })).toEqual(upTo(20))
  })

  it('keep the edges when the same rows are loaded as nodes', () => {
    const { load, read } = setUp()
    load(edgesQuery, { first: 20 })
    load(edgesQuery, { first: 20, after: 'c20' })
    load(nodesQuery, { first: 20 })
    expect(read(edgesQuery, { first: 20 })).toEqual(upTo(40))
  })

  it('keep the rows when only the count is loaded, and the count when rows are loaded', () => {
    const { cache, load, read } = setUp()
    load(nodesQuery, { first: 20 })
    load(countQuery, { first: 20 })
    expect(read(nodesQuery, { first: 20 })).toEqual(upTo(20))
    load(nodesQuery, { first: 20, after: 'c20' })
    expect(cache.readQuery({ query: countQuery, variables: { first: 20 } })).toMatchObject({
      posts: { totalCount: 60 },
    })
  })

  it('keep PageInfo when the same page is loaded without it', () => {
    const { load, pageInfo } = setUp()
    load(nodesQuery, { first: 20 })
    load(queryWithoutPageInfo, { first: 20 })
    expect(pageInfo(nodesQuery, { first: 20 })).toMatchObject({ endCursor: 'c20', hasNextPage: true })
  })
})

it('stores null for a list that is null', () => {
  const { cache, load } = setUp()
  load(nodesQuery, { first: 20 })
  cache.writeQuery({ query: nodesQuery, variables: { first: 20 }, data: { posts: null } })
  expect(cache.readQuery({ query: nodesQuery, variables: { first: 20 } })).toEqual({ posts: null })
})

it('includes a row that an update of the cache has added', () => {
  const { cache, load, read } = setUp()
  load(bothQuery, { first: 20 }, upTo(5))
  cache.writeFragment({
    data: post(6),
    fragment: gql`
      fragment New on Post {
        id
        title
      }
    `,
  })
  cache.modify({
    fields: {
      posts: (list, { toReference }) => {
        const edge = { __typename: 'PostEdge', cursor: 'c6', node: toReference(post(6)) }
        return { ...list, edges: [...list.edges, edge] }
      },
    },
  })
  expect(read(edgesQuery, { first: 20 })).toEqual(upTo(6))
  expect(read(nodesQuery, { first: 20 })).toEqual(upTo(6))
})

it('finds an object by ID that a list has loaded', () => {
  const { cache, load } = setUp()
  const query = gql`
    query ($id: ID!) {
      post(id: $id) {
        id
        title
      }
    }
  `
  load(nodesQuery, { first: 20 })
  expect(cache.readQuery({ query, variables: { id: 'pst_3' } })).toEqual({ post: post(3) })
  expect(cache.readQuery({ query, variables: { id: 'pst_55' } })).toBeNull()
  cache.writeQuery({ query, variables: { id: 'pst_3' }, data: { post: null } })
  expect(cache.readQuery({ query, variables: { id: 'pst_3' } })).toEqual({ post: null })
})

it('has a policy for every connection of the API, keyed by all arguments except those of pagination', () => {
  const api = buildSchema(readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8'))
  const paginationArguments = ['first', 'after', 'last', 'before']
  const connections = Object.values(api.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type: type.name, field })))
    .filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'))
    .map(({ type, field }) => {
      const keys = field.args.map(({ name }) => name).filter((name) => !paginationArguments.includes(name))
      return [`${type}.${field.name}`, keys.length > 0 ? keys : false]
    })
  const policiesByType: TypePolicies = typePolicies
  const policies = connections.map(([coordinate]) => {
    const [type = '', field = ''] = String(coordinate).split('.')
    const policy = policiesByType[type]?.fields?.[field]
    return [coordinate, typeof policy === 'object' ? policy.keyArgs : 'missing']
  })
  expect(policies).toEqual(connections)
})
