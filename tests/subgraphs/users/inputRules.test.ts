import fc from 'fast-check'

import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { commonPasswords } from '../../../subgraphs/users/domain/commonPasswords'
import { isEmail, toEmailKey, toSpelledEmailKey } from '../../../subgraphs/users/domain/emailAddresses'
import { changeHandle, type OwnHandle } from '../../../subgraphs/users/domain/handles'
import { findWeakness } from '../../../subgraphs/users/domain/passwords'
import { waitUntil } from '../../support/processes'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import {
  createClock,
  documents,
  listUserErrors,
  makeSignUp,
  newAddress,
  startUsers,
  type Person,
  type SignUpInput,
  type TestUsers,
} from './support'

const day = 24 * 60 * 60 * 1000
const clock = createClock()
let users: TestUsers
/** A second process on the same database. */
let others: TestUsers
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
  others = await startUsers({ now: clock.now, database: users.connection.name })
})
afterAll(async () => {
  await others.close()
  await users.close()
})

async function trySignUp(input: Partial<SignUpInput>, on = users) {
  const { data } = await on.send(documents.signUp, { input: makeSignUp(input) }, undefined, newAddress())
  return listUserErrors(data.signUp)
}
async function tryUpdate(person: Person, input: object, on = users) {
  const { updateProfile } = await on.query(documents.updateProfile, { input }, person.viewer)
  return listUserErrors(updateProfile)
}
const newHandle = () => makeSignUp().handle

describe('passwords', () => {
  test.each([
    [' \t        '],
    ['\u200b'.repeat(8)],
    ['password'],
    ['Password123'],
    [' qwertyuiop '],
    ['ｐａｓｓｗｏｒｄ'],
    ['Ada@Example.org'],
    ['ada_lovelace'],
    ['ADA_LOVELACE'],
  ])('refuses %j', async (password) => {
    const input = { password, email: 'ada@example.org', handle: 'ada_lovelace' }
    expect(await trySignUp(input)).toEqual([['INVALID', 'password']])
  })

  test('refuses a weak new password of an existing account', async () => {
    const person = await users.signUp()
    for (const newPassword of ['12345678', person.email.toUpperCase(), person.handle]) {
      const input = { currentPassword: person.password, newPassword }
      const { changePassword } = await users.query(documents.changePassword, { input }, person.viewer)
      expect(listUserErrors(changePassword)).toEqual([['INVALID', 'newPassword']])
    }
  })

  test('knows the common passwords of the valid length, in lower case', () => {
    for (const password of commonPasswords) {
      expect(password).toMatch(/^\S{8,}$/)
      expect(findWeakness(password.toUpperCase(), {})).toBeDefined()
    }
    expect(commonPasswords.size).toBeGreaterThan(5000)
    expect(findWeakness('correct horse battery staple', {})).toBeUndefined()
  })

  test('does not create an administrator with a common password', async () => {
    const starting = startUsers({
      firstAdministrator: { email: 'root@agora.example', password: 'password1' },
    })
    await expect(starting).rejects.toThrow(
      'ADMIN_PASSWORD is not safe: This is one of the most common passwords.',
    )
  })
})

