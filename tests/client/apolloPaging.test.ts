import * as apollo4 from '@apollo/client'
import * as apollo3 from '@apollo/client-3/core'

import {
  AddCommentDocument,
  addCommentToThread,
  CommentThreadFragmentDoc,
  FeedDocument,
  possibleTypes,
  PostWithThreadDocument,
  typePolicies,
  type AddCommentMutation,
  type CommentThreadFragment,
} from '../../client/src/apollo'

/** The two versions have the same interface, as far as the tests use it. */
const versions: [string, typeof apollo4][] = [
  ['4', apollo4],
  ['3', apollo3 as unknown as typeof apollo4],
]

const author = { __typename: 'User', id: 'usr_1', handle: 'ada', displayName: 'Ada', avatarUrl: null }
const toPost = (n: number) => ({
  ...{ __typename: 'Post', id: `pst_${n}`, title: `Post ${n}`, excerpt: '', imageUrl: null, tags: [] },
  ...{ status: 'PUBLISHED', publishedAt: '2026-01-01T00:00:00.000Z', commentCount: 0, author },
})
const noReplies = {
  __typename: 'CommentConnection' as const,
  nodes: [],
  pageInfo: {
    __typename: 'PageInfo' as const,
    hasNextPage: false,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: null,
  },
}
const toComment = (n: number, body = `Comment ${n}`): CommentThreadFragment => ({
  ...{ __typename: 'Comment', id: `cmt_${n}`, body, status: 'VISIBLE', depth: 0, replyCount: 0 },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', editedAt: null, viewerCanUpdate: true, viewerCanDelete: true },
  author: { ...author, __typename: 'User' },
  replies: noReplies,
})

interface Variables {
  first?: number
  after?: string
}

/** Returns one page of numbered rows, as the API does. */
function createPage<Row>(
  typename: string,
  list: readonly number[],
  toRow: (n: number) => Row,
  variables: Variables,
) {
  const start = variables.after ? list.indexOf(Number(variables.after.slice(1))) + 1 : 0
  const rows = list.slice(start, start + (variables.first ?? 20))
  return {
    __typename: typename,
    nodes: rows.map(toRow),
    pageInfo: {
      __typename: 'PageInfo',
      hasNextPage: start + rows.length < list.length,
      hasPreviousPage: start > 0,
      startCursor: `c${rows[0]}`,
      endCursor: `c${rows.at(-1)}`,
    },
  }
}

