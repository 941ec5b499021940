import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createViewer } from '../../support/subgraph'
import { makeDraft, readSingleError, makePost, mutate, startPosts, type TestPosts } from './support'

let posts: TestPosts
beforeAll(async () => {
  posts = await startPosts()
})
afterAll(() => posts.close())

const author = createViewer()
const callers: Record<string, Viewer> = {
  anonymous,
  member: createViewer(),
  author,
  moderator: createViewer('MODERATOR'),
  administrator: createViewer('ADMIN'),
}
const names = Object.keys(callers)
const callerNamed = (name: string): Viewer => callers[name] ?? anonymous

type Outcome = 'allowed' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND'
type Row = Record<'anonymous' | 'member' | 'author' | 'moderator' | 'administrator', Outcome>
const toCases = (table: Record<string, Row>) =>
  Object.entries(table).flatMap(([mutation, row]) =>
    Object.entries(row).map(([caller, outcome]) => [mutation, caller, outcome] as const),
  )

async function readOutcome(...args: Parameters<typeof mutate>): Promise<unknown> {
  const { payload, response } = await mutate(...args)
  if (!payload) return readSingleError(response).code
  return payload.userErrors[0]?.code ?? 'allowed'
}

const findStored = (id: string) => posts.connection.collection<{ _id: string }>('posts').findOne({ _id: id })

describe('mutations', () => {
  const anonymousRow = { anonymous: 'UNAUTHENTICATED' } as const
  const authorOnly = {
    ...anonymousRow,
    member: 'FORBIDDEN',
    author: 'allowed',
    moderator: 'FORBIDDEN',
    administrator: 'FORBIDDEN',
  } as const
  const visibleToAuthorOnly = {
    ...anonymousRow,
    member: 'NOT_FOUND',
    author: 'allowed',
    moderator: 'NOT_FOUND',
    administrator: 'NOT_FOUND',
  } as const

  it.each(
    toCases({
      createPost: {
        ...anonymousRow,
        member: 'allowed',
        author: 'allowed',
        moderator: 'allowed',
        administrator: 'allowed',
      },
    }),
  )('%s by %s: %s', async (_, caller, outcome) => {
    const input = { title: 'T', body: 'B', publish: true }
    expect(await readOutcome(posts, 'createPost', input, callerNamed(caller))).toBe(outcome)
  })

  it.each(
    toCases({
      updatePost: authorOnly,
      publishPost: authorOnly,
      deletePost: {
        ...anonymousRow,
        member: 'FORBIDDEN',
        author: 'allowed',
        moderator: 'allowed',
        administrator: 'allowed',
      },
    }),
  )('%s of a published post by %s: %s', async (mutation, caller, outcome) => {
    await check(mutation, caller, outcome, makePost({ authorId: author.id }))
  })

  it.each(
    toCases({
      updatePost: visibleToAuthorOnly,
      publishPost: visibleToAuthorOnly,
      deletePost: visibleToAuthorOnly,
    }),
  )('%s of a draft by %s: %s', async (mutation, caller, outcome) => {
    await check(mutation, caller, outcome, makeDraft(author.id))
  })

  async function check(
    mutation: string,
    caller: string,
    outcome: Outcome,
    post: ReturnType<typeof makePost>,
  ) {
    await posts.seed([post])
    const before = await findStored(post.id)
    const viewer = callerNamed(caller)
    if (mutation === 'updatePost') {
      expect(await readOutcome(posts, mutation, { postId: post.id, title: 'New' }, viewer)).toBe(outcome)
    } else if (mutation === 'publishPost' || mutation === 'deletePost') {
      expect(await readOutcome(posts, mutation, { postId: post.id }, viewer)).toBe(outcome)
    }
    if (outcome !== 'allowed') expect(await findStored(post.id)).toEqual(before)
  }

  it.each(['updatePost', 'publishPost', 'deletePost'] as const)(
    '%s of a post without an author is forbidden',
    async (mutation) => {
      const post = makePost({ authorId: null })
      await posts.seed([post])
      const input = mutation === 'updatePost' ? { postId: post.id, title: 'New' } : { postId: post.id }
      expect(await readOutcome(posts, mutation, input, callerNamed('member'))).toBe('FORBIDDEN')
    },
  )
})

