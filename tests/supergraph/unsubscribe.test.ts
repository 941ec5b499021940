import { waitUntil } from '../support/processes'
import { startSmtpSink, type SmtpSink } from '../support/smtpSink'
import { administrator, startSupergraph, type TestSupergraph, type TestUser } from '../support/supergraph'

const publicUrl = 'https://api.example.org'

let sink: SmtpSink
let agora: TestSupergraph
let admin: Pick<TestUser, 'accessToken'>
beforeAll(async () => {
  sink = await startSmtpSink()
  const { url } = sink
  agora = await startSupergraph({}, undefined, {
    publicUrl,
    mailDelivery: { kind: 'smtp', url, from: 'agora@agora.example', appUrl: 'https://app.example' },
  })
  admin = await agora.signIn(administrator)
})
afterAll(async () => {
  await agora.close()
  await sink.stop()
})

const users = () => agora.subgraphs.users.connection.collection<{ _id: string }>('users')

/** Signs up a person whose address is verified. */
async function signUpVerified(handle: string): Promise<TestUser> {
  const person = await agora.signUp(handle)
  await users().updateOne({ _id: person.id }, { $set: { emailVerifiedAt: new Date() } })
  return person
}

/** Changes the role of a person, and waits for the notification. */
async function changeRole(person: TestUser, role: 'MODERATOR' | 'MEMBER'): Promise<void> {
  const document = `mutation ($input: SetUserRoleInput!) {
    setUserRole(input: $input) { user { role } userErrors { message } } }`
  const before = await countNotifications(person)
  await agora.query(document, { input: { userId: person.id, role } }, admin)
  await waitUntil('the person is notified', async () => (await countNotifications(person)) === before + 1)
}

const countNotifications = async ({ id }: TestUser): Promise<number> =>
  agora.subgraphs.users.connection.collection('notifications').countDocuments({ recipientId: id })

/** Returns the keys of the mails to a person, sent or waiting. */
async function listMailKeys({ id }: TestUser): Promise<string[]> {
  const { connection } = agora.subgraphs.users
  const notifications = await connection
    .collection<{ _id: string }>('notifications')
    .find({ recipientId: id })
    .toArray()
  const keys = notifications.map(({ _id }) => `ntf/${_id}`)
  const mails = await connection
    .collection<{ _id: string }>('mails')
    .find({ _id: { $in: keys } })
    .toArray()
  return mails.map(({ _id }) => _id)
}

/** Returns the link of the first mail to a person, at the router of this test. */
async function readLink({ email }: TestUser): Promise<URL> {
  const mail = await sink.waitForMail(email, /Your role is now/)
  expect(mail.headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  const link = /^<(\S+)>$/.exec(mail.headers.get('list-unsubscribe') ?? '')?.[1] ?? ''
  expect(link).toMatch(/^https:\/\/api\.example\.org\/unsubscribe\?token=/)
  return new URL(link.slice(publicUrl.length), agora.url)
}

/** Sends the request of a mail program for one click (RFC 8058): a form, without cookies and session. */
const click = (link: URL) =>
  fetch(link, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  })

it('turns off the mails of one type with one click on the link of a mail, through the router', async () => {
  const person = await signUpVerified('grace')
  await changeRole(person, 'MODERATOR')
  const link = await readLink(person)
  expect(await listMailKeys(person)).toHaveLength(1)
  // Mail scanners visit links.
  const page = await fetch(link)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form method="post">')])
  await changeRole(person, 'MEMBER')
  await waitUntil('it is mailed', async () => (await listMailKeys(person)).length === 2)

  expect((await click(link)).status).toBe(200)
  expect((await click(link)).status).toBe(200)
  // The change of a role has ended the first session's token.
  const session = await agora.signIn({ email: person.email, password: person.password })
  const settings = await agora.query('{ viewer { notificationSettings { type channels } } }', {}, session)
  expect(settings.viewer.notificationSettings).toEqual(
    expect.arrayContaining([
      { type: 'ROLE_CHANGED', channels: ['INBOX'] },
      { type: 'EVENT_CANCELLED', channels: ['INBOX', 'EMAIL'] },
    ]),
  )
})

it('refuses links without a valid signature, and changes nothing', async () => {
  const [person, other] = [await signUpVerified('ada'), await signUpVerified('alan')]
  await changeRole(person, 'MODERATOR')
  const link = await readLink(person)
  const token = link.searchParams.get('token') ?? ''
  const [userId, type, signature = ''] = token.split('.')
  const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  const forged = [
    '',
    'x',
    `${userId}.${type}`,
    `${userId}.${type}.${flipped}`,
    `${userId}.${type}.${signature.slice(0, -1)}`,
    `${userId}.EVENT_CANCELLED.${signature}`,
    `${other.id}.${type}.${signature}`,
    token.repeat(20),
  ]
  for (const each of forged) {
    const address = new URL(link)
    address.searchParams.set('token', each)
    expect({ token: each, status: (await click(address)).status }).toEqual({ token: each, status: 400 })
  }
  expect((await click(new URL(link.pathname, agora.url))).status).toBe(400)
  expect((await fetch(link, { method: 'PUT' })).status).toBe(405)
  const stored = await users()
    .find({ _id: { $in: [person.id, other.id] }, notificationChannels: { $exists: true } })
    .toArray()
  expect(stored).toEqual([])
})
