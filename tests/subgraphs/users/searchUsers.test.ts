import fc from 'fast-check'

import { anonymous } from '../../../packages/auth/viewer'
import { listSearchTokens } from '../../../subgraphs/users/domain/userSearch'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { makeUser, startUsers, documents, type Person, type TestUsers } from './support'

let users: TestUsers
let viewer: Person['viewer']
beforeAll(async () => {
  users = await startUsers()
  viewer = (await users.signUp({ displayName: 'The Viewer' })).viewer
  await users.store(
    { handle: 'grace', displayName: 'Admiral Hopper' },
    { handle: 'grace_h', displayName: 'Grace Hopper' },
    { handle: 'graceful', displayName: 'Someone else' },
    { handle: 'hopper_g', displayName: 'Brewster M. Grace' },
    { handle: 'zoe', displayName: 'Zoë Graceland' },
    { handle: 'james', displayName: 'James' },
    { handle: 'tokyo', displayName: '東京太郎さん' },
    { handle: 'emoji', displayName: '🦄🦄' },
    { handle: 'sofia', displayName: 'Σοφία Ёлкина' },
  )
})
afterAll(() => users.close())

interface Arguments {
  query: string
  first?: number
  after?: string
  last?: number
  before?: string
}
const document = `query ($query: String!, $first: Int, $after: String, $last: Int, $before: String) {
  searchUsers(query: $query, first: $first, after: $after, last: $last, before: $before) {
    nodes { handle } edges { cursor } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
const search = async (args: Arguments) => (await users.query(document, args, viewer)).searchUsers
const findHandles = async (query: string) =>
  (await search({ query })).nodes.map(({ handle }: { handle: string }) => handle)

test.each([
  ['grace', ['grace', 'grace_h', 'graceful', 'hopper_g', 'zoe']],
  ['@GRACE', ['grace', 'grace_h', 'graceful', 'hopper_g', 'zoe']],
  ['gracel', ['zoe']],
  ['grace_', ['grace_h']],
  ['hopper', ['hopper_g', 'grace', 'grace_h']],
  ['grace hop', ['grace', 'grace_h', 'hopper_g']],
  ['hopper adm', ['grace']],
  ['zoe', ['zoe']],
  ['ZOË', ['zoe']],
  ['jame', ['james']],
  ['james', ['james']],
  ['東京', ['tokyo']],
  ['太郎', ['tokyo']],
  ['東京太郎さん', ['tokyo']],
  ['елк', ['sofia']],
  ['σοφια', ['sofia']],
  ['emo', ['emoji']],
  ['🦄', []],
  ['', []],
  ['  ', []],
  ['grace nobodyhasthis', []],
  ['race', []],
])('finds the users of %j: %j', async (query, expected) => {
  expect(await findHandles(query)).toEqual(expected)
})

test('finds a user by the new handle and name after a change', async () => {
  const person = await users.signUp({ handle: 'marie_old', displayName: 'Maria Salomea' })
  const input = { handle: 'marie_curie', displayName: 'Marie Curie' }
  await users.query(documents.updateProfile, { input }, person.viewer)
  expect(await findHandles('curie')).toEqual(['marie_curie'])
  expect(await findHandles('salomea')).toEqual([])
  expect(await findHandles('marie_old')).toEqual([])
  await users.query(documents.deleteAccount, { input: { password: person.password } }, person.viewer)
  expect(await findHandles('curie')).toEqual([])
})

test('pages forward and backward through all ranks', async () => {
  const expected = ['grace', 'grace_h', 'graceful', 'hopper_g', 'zoe']
  for (const size of [1, 2, 3, 5]) {
    const read = async (backward: boolean) => {
      const found: string[] = []
      let cursor: string | undefined
      for (;;) {
        const page = backward
          ? await search({ query: 'grace', last: size, ...(cursor !== undefined && { before: cursor }) })
          : await search({ query: 'grace', first: size, ...(cursor !== undefined && { after: cursor }) })
        const handles = page.nodes.map(({ handle }: { handle: string }) => handle)
        expect(page.totalCount).toBe(5)
        if (backward) found.unshift(...handles)
        else found.push(...handles)
        if (!(backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage)) return found
        cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor
      }
    }
    expect(await read(false)).toEqual(expected)
    expect(await read(true)).toEqual(expected)
  }
})

test('requires a signed-in viewer, and rejects cursors of other searches and long queries', async () => {
  const codes = async (args: Arguments, as: Person['viewer'] | typeof anonymous) =>
    (await users.send(document, args, as)).errors?.map(({ extensions }) => extensions['code'])
  expect(await codes({ query: 'grace' }, anonymous)).toEqual(['UNAUTHENTICATED'])
  const { endCursor } = (await search({ query: 'grace', first: 1 })).pageInfo
  expect(await codes({ query: 'graceful', after: endCursor }, viewer)).toEqual(['BAD_USER_INPUT'])
  expect(await codes({ query: 'x'.repeat(201) }, viewer)).toEqual(['BAD_USER_INPUT'])
  expect(await codes({ query: 'x', first: 101 }, viewer)).toEqual(['BAD_USER_INPUT'])
})

test('reads one page of many matching users from the index', async () => {
  const many = Array.from({ length: 3000 }, (_, index) =>
    makeUser({ handle: `member_${index}`, displayName: `Querty ${index % 2 ? 'Odd' : 'Even'}` }),
  )
  await users.store(...many)
  const first = await search({ query: 'querty', first: 20 })
  const read = (args: Arguments) => countDocumentsExamined(users.connection, () => search(args))
  const { endCursor } = first.pageInfo
  expect(first.totalCount).toBeNull()
  const small = { query: 'querty', first: 20, after: endCursor }
  const withoutCount = document.replace('totalCount', '')
  const examined = await countDocumentsExamined(users.connection, () =>
    users.query(withoutCount, small, viewer),
  )
  expect(examined.collectionScans).toBe(0)
  // The page, one more, and the session.
  expect(examined.documents).toBeLessThan(30)
  expect((await read({ query: 'querty odd' })).documents).toBeLessThan(5000)
})

test('lists each text of a user once, at most a few hundred', () => {
  const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 })
  const handles = fc.stringMatching(/^[a-z0-9_]{3,30}$/)
  fc.assert(
    fc.property(
      handles,
      fc.oneof(names, fc.stringMatching(/^[漢字かなアハン]{1,80}$/)),
      (handle, displayName) => {
        const tokens = listSearchTokens({ handle, displayName })
        const texts = tokens.map((token) => token.slice(1))
        expect(new Set(texts).size).toBe(texts.length)
        expect(tokens.length).toBeLessThan(500)
        expect(tokens).toContain(`0${handle}`)
      },
    ),
  )
})
