import { anonymous } from '../../../packages/auth/viewer'
import {
  createClock,
  documents,
  makeSignUp,
  newAddress,
  listUserErrors,
  startUsers,
  type TestUsers,
} from './support'

const clock = createClock()
let users: TestUsers
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
})
afterAll(() => users.close())

const fields = 'user { id } userErrors { code field }'

/** Signs up once per input with the aliases of one request. */
async function signUpAll(inputs: object[], address: string) {
  const variables = Object.fromEntries(inputs.map((input, index) => [`i${index}`, input]))
  const names = Object.keys(variables)
  const declared = names.map((name) => `$${name}: SignUpInput!`).join(' ')
  const aliases = names.map((name) => `a${name}: signUp(input: $${name}) { ${fields} }`).join(' ')
  const { data, errors = [] } = await users.send(
    `mutation (${declared}) { ${aliases} }`,
    variables,
    anonymous,
    address,
  )
  return { payloads: Object.values<Parameters<typeof listUserErrors>[0] | null>(data), errors }
}

it('does not reveal whether an email has an account while the handle is taken', async () => {
  const { handle, email } = await users.signUp()
  const taken = await signUpAll([makeSignUp({ handle, email })], newAddress())
  const free = await signUpAll([makeSignUp({ handle })], newAddress())
  expect(taken).toEqual(free)
  expect(taken.payloads.map((payload) => payload && listUserErrors(payload))).toEqual([[['TAKEN', 'handle']]])
})

it('does not reveal whether an email has an account while anything else is invalid', async () => {
  const { email } = await users.signUp()
  const { payloads } = await signUpAll([makeSignUp({ email, password: 'short' })], newAddress())
  expect(payloads.map((payload) => payload && listUserErrors(payload))).toEqual([[['TOO_SHORT', 'password']]])
})

it('counts every alias of a request: at most 50 sign-ups from one network, with any result', async () => {
  const { handle, email } = await users.signUp()
  const address = '2001:db8:5:5::1'
  const inputs = Array.from({ length: 60 }, (_, index) => makeSignUp(index % 2 ? { handle } : { email }))
  const { payloads, errors } = await signUpAll(inputs, address)
  expect(payloads.filter((payload) => payload !== null)).toHaveLength(50)
  expect(errors).toHaveLength(10)
  expect(errors[0]).toMatchObject({ extensions: { code: 'RATE_LIMITED', retryAfter: 72 } })
  const next = (from: string) => signUpAll([makeSignUp()], from)
  expect((await next('2001:db8:5:5:ffff::2')).errors).toHaveLength(1)
  expect((await next('2001:db8:5:6::1')).errors).toEqual([])
  clock.advance(72_000)
  expect((await next(address)).errors).toEqual([])
})

it('does not count a sign-up whose input is invalid', async () => {
  const address = newAddress()
  await signUpAll(Array(60).fill(makeSignUp({ displayName: '' })), address)
  const { data } = await users.send(documents.signUp, { input: makeSignUp() }, anonymous, address)
  expect(data.signUp.userErrors).toEqual([])
})
