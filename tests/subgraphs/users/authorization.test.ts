import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { documents, makeSignUp, startUsers, type Person, type TestUsers } from './support'

type Caller = 'anonymous' | 'member' | 'owner' | 'moderator' | 'administrator'

let users: TestUsers
const people = new Map<Caller, Person>()
beforeAll(async () => {
  users = await startUsers()
  people.set('administrator', await users.administrator())
  for (const caller of ['member', 'owner', 'moderator'] as const) people.set(caller, await users.signUp())
  await setRole(person('moderator'), 'MODERATOR')
  // The token of before would say MEMBER for another quarter of an hour.
  people.set('moderator', await users.signIn(person('moderator')))
})
afterAll(() => users.close())

function person(caller: Caller): Person {
  const found = people.get(caller)
  if (!found) throw new Error(`Nobody is ${caller}.`)
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

const who = 'UNAUTHENTICATED'
const no = 'FORBIDDEN'
const yes = 'yes'
const everyone = { anonymous: yes, member: yes, owner: yes, moderator: yes, administrator: yes }
/** There is no asking for somebody else's: the caller is the owner. */
const own = { ...everyone, anonymous: who }

type Field = Exclude<keyof typeof documents, 'viewer'>

/** What each caller gets: the code of the top-level error, or that there is none. */
const table: Record<Field, Record<Caller, string>> = {
  signUp: everyone,
  signIn: everyone,
  refreshSession: everyone,
  signOut: everyone,
  updateProfile: own,
  changePassword: own,
  deleteAccount: own,
  setUserRole: { anonymous: who, member: no, owner: no, moderator: no, administrator: yes },
}

/** An input that works, whoever sends it; the accounts that it touches are the caller's own and strangers. */
async function inputOf(field: Field, caller: Caller): Promise<object> {
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

const cases = Object.entries(table).flatMap(([field, outcomes]) =>
  Object.entries(outcomes).map(([caller, outcome]) => [field as Field, caller as Caller, outcome] as const),
)

test.each(cases)('%s by %s: %s', async (field, caller, outcome) => {
  const input = await inputOf(field, caller)
  const before = await users.documents('users')
  const answer = await users.send(documents[field], { input }, viewer(caller))
  if (outcome === yes) {
    expect(answer.errors).toBeUndefined()
    // That the account would go is shown by what is wrong alone: whether the password is.
    const expected = field === 'deleteAccount' ? [{ code: 'BAD_CREDENTIALS' }] : []
    expect(answer.data[field].userErrors).toMatchObject(expected)
    if (field === 'changePassword') people.set(caller, await users.signIn(person(caller)))
  } else {
    expect(answer.data).toEqual({ [field]: null })
    expect(answer.errors).toMatchObject([{ path: [field], extensions: { code: outcome } }])
    expect(await users.documents('users')).toEqual(before)
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
])('%s reads the email of %s: %s', async (caller, whose, reads) => {
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

test('everyone reads the rest of a profile', async () => {
  const { id, handle } = person('owner')
  const { user } = await users.query(`{ user(id: "${id}") { handle role displayName joinedAt } }`)
  expect(user).toMatchObject({ handle, role: 'MEMBER' })
})

test('an administrator who is none any more has no more rights, whatever the access token says', async () => {
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

test('nobody gets in without the header that the router signs; keys and health are open', async () => {
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
