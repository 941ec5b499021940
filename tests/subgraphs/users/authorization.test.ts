import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { withoutOutbox } from '../../support/outbox'
import { documents, makeSignUp, startUsers, type Person, type TestUsers } from './support'

type Caller = 'anonymous' | 'member' | 'owner' | 'moderator' | 'administrator'

let users: TestUsers
const people = new Map<Caller, Person>()
beforeAll(async () => {
  users = await startUsers()
  people.set('administrator', await users.administrator())
  for (const caller of ['member', 'owner', 'moderator'] as const) people.set(caller, await users.signUp())
  await setRole(person('moderator'), 'MODERATOR')
  // The previous access token still contains the role MEMBER.
  people.set('moderator', await users.signIn(person('moderator')))
})
afterAll(() => users.close())

function person(caller: Caller): Person {
  const found = people.get(caller)
  if (!found) throw new Error(`There is no user for ${caller}.`)
  return found
}

const viewer = (caller: Caller): Viewer => (caller === 'anonymous' ? anonymous : person(caller).viewer)

async function setRole(user: Person, role: string): Promise<void> {
  const { setUserRole } = await users.query(
    documents.setUserRole,
    { input: { userId: user.id, role } },
    person('administrator').viewer,
  )
  expect(setUserRole.userErrors).toEqual([])
}

const unauthenticated = 'UNAUTHENTICATED'
const no = 'FORBIDDEN'
const yes = 'yes'
const everyone = { anonymous: yes, member: yes, owner: yes, moderator: yes, administrator: yes }
/** Fields that always concern the caller's own account. */
const own = { ...everyone, anonymous: unauthenticated }

type Field = Exclude<keyof typeof documents, 'viewer'>

/** The expected outcome for each caller: the code of the top-level error, or `yes`. */
const expectedOutcomes: Record<Field, Record<Caller, string>> = {
  signUp: everyone,
  signIn: everyone,
  refreshSession: everyone,
  signOut: everyone,
  updateProfile: own,
  changePassword: own,
  deleteAccount: own,
  setUserRole: { anonymous: unauthenticated, member: no, owner: no, moderator: no, administrator: yes },
}

/** Creates an input that is valid for the caller. */
async function createInput(field: Field, caller: Caller): Promise<object> {
  const password = caller === 'anonymous' ? '' : person(caller).password
  switch (field) {
    case 'signUp':
      return makeSignUp()
    case 'signIn': {
      const { email, password } = person('owner')
      return { email, password }
    }
    case 'refreshSession':
    case 'signOut':
      return { refreshToken: (await users.signIn(person('owner'))).session.refreshToken }
    case 'updateProfile':
      return { location: 'Here' }
    case 'changePassword':
      return { currentPassword: password, newPassword: password }
    case 'deleteAccount':
      return { password: password && 'not the password' }
    case 'setUserRole':
      return { userId: person('owner').id, role: 'MEMBER' }
  }
}

const cases = Object.entries(expectedOutcomes).flatMap(([field, outcomes]) =>
  Object.entries(outcomes).map(([caller, outcome]) => [field as Field, caller as Caller, outcome] as const),
)

const readUsers = async () => (await users.readCollection('users')).map(withoutOutbox)

test.each(cases)('responds to %s by %s with %s', async (field, caller, outcome) => {
  const input = await createInput(field, caller)
  const before = await readUsers()
  const response = await users.send(documents[field], { input }, viewer(caller))
  if (outcome === yes) {
    expect(response.errors).toBeUndefined()
    // The wrong password keeps the account; reaching the check of the password shows that the call is allowed.
    const expected = field === 'deleteAccount' ? [{ code: 'BAD_CREDENTIALS' }] : []
    expect(response.data[field].userErrors).toMatchObject(expected)
    if (field === 'changePassword') people.set(caller, await users.signIn(person(caller)))
  } else {
    expect(response.data).toEqual({ [field]: null })
    expect(response.errors).toMatchObject([{ path: [field], extensions: { code: outcome } }])
    expect(await readUsers()).toEqual(before)
  }
})

test.each<[Caller, Caller, boolean]>([
  ['anonymous', 'owner', false],
  ['member', 'owner', false],
  ['owner', 'owner', true],
  ['moderator', 'owner', false],
  ['administrator', 'owner', true],
  ['administrator', 'administrator', true],
  ['owner', 'administrator', false],
])('lets %s read the email of %s: %s', async (caller, whose, reads) => {
  const { id, email } = person(whose)
  const expected = reads ? email : null
  const byHandle = `{ userByHandle(handle: "${person(whose).handle}") { id email } }`
  expect(await users.query(`{ user(id: "${id}") { email } }`, {}, viewer(caller))).toEqual({
    user: { email: expected },
  })
  expect(await users.query(byHandle, {}, viewer(caller))).toEqual({ userByHandle: { id, email: expected } })
  const entity = await users.query(
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { email } } }',
    { of: [{ __typename: 'User', id }] },
    viewer(caller),
  )
  expect(entity._entities).toEqual([{ email: expected }])
})

test('lets everyone read the rest of a profile', async () => {
  const { id, handle } = person('owner')
  const { user } = await users.query(`{ user(id: "${id}") { handle role displayName joinedAt } }`)
  expect(user).toMatchObject({ handle, role: 'MEMBER' })
})

test('denies a former administrator whose access token still contains the role', async () => {
  const former = await users.signUp()
  await setRole(former, 'ADMIN')
  const { viewer: stale } = await users.signIn(former)
  expect(stale.role).toBe('ADMIN')
  await setRole(former, 'MEMBER')
  const again = await users.send(
    documents.setUserRole,
    { input: { userId: former.id, role: 'ADMIN' } },
    stale,
  )
  expect(again.errors).toMatchObject([{ extensions: { code: no } }])
  const { user } = await users.query(`{ user(id: "${person('owner').id}") { email } }`, {}, stale)
  expect(user).toEqual({ email: null })
})

test('rejects queries without the viewer token of the router, and serves keys and health to everyone', async () => {
  for (const query of [
    '{ __typename }',
    '{ _service { sdl } }',
    '{ _entities(representations: []) { __typename } }',
  ]) {
    const response = await fetch(users.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    expect(response.status).toBe(401)
  }
  for (const path of ['/.well-known/jwks.json', '/health/live', '/health/ready']) {
    expect((await fetch(new URL(path, users.url))).status).toBe(200)
  }
})
