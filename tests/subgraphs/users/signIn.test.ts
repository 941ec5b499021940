import { anonymous } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import {
  createCountingHasher,
  documents,
  newAddress,
  listUserErrors,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

const hasher = createCountingHasher()
let users: TestUsers
let person: Person
beforeAll(async () => {
  users = await startUsers({ hasher })
  person = await users.signUp()
})
afterAll(async () => {
  await users.close()
})
beforeEach(() => {
  hasher.runs.length = 0
})

interface SignInOptions {
  email?: string
  password?: string
  deviceToken?: string | null
  address?: string
}

function signIn({ email = person.email, address = newAddress(), ...rest }: SignInOptions = {}) {
  const input = { email, password: 'a wrong guess', ...rest }
  return users.send(documents.signIn, { input }, anonymous, address)
}

const badCredentials = [['BAD_CREDENTIALS', null]]
const unknownEmail = () => `${newId('User')}@example.org`

test('signs in with the correct password, without regard to the case of the email', async () => {
  const { data } = await signIn({ email: ` ${person.email.toUpperCase()} `, password: person.password })
  expect(data.signIn.userErrors).toEqual([])
  expect(data.signIn.user).toMatchObject({ id: person.id, email: person.email })
  expect(data.signIn.session).not.toBeNull()
})

test('responds alike to an unknown email and a wrong password, running argon2 once for each', async () => {
  const wrong = await signIn()
  expect(hasher.runs).toEqual(['verify'])
  const unknown = await signIn({ email: unknownEmail() })
  expect(hasher.runs).toEqual(['verify', 'verify'])
  expect(unknown).toEqual(wrong)
  expect(listUserErrors(wrong.data.signIn)).toEqual(badCredentials)
  expect(wrong.data.signIn).toMatchObject({ session: null, user: null })
})

test.each([
  ['email', { email: 'x'.repeat(255) }],
  ['password', { password: 'x'.repeat(257) }],
])('rejects an %s that no account can have without running argon2', async (_, input) => {
  const { data } = await signIn(input)
  expect(listUserErrors(data.signIn)).toEqual(badCredentials)
  expect(hasher.runs).toEqual([])
})

test.each(['', 'not an address', '$gt', 'x'.repeat(254)])(
  'rejects a text that is not an email address alike: %.30s',
  async (email) => {
    const { data } = await signIn({ email })
    expect(listUserErrors(data.signIn)).toEqual(badCredentials)
    expect(hasher.runs).toEqual(['verify'])
  },
)

test('rejects imported users, who have no password', async () => {
  const [imported] = await users.store({ email: unknownEmail() })
  const { data } = await signIn({ email: imported!.email!, password: '' })
  expect(listUserErrors(data.signIn)).toEqual(badCredentials)
})

test('stores neither passwords nor the attempted email and network address', async () => {
  const email = unknownEmail()
  await signIn({ email, password: 'never to be seen', address: '203.0.113.77' })
  const stored = JSON.stringify([
    await users.readCollection('rate_limits'),
    await users.readCollection('users'),
  ])
  expect(stored).not.toContain('203.0.113.77')
  expect(stored).not.toContain(email)
  expect(stored).not.toContain('never to be seen')
  expect(stored).not.toContain(person.password)
  expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
})