describe('handles', () => {
  test.each(['admin', 'ROOT', 'support', 'settings', 'graphql'])('reserves %s', async (handle) => {
    expect(await trySignUp({ handle })).toEqual([['TAKEN', 'handle']])
    expect(await tryUpdate(await users.signUp(), { handle })).toEqual([['TAKEN', 'handle']])
  })

  test('lets an account keep a reserved handle that it has', async () => {
    const administrator = await users.administrator()
    expect(administrator.handle).toBe('admin')
    expect(await tryUpdate(administrator, { handle: 'Admin', displayName: 'The boss' })).toEqual([])
  })

  test('reserves a handle that was given up for its owner for 90 days, in all processes', async () => {
    const owner = await users.signUp()
    const stranger = await others.signUp()
    expect(await tryUpdate(owner, { handle: newHandle() })).toEqual([])
    expect(await trySignUp({ handle: owner.handle }, others)).toEqual([['TAKEN', 'handle']])
    expect(await tryUpdate(stranger, { handle: owner.handle }, others)).toEqual([['TAKEN', 'handle']])
    const { userByHandle } = await users.query(`{ userByHandle(handle: "${owner.handle}") { id } }`)
    expect(userByHandle).toBeNull()

    expect(await tryUpdate(owner, { handle: owner.handle }, others)).toEqual([])
    const next = newHandle()
    expect(await tryUpdate(owner, { handle: next })).toEqual([])
    clock.advance(90 * day - 1000)
    const early = await startUsers({ now: clock.now, database: users.connection.name })
    const returned = await early.signIn(stranger)
    expect(await tryUpdate(returned, { handle: owner.handle }, early)).toEqual([['TAKEN', 'handle']])
    await early.close()
    clock.advance(1000)
    // The sweeper runs at the start.
    const later = await startUsers({ now: clock.now, database: users.connection.name })
    const stored = users.connection.collection('users')
    await waitUntil(
      'the handle is released',
      async () => (await stored.countDocuments({ 'handles.name': owner.handle })) === 0,
    )
    await later.close()
    expect(await trySignUp({ handle: owner.handle })).toEqual([])
    expect(await trySignUp({ handle: next })).toEqual([['TAKEN', 'handle']])
  })

  test('refuses a change that would release a reserved handle, and lets the owner take one back', async () => {
    const owner = await users.signUp()
    const first = owner.handle
    for (let change = 1; change <= 5; change++)
      expect(await tryUpdate(owner, { handle: newHandle() })).toEqual([])
    expect(await tryUpdate(owner, { handle: newHandle() })).toEqual([['CONFLICT', 'handle']])
    expect(await tryUpdate(owner, { displayName: 'Still editable' })).toEqual([])
    expect(await trySignUp({ handle: first })).toEqual([['TAKEN', 'handle']])
    expect(await tryUpdate(owner, { handle: first })).toEqual([])
  })

  test('gives a handle that is given up to one of many, never to two accounts', async () => {
    const people = await Promise.all([1, 2, 3, 4].map(() => users.signUp()))
    const wanted = newHandle()
    const results = await Promise.all(
      people.map((person, index) => tryUpdate(person, { handle: wanted }, index % 2 ? users : others)),
    )
    expect(results.filter((errors) => errors.length === 0)).toHaveLength(1)
  })

  test('never reserves more than five handles, and never the present one twice', () => {
    const names = fc.constantFrom('ada', 'bob', 'cyd', 'dee', 'eve', 'fay', 'gus', 'hal')
    const step = fc.record({ next: names, days: fc.integer({ min: 0, max: 60 }) })
    fc.assert(
      fc.property(names, fc.array(step, { maxLength: 20 }), (first, steps) => {
        let own: OwnHandle[] = [{ name: first }]
        let time = 0
        for (const { next, days } of steps) {
          time += days * day
          const [present] = own
          if (next === present!.name) continue
          const changed = changeHandle(own, present!.name, next, new Date(time))
          const reserved = [...own.slice(1), own[0]!].filter(
            ({ name, reservedUntil }) => name !== next && !(reservedUntil && reservedUntil <= new Date(time)),
          )
          expect(changed === undefined).toBe(reserved.length > 5)
          if (!changed) continue
          own = changed
          expect(new Set(own.slice(1).map(({ name }) => name))).toEqual(
            new Set(reserved.map(({ name }) => name)),
          )
          expect(own[0]).toEqual({ name: next })
          expect(own[1]).toEqual({ name: present!.name, reservedUntil: new Date(time + 90 * day) })
          expect(new Set(own.map(({ name }) => name)).size).toBe(own.length)
          expect(own.length).toBeLessThanOrEqual(6)
          expect(own.slice(1).every(({ reservedUntil }) => reservedUntil! > new Date(time))).toBe(true)
        }
      }),
    )
  })
})

