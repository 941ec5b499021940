import { anonymous } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import {
  countInvalidatedResponses,
  findPublicOperations,
  openInvalidations,
  selectEachField,
  type InvalidationReader,
} from '../../support/cache'
import { waitUntil } from '../../support/processes'
import { documents, startUsers, type Person, type TestUsers } from './support'

let users: TestUsers
let reader: InvalidationReader
let person: Person
let admin: Person
beforeAll(async () => {
  users = await startUsers()
  reader = await openInvalidations(users, 'users')
  person = await users.signUp()
  admin = await users.administrator()
})
afterAll(async () => {
  reader.close()
  await users.close()
})

const fetchUser = (selection: string, id: string) => ({
  document: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { ${selection} } } }`,
  variables: { of: [{ __typename: 'User', id }] },
})

it('caches only responses that are the same for all viewers', async () => {
  const member = await users.signUp()
  const moderator = { ...member.viewer, role: 'MODERATOR' } as const
  const viewers = [anonymous, member.viewer, person.viewer, moderator, admin.viewer]
  const fields = selectEachField('users', 'User')
  const objects = fields.map((selection) => fetchUser(selection, person.id))
  const others = [
    { document: `{ user(id: "${person.id}") { handle displayName role } }` },
    { document: `{ userByHandle(handle: "${person.handle}") { id } }` },
    { document: '{ userByHandle(handle: "unknown_handle") { id } }' },
    { document: `{ user(id: "${newId('User')}") { handle } }` },
    { document: '{ viewer { handle } }' },
    { document: `{ user(id: "${person.id}") { handle } viewer { handle } }` },
    { document: '{ identityProviders { id } }' },
  ]
  const cached = await findPublicOperations(users, [...objects, ...others], viewers)
  const names = fields.flatMap((selection, index) =>
    cached.includes(objects[index]!) ? [selection.split(' ')[0]] : [],
  )
  expect([...new Set(names)]).toEqual([
    ...['id', 'handle', 'displayName', 'bio', 'websiteUrl', 'avatarUrl', 'location', 'role', 'joinedAt'],
  ])
  expect(others.map((other) => cached.includes(other))).toEqual([true, true, ...Array(5).fill(false)])
})

it('invalidates each cached response that a write changes', async () => {
  const operations = [
    fetchUser('handle displayName role', person.id),
    { document: `{ userByHandle(handle: "${person.handle}") { displayName role } }` },
  ]
  const mutate = (document: string, input: object, { viewer }: Person) =>
    users.query(document, { input }, viewer)
  const writes: [string, () => Promise<unknown>][] = [
    ['changes the name', () => mutate(documents.updateProfile, { displayName: 'New' }, person)],
    [
      'changes the role',
      () => mutate(documents.setUserRole, { userId: person.id, role: 'MODERATOR' }, admin),
    ],
    ['changes the handle', () => mutate(documents.updateProfile, { handle: 'another_handle' }, person)],
    ['deletes the account', () => mutate(documents.deleteAccount, { password: person.password }, person)],
  ]
  const settle = () =>
    waitUntil('the outbox is empty', async () => {
      const pending = { pendingEvents: { $exists: true } }
      return (await users.connection.collection('users').countDocuments(pending)) === 0
    })
  for (const [name, write] of writes) {
    const changed = await countInvalidatedResponses(users, reader, operations, write, settle)
    expect([name, changed > 0]).toEqual([name, true])
  }
})
