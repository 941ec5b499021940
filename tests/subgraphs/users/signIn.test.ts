import { createFailureRepository } from '../../../subgraphs/users/failureRepository'
import { addressLimit } from '../../../subgraphs/users/failure'
import { anonymous } from '../../../subgraphs/shared/viewer'
import { newId } from '../../../subgraphs/shared/ids'
import {
  createClock,
  createCountingHasher,
  documents,
  problems,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

const clock = createClock()
const hasher = createCountingHasher()
let users: TestUsers
let twin: TestUsers
let person: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now, hasher })
  twin = await startUsers({ now: clock.now, hasher, database: users.connection.name })
  person = await users.signUp()
})
afterAll(async () => {
  await twin.close()
  await users.close()
})
beforeEach(() => {
  clock.advance(15 * minute)
  hasher.runs.length = 0
})

const minute = 60_000
let lastAddress = 0
/** An address from which nobody has tried yet. */
const newAddress = () => `198.51.100.${++lastAddress}`

interface Try {
  email?: string
  password?: string
  address?: string
  through?: TestUsers
}

function trySignIn({ email, password = 'a wrong guess', address = newAddress(), through = users }: Try = {}) {
  return through.send(
    documents.signIn,
    { input: { email: email ?? person.email, password } },
    anonymous,
    address,
  )
}

const refusal = [['BAD_CREDENTIALS', null]]
const nobody = () => `${newId('User')}@example.org`

async function fail(times: number, input: Try): Promise<void> {
  for (let count = 0; count < times; count++) {
    const { data } = await trySignIn(input)
    expect(problems(data.signIn)).toEqual(refusal)
  }
}

async function expectLimited(input: Try, retryAfter: unknown = 15 * 60): Promise<void> {
  hasher.runs.length = 0
  const answer = await trySignIn(input)
  expect(answer.data).toEqual({ signIn: null })
  expect(answer.errors).toMatchObject([
    { path: ['signIn'], extensions: { code: 'RATE_LIMITED', retryAfter } },
  ])
  expect(hasher.runs).toEqual([])
}

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
  expect(problems(wrong.data.signIn)).toEqual(refusal)
  expect(wrong.data.signIn).toMatchObject({ session: null, user: null })
})

test.each([
  ['email', { email: 'x'.repeat(255) }],
  ['password', { password: 'x'.repeat(257) }],
])('an %s that no account can have gets that answer without any work', async (_, input) => {
  const { data } = await trySignIn(input)
  expect(problems(data.signIn)).toEqual(refusal)
  expect(hasher.runs).toEqual([])
})

test.each(['', 'no address at all', '$gt', 'x'.repeat(254)])(
  'a text that is no address gets that answer too: %.30s',
  async (email) => {
    const { data } = await trySignIn({ email })
    expect(problems(data.signIn)).toEqual(refusal)
    expect(hasher.runs).toEqual(['verify'])
  },
)

test('an imported person cannot sign in', async () => {
  const [imported] = await users.store({ email: nobody() })
  const { data } = await trySignIn({ email: imported!.email!, password: '' })
  expect(problems(data.signIn)).toEqual(refusal)
})

test.each([
  ['an account', () => person.email],
  ['an address that no account has', nobody],
])('after 10 failures in 15 minutes %s is limited, from everywhere', async (_, makeEmail) => {
  const email = makeEmail()
  await fail(5, { email })
  clock.advance(5 * minute)
  await fail(5, { email: email.toUpperCase(), through: twin })
  await expectLimited({ email }, 10 * 60)
  await expectLimited({ email, password: person.password, through: twin }, 10 * 60)
  clock.advance(10 * minute - 1)
  await expectLimited({ email }, 1)
  clock.advance(1)
  await fail(5, { email })
  await expectLimited({ email }, 5 * 60)
})

test('a success in between takes no failure back, and counts as none', async () => {
  await fail(9, {})
  for (let count = 0; count < 3; count++) {
    const { data } = await trySignIn({ password: person.password })
    expect(data.signIn.userErrors).toEqual([])
  }
  await fail(1, {})
  await expectLimited({ password: person.password })
})

test('after 100 failures an address is limited, for every account; IPv6 by its network', async () => {
  const address = '2001:db8:1:2::1'
  const failures = createFailureRepository(twin.connection.useDb(twin.connection.name, { useCache: false }))
  for (let count = 0; count < 98; count++) {
    await failures.add(addressLimit(address), { id: `seed${count}`, at: clock.now() })
  }
  await fail(2, { email: nobody(), address })
  await expectLimited({ email: nobody(), address: '2001:db8:1:2:ffff::9' })
  await expectLimited({ password: person.password, address })
  const { data } = await trySignIn({ password: person.password, address: '2001:db8:1:3::1' })
  expect(data.signIn.userErrors).toEqual([])
})

test('aliases in one request count one each', async () => {
  const aliases = Array.from(
    { length: 12 },
    (_, index) => `a${index}: signIn(input: $input) { userErrors { code } }`,
  )
  const answer = await users.send(`mutation ($input: SignInInput!) { ${aliases.join(' ')} }`, {
    input: { email: nobody(), password: 'a wrong guess' },
  })
  expect(hasher.runs).toHaveLength(10)
  expect(answer.errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
    [['a10'], 'RATE_LIMITED'],
    [['a11'], 'RATE_LIMITED'],
  ])
})

test('30 guesses at once through two processes are 10 guesses', async () => {
  const email = nobody()
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => trySignIn({ email, through: index % 2 ? users : twin })),
  )
  expect(hasher.runs).toHaveLength(10)
  expect(answers.filter(({ errors }) => errors?.[0]?.extensions['code'] === 'RATE_LIMITED')).toHaveLength(20)
})

test('30 sign-ins of one account at once with the right password all work', async () => {
  const address = newAddress()
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => trySignIn({ password: person.password, address })),
  )
  expect(answers.filter(({ data }) => data.signIn?.session)).toHaveLength(30)
})

test('the password of somebody who is signed in is guarded alike', async () => {
  const somebody = await users.signUp()
  const wrong = async (field: 'deleteAccount' | 'changePassword') => {
    const input =
      field === 'deleteAccount'
        ? { password: 'a wrong guess' }
        : { currentPassword: 'a wrong guess', newPassword: 'a quite different one' }
    return users.send(documents[field], { input }, somebody.viewer, newAddress())
  }
  for (let count = 0; count < 5; count++) {
    expect(problems((await wrong('deleteAccount')).data.deleteAccount)).toEqual([
      ['BAD_CREDENTIALS', 'password'],
    ])
    expect(problems((await wrong('changePassword')).data.changePassword)).toEqual([
      ['BAD_CREDENTIALS', 'currentPassword'],
    ])
  }
  for (const field of ['deleteAccount', 'changePassword'] as const) {
    expect((await wrong(field)).errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
  }
  await expectLimited({ email: somebody.email, password: somebody.password })
})

test('neither passwords nor what was typed for an address are stored', async () => {
  const email = nobody()
  await fail(1, { email, password: 'never to be seen' })
  const stored = JSON.stringify([await users.documents('failures'), await users.documents('users')])
  expect(stored).not.toContain(email)
  expect(stored).not.toContain('never to be seen')
  expect(stored).not.toContain(person.password)
  expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
})