describe('email addresses', () => {
  test.each([
    ['ada@localhost', true],
    ["o'hara+tag@sub.example.org", true],
    ['δοκιμή@παράδειγμα.δοκιμή', true],
    ['a@xn--bcher-kva.example', true],
    ['a..b@example.org', false],
    ['.a@example.org', false],
    ['a@example..org', false],
    ['a@-example.org', false],
    ['a@example.org/path', false],
    ['a@example.org:25', false],
    ['a@[127.0.0.1]', false],
    ['"a b"@example.org', false],
    ['a\u200b@example.org', false],
    ['a@exam\u200dple.org', false],
    ['a@xn--a', false],
  ])('%j: %s', (text, expected) => {
    expect(isEmail(text)).toBe(expected)
  })

  test('treats all spellings of an internationalized domain as one account', async () => {
    const local = newHandle()
    const person = await users.signUp({ email: `${local}@Bücher.example` })
    expect(person.email).toBe(`${local}@Bücher.example`)
    for (const domain of [
      'xn--bcher-kva.example',
      'bu\u0308cher.EXAMPLE',
      'bücher。example',
      'ｂücher.example',
    ]) {
      const email = `${local}@${domain}`
      expect((await users.signIn({ email, password: person.password })).id).toBe(person.id)
      expect(await trySignUp({ email })).toEqual([['TAKEN', 'email']])
    }
  })

  test('has a key that is its own key, and equal for all spellings', () => {
    const labels = fc.stringMatching(/^[a-zäöüßéλж漢字]{1,10}$/)
    fc.assert(
      fc.property(labels, labels, (local, domain) => {
        const email = `${local}@${domain}.example`
        const key = toEmailKey(email)
        expect(toEmailKey(key)).toBe(key)
        expect(key.slice(key.lastIndexOf('@'))).toMatch(/^@[a-z0-9.-]+$/)
        expect(toEmailKey(email.toUpperCase())).toBe(toEmailKey(email.toUpperCase().toLowerCase()))
        expect(toEmailKey(email.normalize('NFD'))).toBe(key)
      }),
    )
  })
})

test('migrates accounts of earlier versions, also those that have become equal', async () => {
  const database = testDatabaseName('users_input')
  const earlier = await openDatabase(testMongodbUri(), database)
  const start = () => startUsers({ database })
  try {
    const before = await start()
    const emails = ['a@bücher.example', 'a@xn--bcher-kva.example', 'b@ｂücher.example', 'b@bücher.example']
    const people: Person[] = []
    for (const [index] of emails.entries())
      people.push(await before.signUp({ email: `${index}@example.org`, displayName: `Ünal the ${index}th` }))
    await before.close()
    const stored = earlier.collection<{ _id: string }>('users')
    for (const [index, email] of emails.entries())
      await stored.updateOne(
        { _id: people[index]!.id },
        { $set: { email, emailKey: toSpelledEmailKey(email) }, $unset: { handles: 1, searchTokens: 1 } },
      )
    await earlier.collection('migrations').deleteMany({})

    const after = await start()
    for (const [index, email] of emails.entries())
      expect((await after.signIn({ email, password: people[index]!.password })).id).toBe(people[index]!.id)
    // The account with the ASCII form, or else the oldest, has the common key.
    const keys = await stored
      .find({ _id: { $in: people.map(({ id }) => id) } }, { sort: { _id: 1 } })
      .toArray()
    expect(keys.map((each) => ('emailKey' in each ? each.emailKey : undefined))).toEqual([
      'a@bücher.example',
      'a@xn--bcher-kva.example',
      'b@xn--bcher-kva.example',
      'b@bücher.example',
    ])
    expect(await trySignUp({ email: 'b@xn--bcher-kva.example' }, after)).toEqual([['TAKEN', 'email']])
    expect(await trySignUp({ handle: people[0]!.handle }, after)).toEqual([['TAKEN', 'handle']])
    const { searchUsers } = await after.query(
      '{ searchUsers(query: "unal 2th") { nodes { id } totalCount } }',
      {},
      people[0]!.viewer,
    )
    expect(searchUsers).toEqual({ nodes: [{ id: people[2]!.id }], totalCount: 1 })
    await after.close()
  } finally {
    await earlier.dropDatabase()
    await earlier.close()
    await dropDatabase(`${database}_feed`)
  }
})