describe('visibility', () => {
  const draft = makeDraft(author.id, { tags: ['who-may'], title: 'Secret word' })
  const published = makePost({ authorId: author.id, tags: ['who-may'], title: 'Open word' })
  const authorless = makeDraft('', { authorId: null, tags: ['who-may'] })
  beforeAll(() => posts.seed([draft, published, authorless]))

  const paths: Record<string, (id: string, viewer: Viewer) => Promise<boolean>> = {
    post: async (id, viewer) =>
      (await posts.query('query ($id: ID!) { post(id: $id) { id } }', { id }, viewer)).post !== null,
    reference: async (id, viewer) =>
      (
        await posts.query(
          'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Post { id } } }',
          { of: [{ __typename: 'Post', id }] },
          viewer,
        )
      )._entities[0] !== null,
    'posts with every status': async (id, viewer) => listed(id, viewer, { tag: 'who-may' }),
    'posts by author': async (id, viewer) => listed(id, viewer, { authorId: author.id }),
    'posts by search': async (id, viewer) => listed(id, viewer, { search: 'word' }),
  }

  async function listed(id: string, viewer: Viewer, filter: object): Promise<boolean> {
    const document = `query ($filter: PostFilter) { posts(first: 100, filter: $filter) { totalCount nodes { id } } }`
    const { posts: found } = await posts.query(
      document,
      { filter: { ...filter, statuses: ['DRAFT', 'PUBLISHED'] } },
      viewer,
    )
    expect(found.totalCount).toBe(found.nodes.length)
    return found.nodes.some((node: { id: string }) => node.id === id)
  }

  describe.each(Object.keys(paths))('through %s', (path) => {
    it.each(names)('shows published posts to %s, and drafts to their author only', async (name) => {
      const isVisible = paths[path]
      if (!isVisible) throw new Error(path)
      expect(await isVisible(published.id, callerNamed(name))).toBe(true)
      expect(await isVisible(draft.id, callerNamed(name))).toBe(name === 'author')
      expect(await isVisible(authorless.id, callerNamed(name))).toBe(false)
    })
  })

  it('lists only published posts by default', async () => {
    const document = '{ posts(filter: { tag: "who-may" }) { nodes { id } } }'
    const { posts: found } = await posts.query(document, {}, author)
    expect(found.nodes).toEqual([{ id: published.id }])
  })

  it('lists only drafts when filtered by status', async () => {
    const document = '{ posts(filter: { tag: "who-may", statuses: [DRAFT] }) { nodes { id } } }'
    expect((await posts.query(document, {}, author)).posts.nodes).toEqual([{ id: draft.id }])
    expect((await posts.query(document, {}, callerNamed('administrator'))).posts.nodes).toEqual([])
    expect((await posts.query(document)).posts.nodes).toEqual([])
  })

  it('lists the same published posts in User.posts for every viewer', async () => {
    const document = `query ($of: [_Any!]!) {
      _entities(representations: $of) { ... on User { posts { totalCount nodes { id } } } }
    }`
    for (const name of names) {
      const of = [{ __typename: 'User', id: author.id }]
      const { _entities: found } = await posts.query(document, { of }, callerNamed(name))
      const ids: string[] = found[0].posts.nodes.map((node: { id: string }) => node.id)
      expect(ids).toContain(published.id)
      expect(ids).not.toContain(draft.id)
      expect(found[0].posts.totalCount).toBe(ids.length)
    }
  })

  it.each(names)('reports the permissions of %s in viewerCanUpdate and viewerCanDelete', async (name) => {
    const document = 'query ($id: ID!) { post(id: $id) { viewerCanUpdate viewerCanDelete } }'
    const { post } = await posts.query(document, { id: published.id }, callerNamed(name))
    expect(post).toEqual({
      viewerCanUpdate: name === 'author',
      viewerCanDelete: ['author', 'moderator', 'administrator'].includes(name),
    })
  })

  it.each(names)('reports no permissions while %s is suspended', async (name) => {
    const viewer = callerNamed(name)
    const document = 'query ($id: ID!) { post(id: $id) { viewerCanUpdate viewerCanDelete } }'
    const read = async (suspendedUntilMs: number) => {
      const suspended = viewer.kind === 'signedIn' ? { ...viewer, suspendedUntilMs } : viewer
      return (await posts.query(document, { id: published.id }, suspended)).post
    }
    expect(await read(Infinity)).toEqual({ viewerCanUpdate: false, viewerCanDelete: false })
    const ended = await read(Date.now() - 1)
    expect(ended.viewerCanDelete).toBe(['author', 'moderator', 'administrator'].includes(name))
  })
})