describe.each(versions)('Apollo Client %s', (_, { ApolloClient, ApolloLink, InMemoryCache, Observable }) => {
  /** Creates a client of an endpoint with these posts, the first of which has these comments. */
  function setUp({ posts = range(1, 60), comments = range(1, 50) } = {}) {
    const state = { community: { posts, comments }, requests: [] as string[], fail: false }
    const { community, requests } = state
    const respond = (operation: apollo4.ApolloLink.Operation) => {
      const { operationName, variables } = operation
      requests.push(`${operationName} ${variables['first']} ${variables['after'] ?? ''}`.trim())
      if (operationName === 'AddComment') {
        if (state.fail) throw new Error('offline')
        const n = community.comments.length + 1
        community.comments.push(n)
        return createAddition(n, variables['input'].body)
      }
      if (operationName === 'Feed')
        return { posts: createPage('PostConnection', community.posts, toPost, variables) }
      const thread = createPage('CommentConnection', community.comments, (n) => toComment(n), variables)
      const details = { body: '', updatedAt: '2026-01-01T00:00:00.000Z', viewerCanUpdate: false }
      return { post: { ...toPost(1), ...details, viewerCanDelete: false, event: null, comments: thread } }
    }
    const link = new ApolloLink(
      (operation) =>
        new Observable((observer) => {
          queueMicrotask(() => {
            try {
              observer.next({ data: respond(operation) })
              observer.complete()
            } catch (error) {
              observer.error(error)
            }
          })
        }),
    )
    const client = new ApolloClient({ link, cache: new InMemoryCache({ typePolicies, possibleTypes }) })
    return Object.assign(state, { client })
  }

  /** Watches the feed, and returns the numbers of its posts that it shows. */
  function watchFeed({ client }: ReturnType<typeof setUp>, first: number) {
    const options = { query: FeedDocument, variables: { first } }
    const query = client.watchQuery(options)
    query.subscribe(() => {})
    const shown = () => client.readQuery(options, true)?.posts?.nodes.map(({ id }) => Number(id.slice(4)))
    return { query, shown }
  }

  it('keeps the pages of a list when it is fetched again, and shows new rows', async () => {
    const setup = setUp()
    const feed = watchFeed(setup, 20)
    await feed.query.refetch()
    await feed.query.fetchMore({ variables: { after: 'c20' } })
    await feed.query.fetchMore({ variables: { after: 'c40' } })
    expect(feed.shown()).toEqual(range(1, 60))

    setup.community.posts.unshift(99)
    await feed.query.refetch()
    expect(feed.shown()).toEqual([99, ...range(1, 60)])
    setup.client.stop()
  })

  it('shows no rows of a list that was evicted before it is fetched again', async () => {
    const setup = setUp()
    const feed = watchFeed(setup, 20)
    await feed.query.refetch()
    await feed.query.fetchMore({ variables: { after: 'c20' } })
    setup.client.cache.evict({ id: 'ROOT_QUERY', fieldName: 'posts' })
    await feed.query.refetch()
    expect(feed.shown()).toEqual(range(1, 20))
    setup.client.stop()
  })

  it('shows as many rows as each query requests, beside a longer list', async () => {
    const setup = setUp()
    const sidebar = watchFeed(setup, 3)
    await sidebar.query.refetch()
    const feed = watchFeed(setup, 20)
    await feed.query.refetch()
    await feed.query.fetchMore({ variables: { after: 'c20' } })
    expect([sidebar.shown(), feed.shown()]).toEqual([range(1, 3), range(1, 40)])

    setup.community.posts.unshift(99, 98)
    await feed.query.refetch()
    await sidebar.query.refetch()
    expect([sidebar.shown(), feed.shown()]).toEqual([
      [99, 98, 1],
      [99, 98, ...range(1, 40)],
    ])
    await sidebar.query.fetchMore({ variables: { after: 'c1' } })
    expect([sidebar.shown(), feed.shown()]).toEqual([
      [99, 98, 1, 2, 3, 4],
      [99, 98, ...range(1, 40)],
    ])
    expect(setup.requests.length).toBeLessThan(10)
    setup.client.stop()
  })

  it('shows all rows of a page with another size that fetchMore has added', async () => {
    const setup = setUp()
    const feed = watchFeed(setup, 10)
    await feed.query.refetch()
    await feed.query.fetchMore({ variables: { first: 30, after: 'c10' } })
    expect(feed.shown()).toEqual(range(1, 40))
    setup.client.stop()
  })

  /** Watches the thread of a post, and returns the texts of its comments that it shows. */
  async function watchThread({ client }: ReturnType<typeof setUp>) {
    const options = { query: PostWithThreadDocument, variables: { id: 'pst_1' } }
    const query = client.watchQuery(options)
    query.subscribe(() => {})
    await query.refetch()
    const shown = () => client.readQuery(options, true)?.post?.comments?.nodes.map(({ body }) => body)
    return { query, shown }
  }
  const bodies = (from: number, to: number) => range(from, to).map((n) => `Comment ${n}`)

  /** Adds a comment as the documentation describes, with an optimistic response. */
  const addComment = ({ client }: ReturnType<typeof setUp>, body: string) =>
    client.mutate({
      mutation: AddCommentDocument,
      variables: { input: { postId: 'pst_1', body } },
      optimisticResponse: createAddition(0, `${body} (sending)`),
      update: (cache, { data }) => {
        const edge = data?.addComment?.commentEdge
        addCommentToThread(cache, edge?.node, edge?.cursor)
      },
    })

  it('shows an own comment at the end of a long thread whose end is not loaded', async () => {
    const setup = setUp()
    const thread = await watchThread(setup)
    await thread.query.fetchMore({ variables: { after: 'c20' } })
    const adding = addComment(setup, 'Mine')
    expect(thread.shown()).toEqual([...bodies(1, 40), 'Mine (sending)'])
    await adding
    expect(thread.shown()).toEqual([...bodies(1, 40), 'Mine'])

    await thread.query.refetch()
    expect(thread.shown()).toEqual([...bodies(1, 40), 'Mine'])
    await thread.query.fetchMore({ variables: { after: 'c40' } })
    expect(thread.shown()).toEqual(bodies(1, 51))
    setup.client.stop()
  })

  it('shows an own comment at the end of a page that was full', async () => {
    const setup = setUp({ comments: range(1, 20) })
    const thread = await watchThread(setup)
    await addComment(setup, 'Mine')
    await addComment(setup, 'And this')
    expect(thread.shown()).toEqual([...bodies(1, 20), 'Mine', 'And this'])
    setup.client.stop()
  })

  it('removes an optimistic comment that could not be added', async () => {
    const setup = setUp()
    const thread = await watchThread(setup)
    setup.fail = true
    await expect(addComment(setup, 'Mine')).rejects.toThrow('offline')
    expect(thread.shown()).toEqual(bodies(1, 20))
    setup.client.stop()
  })

  it('shows a reply below its comment, once', async () => {
    const setup = setUp({ comments: [1] })
    const thread = await watchThread(setup)
    const { cache } = setup.client
    const reply = { ...toComment(2), parent: { __typename: 'Comment' as const, id: 'cmt_1' }, post: null }
    cache.writeFragment({ fragment: CommentThreadFragmentDoc, fragmentName: 'CommentThread', data: reply })
    addCommentToThread(cache, reply)
    addCommentToThread(cache, reply)
    const { data } = await setup.client.query({
      query: PostWithThreadDocument,
      variables: { id: 'pst_1' },
      fetchPolicy: 'cache-only',
    })
    expect(data?.post?.comments?.nodes[0]?.replies?.nodes.map(({ id }) => id)).toEqual(['cmt_2'])
    expect(thread.shown()).toEqual(['Comment 1'])
    setup.client.stop()
  })
})

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Creates the response to AddComment: the types of an optimistic response need no cast. */
const createAddition = (n: number, body: string): AddCommentMutation => ({
  addComment: {
    __typename: 'AddCommentPayload',
    commentEdge: {
      __typename: 'CommentEdge',
      cursor: `c${n}`,
      node: {
        ...toComment(n, body),
        parent: null,
        post: { __typename: 'Post', id: 'pst_1', commentCount: n },
      },
    },
    post: { __typename: 'Post', id: 'pst_1', commentCount: n },
    userErrors: [],
  },
})
