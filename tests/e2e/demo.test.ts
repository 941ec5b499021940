import { checkAccounts } from '../../cli/demo/checkAccounts'
import { demoMemberEmail, demoPassword, loadDemo } from '../../cli/demo/loadDemo'
import { createAdminRegistryRepository } from '../../subgraphs/users/repository/adminRegistry'
import { argon2idHasher } from '../../subgraphs/users/service/passwordHasher'
import { createUserRepository } from '../../subgraphs/users/repository/users'
import { followEventLog, type ImportDatabases, openImportDatabases } from '../support/imports'
import { waitUntil } from '../support/processes'

let databases: ImportDatabases
beforeEach(async () => {
  databases = await openImportDatabases()
  // The users subgraph has done this before the community is loaded.
  await createAdminRegistryRepository(databases.connection('users')).prepare()
})
afterEach(() => databases.close())

const load = (force = false, withRoles = true) =>
  loadDemo({
    mongodbUri: databases.uri,
    databases: databases.names,
    eventLog: { url: undefined, database: databases.eventLogDatabase },
    force,
    withRoles,
  })

const collection = (part: keyof ImportDatabases['names'], name: string) =>
  databases.connection(part).collection<{ _id: string }>(name)

const member = { handle: 'noor', email: demoMemberEmail }
const loaded = {
  member,
  administrator: { handle: 'ada', email: 'ada@agora.example' },
  password: demoPassword,
}

const countAccountsWithPassword = () =>
  collection('users', 'users').countDocuments({ passwordHash: { $ne: null } })

test('fills an empty system once and requests rebuilds of all projections', async () => {
  const { events, close } = await followEventLog(databases)
  expect(await load()).toEqual(loaded)
  expect(await countAccountsWithPassword()).toBe(8)
  expect(await collection('users', 'users').countDocuments({ role: 'ADMIN' })).toBe(1)
  await waitUntil('every topic has a request', () => events.length === 4)
  expect(events.every(({ type }) => type === 'feed.rebuild')).toBe(true)
  const contents = await databases.contents()
  expect(await load()).toEqual(loaded)
  expect(await databases.contents()).toEqual(contents)
  await close()
})

test('shows moderators a report in the queue and a hidden comment', async () => {
  await load()
  const [report] = await databases.connection('users').collection('reports').find().toArray()
  expect(report).toMatchObject({ status: 'OPEN', reason: 'MISINFORMATION', resolvedAt: null })
  expect(await collection('events', 'events').countDocuments({ _id: report?.['subjectId'] })).toBe(1)
  expect(await collection('comments', 'comments').countDocuments({ status: 'HIDDEN' })).toBe(1)
})

test('leaves a system with accounts unchanged unless it is forced', async () => {
  const other = { _id: 'usr_1', handle: 'other', displayName: 'Other', role: 'MEMBER' }
  await collection('users', 'users').insertOne(other)
  expect(await load()).toBeUndefined()
  expect(await load(true)).toEqual(loaded)
  expect(await collection('posts', 'posts').countDocuments()).toBeGreaterThan(0)
})

test('completes a load that was interrupted', async () => {
  await load()
  const accounts = await countAccountsWithPassword()
  const posts = await collection('posts', 'posts').countDocuments()
  // The state after a load that was killed before any account got its password.
  await collection('users', 'users').updateMany({}, { $set: { passwordHash: null, role: 'MEMBER' } })
  await collection('users', 'roles').updateOne({}, { $set: { administrators: [] } })
  await collection('posts', 'posts').deleteOne({})
  expect(await load()).toEqual(loaded)
  expect(await countAccountsWithPassword()).toBe(accounts)
  expect(await collection('posts', 'posts').countDocuments()).toBe(posts)
  expect(await collection('users', 'users').countDocuments({ role: 'ADMIN' })).toBe(1)
})

test('restores neither deleted accounts nor changed roles', async () => {
  await load()
  const users = createUserRepository(databases.connection('users'))
  const account = await users.accountByEmail(demoMemberEmail)
  await users.deleteUser(account?.user.id ?? '', new Date())
  await collection('users', 'users').updateMany({ role: 'ADMIN' }, { $set: { role: 'MEMBER' } })
  expect(await load(true)).toBeUndefined()
  expect(await users.accountByEmail(demoMemberEmail)).toBeUndefined()
  expect(await collection('users', 'users').countDocuments({ role: 'ADMIN' })).toBe(0)
})

test('creates only members without roles, because the password is published', async () => {
  expect(await load(false, false)).toEqual({ ...loaded, administrator: undefined })
  expect(await countAccountsWithPassword()).toBe(8)
  expect(await collection('users', 'users').countDocuments({ role: { $ne: 'MEMBER' } })).toBe(0)
})

test('finds demo administrators and moderators with the published password', async () => {
  const check = () => checkAccounts({ mongodbUri: databases.uri, databases: databases.names })
  const find = async () => (await check()).exposed
  expect(await find()).toEqual([])
  await load()
  expect(await find()).toContain('ada')
  await collection('users', 'users').updateMany({ role: 'ADMIN' }, { $set: { role: 'MEMBER' } })
  expect(await find()).not.toContain('ada')
  await collection('users', 'users').updateMany(
    {},
    { $set: { passwordHash: await argon2idHasher.hash('a new one') } },
  )
  expect(await find()).toEqual([])
})
