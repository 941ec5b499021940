import { join } from 'node:path'

import { personalData } from '../../cli/users/personalData'
import { runNode, runNodeWithOutput } from '../support/imports'
import { waitUntil } from '../support/processes'
import { testMongodbUri } from '../support/subgraph'
import {
  administrator,
  mutationDocument,
  startSupergraph,
  type TestSupergraph,
  type TestUser,
} from '../support/supergraph'
import { createUserRepository } from '../../subgraphs/users/repository/users'
import { makeUser } from '../subgraphs/users/support'

// Each command is a process.
let system: TestSupergraph
beforeAll(async () => {
  system = await startSupergraph()
})
afterAll(() => system.close())

const program = join('dist', 'cli', 'users', 'index.js')

/** Runs `npm run users` without npm, while the system is running. */
const users = (...args: string[]) => runNode([program, ...args], createEnvironment())

function createEnvironment(): Record<string, string> {
  const databases = Object.entries(system.subgraphs).map(([name, { connection }]) => [
    `${name.toUpperCase()}_MONGODB_DATABASE`,
    connection.name,
  ])
  return { MONGODB_URI: testMongodbUri(), ...Object.fromEntries(databases) }
}

const future = new Date(Date.now() + 10 * 24 * 60 * 60 * 1000).toISOString()

async function createContent(
  person: TestUser,
): Promise<{ postId: string; eventId: string; commentId: string }> {
  const send = async (name: string, fields: string, input: object) =>
    (await system.query(mutationDocument(name, fields), { input }, person))[name]
  const { event } = await send('createEvent', 'event { id }', {
    title: 'A party',
    description: '',
    startsAt: future,
    timeZone: 'UTC',
    venue: { name: 'Home' },
    publish: true,
  })
  const { post } = await send('createPost', 'post { id }', {
    title: 'A post',
    body: 'About me',
    publish: true,
  })
  const { comment } = await send('addComment', 'comment { id }', { postId: post.id, body: 'Me again' })
  await send('registerForEvent', 'registration { id }', { eventId: event.id })
  return { postId: post.id, eventId: event.id, commentId: comment.id }
}

test('exports all data about one person, without secrets', async () => {
  const person = await system.signUp('ida')
  const content = await createContent(person)
  const other = await system.signUp('other_person')
  await createContent(other)
  const document = mutationDocument('report', 'report { id }')
  await system.query(document, { input: { subjectId: content.postId, reason: 'SPAM' } }, other)

  const { code, stdout, stderr } = await users('export', person.email.toUpperCase())
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const exported = JSON.parse(stdout)
  expect(exported).toMatchObject({
    account: { id: person.id, handle: 'ida', email: person.email },
    users: {
      users: [{ _id: person.id, email: person.email, displayName: 'ida' }],
      sessions: [{ userId: person.id }],
      reportsAboutAccount: [{ subjectId: content.postId, responsibleId: person.id, reason: 'SPAM' }],
    },
    events: { events: [{ _id: content.eventId }], registrations: [{ userId: person.id }] },
    posts: { posts: [{ _id: content.postId, body: 'About me' }] },
    comments: { comments: [{ _id: content.commentId, body: 'Me again' }] },
  })
  expect(stdout).not.toContain(other.id)
  expect(stdout).not.toMatch(/argon2|Hash|token/i)
})

test('ends an export without a message when its reader has ended', async () => {
  const args = [program, 'export', administrator.email]
  expect(await runNodeWithOutput('closed', args, createEnvironment())).toEqual({ code: 141, stderr: '' })
})

/** Copies of IDs in other subgraphs, which follow the owner's data; see docs/privacy.md. */
const copies = ['comments.known_posts', 'posts.known_events']

test('knows every collection that contains the ID or the address of a person', async () => {
  const person = await system.signUp('everywhere')
  await createContent(person)
  const unknown: string[] = []
  for (const [name, { connection }] of Object.entries(system.subgraphs)) {
    const collections = await connection
      .db!.listCollections({ type: 'collection' }, { nameOnly: true })
      .toArray()
    for (const { name: collection } of collections) {
      const text = JSON.stringify(await connection.collection(collection).find().toArray())
      const isListed = personalData.some((each) => each.subgraph === name && each.collection === collection)
      if ((text.includes(person.id) || text.includes(person.email)) && !isListed)
        unknown.push(`${name}.${collection}`)
    }
  }
  expect(unknown.filter((name) => !copies.includes(name))).toEqual([])
})

test('deletes an account like deleteAccount, with the cascades', async () => {
  const person = await system.signUp('leaving')
  const { postId } = await createContent(person)
  expect(await users('delete', `@${person.handle}`)).toMatchObject({ code: 0, stderr: '' })
  await waitUntil('the post has no author', async () => {
    const { post } = await system.query('query ($id: ID!) { post(id: $id) { author { id } } }', {
      id: postId,
    })
    return post.author === null
  })
  expect((await system.query('query ($id: ID!) { user(id: $id) { id } }', { id: person.id })).user).toBeNull()
  expect(await users('delete', person.id)).toMatchObject({
    code: 1,
    stderr: 'There is no such account. It may have been deleted.\n',
  })
})

test('changes roles and suspends, by the rules of the API', async () => {
  const person = await system.signUp('promoted_one')
  expect(await users('set-role', person.email, 'MODERATOR')).toMatchObject({
    code: 0,
    stdout: `@promoted_one (${person.id}) has the role MODERATOR.\n`,
  })
  const { user } = await system.query('query ($id: ID!) { user(id: $id) { role } }', { id: person.id })
  expect(user.role).toBe('MODERATOR')
  const last = await users('set-role', administrator.email, 'MEMBER')
  expect(last).toMatchObject({ code: 1, stdout: '' })
  expect(last.stderr).toMatch(/^This is the last administrator who can act\. /)
  expect((await users('delete', administrator.email)).stderr).toMatch(/^This is the last administrator/)

  expect((await users('suspend', person.email, '--reason', 'Spam')).code).toBe(0)
  const { accessToken } = await system.signIn({ email: person.email, password: person.password })
  const { errors } = await system.send(
    mutationDocument('createPost', 'post { id }'),
    { input: { title: 'Again', body: '' } },
    { accessToken },
  )
  expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN'])
  expect(await users('unsuspend', person.email)).toMatchObject({
    code: 0,
    stdout: `Ended the suspension of @promoted_one (${person.id}).\n`,
  })
})

test('sets the address of an imported account, which it may not share', async () => {
  const imported = makeUser({ handle: 'imported_1', displayName: 'Imported' })
  const connection = system.subgraphs.users.connection.useDb(system.subgraphs.users.connection.name, {
    useCache: false,
  })
  await createUserRepository(connection).importUsers([imported])
  const person = await system.signUp('has_address')
  expect(await users('set-email', '@imported_1', person.email)).toMatchObject({
    code: 1,
    stderr: `Another account has the address ${person.email}.\n`,
  })
  expect(await users('set-email', '@imported_1', 'no address')).toMatchObject({
    code: 1,
    stderr: 'EMAIL: This is not an email address.\n',
  })
  const { code, stdout } = await users('set-email', '@imported_1', 'Imported@bücher.example')
  expect(code).toBe(0)
  expect(stdout).toContain('set a password, which claims the account')
  const exported = JSON.parse((await users('export', 'imported@xn--bcher-kva.example')).stdout)
  expect(exported.account).toEqual({
    id: imported.id,
    handle: 'imported_1',
    email: 'Imported@bücher.example',
  })
  expect(exported.users.mails).toMatchObject([{ template: { name: 'resetPassword' } }])
})
