import { anonymous } from '../../../packages/auth/viewer'
import { newId } from '../../../packages/platform/ids/ids'
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

interface Try {
  email?: string
  password?: string
  deviceToken?: string | null
  address?: string
}

function trySignIn({ email = person.email, address = newAddress(), ...rest }: Try = {}) {
  const input = { email, password: 'a wrong guess', ...rest }
  return users.send(documents.signIn, { input }, anonymous, address)
}

const refusal = [['BAD_CREDENTIALS', null]]
const nobody = () => `${newId('User')}@example.org`

test('a right password signs in, whatever the case of the address', async () => {
  const { data } = await trySignIn({ email: ` ${person.email.toUpperCase()} `, password: person.password })
  expect(data.signIn.userErrors).toEqual([])
  expect(data.signIn.user).toMatchObject({ id: person.id, email: person.email })
  expect(data.signIn.session).not.toBeNull()
})

test('an unknown address and a wrong password get the same answer, and argon2 runs once for each', async () => {
  const wrong = await trySignIn()
  expect(hasher.runs).toEqual(['verify'])
  const unknown = await trySignIn({ email: nobody() })
  expect(hasher.runs).toEqual(['verify', 'verify'])
  expect(unknown).toEqual(wrong)
  expect(listUserErrors(wrong.data.signIn)).toEqual(refusal)
  expect(wrong.data.signIn).toMatchObject({ session: null, user: null })
})

test.each([
  ['email', { email: 'x'.repeat(255) }],
  ['password', { password: 'x'.repeat(257) }],
])('an %s that no account can have gets that answer without any work', async (_, input) => {
  const { data } = await trySignIn(input)
  expect(listUserErrors(data.signIn)).toEqual(refusal)
  expect(hasher.runs).toEqual([])
})

test.each(['', 'no address at all', '$gt', 'x'.repeat(254)])(
  'a text that is no address gets that answer too: %.30s',
  async (email) => {
    const { data } = await trySignIn({ email })
    expect(listUserErrors(data.signIn)).toEqual(refusal)
    expect(hasher.runs).toEqual(['verify'])
  },
)

test('an imported person cannot sign in', async () => {
  const [imported] = await users.store({ email: nobody() })
  const { data } = await trySignIn({ email: imported!.email!, password: '' })
  expect(listUserErrors(data.signIn)).toEqual(refusal)
})

test('neither passwords nor what was typed for an address are stored', async () => {
  const email = nobody()
  await trySignIn({ email, password: 'never to be seen', address: '203.0.113.77' })
  const stored = JSON.stringify([await users.documents('rate_limits'), await users.documents('users')])
  expect(stored).not.toContain('203.0.113.77')
  expect(stored).not.toContain(email)
  expect(stored).not.toContain('never to be seen')
  expect(stored).not.toContain(person.password)
  expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
})
