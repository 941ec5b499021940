import { waitUntil } from '../support/processes'
import { administrator, startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
let admin: Pick<TestUser, 'id' | 'accessToken'>
beforeAll(async () => {
  agora = await startSupergraph()
  admin = await agora.signIn(administrator)
})
afterAll(() => agora.close())

type Bearer = Pick<TestUser, 'accessToken'>

const readCode = async (document: string, variables: object, person: Bearer): Promise<unknown> =>
  (await agora.send(document, variables, person)).errors?.[0]?.extensions['code']

const hide = 'mutation ($id: ID!) { hideComment(input: { commentId: $id }) { userErrors { code } } }'
const createPost =
  'mutation { createPost(input: { title: "A post", body: "A body", publish: true }) { userErrors { code } } }'

const setRole = (userId: string, role: string) =>
  agora.query(
    'mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { userErrors { code } } }',
    { input: { userId, role } },
    admin,
  )

const refresh = async ({ refreshToken }: TestUser): Promise<Bearer> => {
  const { refreshSession } = await agora.query(
    `mutation ($input: RefreshSessionInput!) {
      refreshSession(input: $input) { session { accessToken } userErrors { code } } }`,
    { input: { refreshToken } },
  )
  return refreshSession.session
}

it('ends the privileges of a demoted moderator in other services, where the client continues as a member', async () => {
  const person = await agora.signUp('demoted')
  await setRole(person.id, 'MODERATOR')
  const moderator = await agora.signIn({ email: person.email, password: person.password })
  const variables = { id: `cmt_${'0'.repeat(32)}` }
  expect(await readCode(hide, variables, moderator)).toBeUndefined()
  await setRole(person.id, 'MEMBER')
  await waitUntil('the token is refused', async () => {
    const code = await readCode(hide, variables, moderator)
    return code === 'UNAUTHENTICATED'
  })
  // The first session is older than both changes.
  const member = await refresh(person)
  expect(await readCode(hide, variables, member)).toBe('FORBIDDEN')
  expect(await readCode(createPost, {}, member)).toBeUndefined()
})

it('ends the privileges of an ended session in other services', async () => {
  const person = await agora.signUp('member')
  expect(await readCode(createPost, {}, person)).toBeUndefined()
  await agora.query('mutation ($input: SignOutInput!) { signOut(input: $input) { userErrors { code } } }', {
    input: { refreshToken: person.refreshToken },
  })
  await waitUntil(
    'the token is refused',
    async () => (await readCode(createPost, {}, person)) === 'UNAUTHENTICATED',
  )
})

it('accepts the session that a password change creates', async () => {
  const person = await agora.signUp('careful')
  const { changePassword } = await agora.query(
    `mutation ($input: ChangePasswordInput!) {
      changePassword(input: $input) { session { accessToken } userErrors { code } } }`,
    { input: { currentPassword: person.password, newPassword: 'a new password' } },
    person,
  )
  await waitUntil(
    'the old token is refused',
    async () => (await readCode(createPost, {}, person)) === 'UNAUTHENTICATED',
  )
  expect(await readCode(createPost, {}, changePassword.session)).toBeUndefined()
})
