import { demoMemberEmail, findExposedDemoAccounts, loadDemo } from '../../cli/demo/loadDemo'
import { createAdminRegistryRepository } from '../../subgraphs/users/repository/adminRegistry'
import { argon2idHasher } from '../../subgraphs/users/service/passwordHasher'
import { createUserRepository } from '../../subgraphs/users/repository/users'
import { followEventLog, type ImportDatabases, openImportDatabases } from '../support/imports'
import { waitUntil } from '../support/processes'

let databases: ImportDatabases
beforeEach(async () => {
  databases = await openImportDatabases()
  // As the users subgraph has it when the community is loaded.
  await createAdminRegistryRepository(databases.connection('users')).prepare()
})
afterEach(() => databases.close())

const load = (force = false, withRoles = true) =>
  loadDemo({
    mongodbUri: databases.uri,
    databases: databases.names,
    feed: { url: undefined, database: databases.eventLogDatabase },
    force,
    withRoles,
  })

const collection = (part: keyof ImportDatabases['names'], name: string) =>
  databases.connection(part).collection<{ _id: string }>(name)

const member = { handle: 'noor', email: demoMemberEmail }
const loaded = { member, administrator: { handle: 'ada', email: 'ada@agora.example' } }

const whoMaySignIn = () => collection('users', 'users').countDocuments({ passwordHash: { $ne: null } })

test('fills an empty system once, and asks for copies of it', async () => {
  const { told, close } = await followEventLog(databases)
  expect(await load()).toEqual(loaded)
  expect(await whoMaySignIn()).toBe(8)
  expect(await collection('users', 'users').countDocuments({ role: 'ADMIN' })).toBe(1)
  await waitUntil('every topic was asked', () => told.length === 4)
  expect(told.every(({ type }) => type === 'feed.rebuild')).toBe(true)
  const contents = await databases.contents()
  expect(await load()).toEqual(loaded)
  expect(await databases.contents()).toEqual(contents)
  await close()
})

test('stays away where people are, unless it is wanted', async () => {
  const stranger = { _id: 'usr_1', handle: 'stranger', role: 'MEMBER' }
  await collection('users', 'users').insertOne(stranger)
  expect(await load()).toBeUndefined()
  expect(await load(true)).toEqual(loaded)
  expect(await collection('posts', 'posts').countDocuments()).toBeGreaterThan(0)
})

test('is made whole where a load was cut short', async () => {
  await load()
  const whole = await whoMaySignIn()
  const posts = await collection('posts', 'posts').countDocuments()
  // As it is when it was killed before anybody got a password.
  await collection('users', 'users').updateMany({}, { $set: { passwordHash: null, role: 'MEMBER' } })
  await collection('users', 'roles').updateOne({}, { $set: { administrators: [] } })
  await collection('posts', 'posts').deleteOne({})
  expect(await load()).toEqual(loaded)
  expect(await whoMaySignIn()).toBe(whole)
  expect(await collection('posts', 'posts').countDocuments()).toBe(posts)
  expect(await collection('users', 'users').countDocuments({ role: 'ADMIN' })).toBe(1)
})

test('brings nobody back who is gone, and leaves roles as they are', async () => {
  await load()
  const users = createUserRepository(databases.connection('users'))
  const somebody = await users.accountByEmail(demoMemberEmail)
  await users.deleteUser(somebody?.user.id ?? '', new Date())
  await collection('users', 'users').updateMany({ role: 'ADMIN' }, { $set: { role: 'MEMBER' } })
  expect(await load(true)).toBeUndefined()
  expect(await users.accountByEmail(demoMemberEmail)).toBeUndefined()
  expect(await collection('users', 'users').countDocuments({ role: 'ADMIN' })).toBe(0)
})

test('creates members alone when roles are disabled, because the password is published', async () => {
  expect(await load(false, false)).toEqual({ member, administrator: undefined })
  expect(await whoMaySignIn()).toBe(8)
  expect(await collection('users', 'users').countDocuments({ role: { $ne: 'MEMBER' } })).toBe(0)
})

test('finds administrators and moderators who still have the published password', async () => {
  const find = () => findExposedDemoAccounts(databases.uri, databases.names)
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
