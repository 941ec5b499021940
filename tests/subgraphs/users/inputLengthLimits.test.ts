import { makeSignUp, startUsers, type Person, type TestUsers } from './support'

let users: TestUsers
let person: Person
beforeAll(async () => {
  users = await startUsers()
  person = await users.signUp()
})
afterAll(() => users.close())
afterEach(() => jest.restoreAllMocks())

/** Unicode normalization takes time quadratic in the length of this text. */
const hostile = `a${'\u0315'.repeat(2000)}${'\u0316'.repeat(2000)}`

/** Sends a mutation under 20 aliases and returns the number of normalized characters. */
async function countNormalizedCharacters(
  name: string,
  input: object,
  viewer = person.viewer,
): Promise<number> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`
  const aliases = Array.from({ length: 20 }, (_, index) => {
    return `a${index}: ${name}(input: $input) { userErrors { code } }`
  })
  const normalize = jest.spyOn(String.prototype, 'normalize')
  const { data } = await users.send(`mutation ($input: ${type}!) { ${aliases.join(' ')} }`, { input }, viewer)
  expect(Object.values(data)).toContainEqual({ userErrors: [expect.anything()] })
  return normalize.mock.contexts.reduce<number>((sum, text) => sum + String(text).length, 0)
}

test.each<[string, string, object]>([
  ['signIn', 'email', { email: hostile, password: 'a wrong guess' }],
  ['signIn', 'password', { email: 'nobody@example.org', password: hostile }],
  ['signUp', 'email', makeSignUp({ email: `${hostile}@example.org` })],
  ['signUp', 'password', makeSignUp({ password: hostile })],
  ['signUp', 'handle', makeSignUp({ handle: hostile })],
  ['signUp', 'displayName', makeSignUp({ displayName: hostile })],
  ['changePassword', 'currentPassword', { currentPassword: hostile, newPassword: 'a quite different one' }],
  ['changePassword', 'newPassword', { currentPassword: 'a wrong guess', newPassword: hostile }],
  ['deleteAccount', 'password', { password: hostile }],
])(
  '%s normalizes at most 300 characters of a hostile %s under each of 20 aliases',
  async (name, _, input) => {
    expect(await countNormalizedCharacters(name, input)).toBeLessThan(20 * 300)
  },
)
