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

type Outcome = 'yes' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND'
type Row = Record<'anonymous' | 'member' | 'author' | 'moderator' | 'administrator', Outcome>
const cells = (table: Record<string, Row>) =>
  Object.entries(table).flatMap(([what, row]) =>
    Object.entries(row).map(([caller, outcome]) => [what, caller, outcome] as const),
  )

async function outcomeOf(...args: Parameters<typeof mutate>): Promise<unknown> {
  const { payload, answer } = await mutate(...args)
  if (!payload) return readSingleError(answer).code
  return payload.userErrors[0]?.code ?? 'yes'
}

const stored = (id: string) => posts.connection.collection<{ _id: string }>('posts').findOne({ _id: id })

describe('mutations', () => {
  const notSignedIn = { anonymous: 'UNAUTHENTICATED' } as const
  const authorAlone = {
    ...notSignedIn,
    member: 'FORBIDDEN',
    author: 'yes',
    moderator: 'FORBIDDEN',
    administrator: 'FORBIDDEN',
  } as const
  const onlySeenByAuthor = {
    ...notSignedIn,
    member: 'NOT_FOUND',
    author: 'yes',
    moderator: 'NOT_FOUND',
    administrator: 'NOT_FOUND',
  } as const

  it.each(
    cells({
      create: { ...notSignedIn, member: 'yes', author: 'yes', moderator: 'yes', administrator: 'yes' },
    }),
  )('%s: %s %s', async (_, caller, outcome) => {
    const input = { title: 'T', body: 'B', publish: true }
    expect(await outcomeOf(posts, 'createPost', input, callerNamed(caller))).toBe(outcome)
  })

  it.each(
    cells({
      updatePost: authorAlone,
      publishPost: authorAlone,
      deletePost: {
        ...notSignedIn,
        member: 'FORBIDDEN',
        author: 'yes',
        moderator: 'yes',
        administrator: 'yes',
      },
    }),
  )('%s of a published post: %s %s', async (what, caller, outcome) => {
    await check(what, caller, outcome, makePost({ authorId: author.id }))
  })

  it.each(
    cells({ updatePost: onlySeenByAuthor, publishPost: onlySeenByAuthor, deletePost: onlySeenByAuthor }),
  )('%s of a draft: %s %s', async (what, caller, outcome) => {
    await check(what, caller, outcome, makeDraft(author.id))
  })

  async function check(what: string, caller: string, outcome: Outcome, post: ReturnType<typeof makePost>) {
    await posts.seed([post])
    const before = await stored(post.id)
    const viewer = callerNamed(caller)
    if (what === 'updatePost') {
      expect(await outcomeOf(posts, what, { postId: post.id, title: 'New' }, viewer)).toBe(outcome)
    } else if (what === 'publishPost' || what === 'deletePost') {
      expect(await outcomeOf(posts, what, { postId: post.id }, viewer)).toBe(outcome)
    }
    if (outcome !== 'yes') expect(await stored(post.id)).toEqual(before)
  }

  it.each(['updatePost', 'publishPost', 'deletePost'] as const)(
    '%s of a post without an author is for nobody to own',
    async (what) => {
      const post = makePost({ authorId: null })
      await posts.seed([post])
      const input = what === 'updatePost' ? { postId: post.id, title: 'New' } : { postId: post.id }
      expect(await outcomeOf(posts, what, input, callerNamed('member'))).toBe('FORBIDDEN')
    },
  )
})

describe('what shows', () => {
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

  describe.each(Object.keys(paths))('%s', (path) => {
    it.each(names)('to %s', async (name) => {
      const shows = paths[path]
      if (!shows) throw new Error(path)
      expect(await shows(published.id, callerNamed(name))).toBe(true)
      expect(await shows(draft.id, callerNamed(name))).toBe(name === 'author')
      expect(await shows(authorless.id, callerNamed(name))).toBe(false)
    })
  })

  it('lists published ones alone unless told', async () => {
    const document = '{ posts(filter: { tag: "who-may" }) { nodes { id } } }'
    const { posts: found } = await posts.query(document, {}, author)
    expect(found.nodes).toEqual([{ id: published.id }])
  })

  it('lists drafts alone when told', async () => {
    const document = '{ posts(filter: { tag: "who-may", statuses: [DRAFT] }) { nodes { id } } }'
    expect((await posts.query(document, {}, author)).posts.nodes).toEqual([{ id: draft.id }])
    expect((await posts.query(document, {}, callerNamed('administrator'))).posts.nodes).toEqual([])
    expect((await posts.query(document)).posts.nodes).toEqual([])
  })

  it('shows User.posts and Event.posts to everyone alike: published ones', async () => {
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

  it.each(names)('says what %s may do', async (name) => {
    const document = 'query ($id: ID!) { post(id: $id) { viewerCanUpdate viewerCanDelete } }'
    const { post } = await posts.query(document, { id: published.id }, callerNamed(name))
    expect(post).toEqual({
      viewerCanUpdate: name === 'author',
      viewerCanDelete: ['author', 'moderator', 'administrator'].includes(name),
    })
  })
})
