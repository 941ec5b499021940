import { newId } from '../../../../schema/ids'
import { makeEvent } from '../../comments/peers'
import { waitUntil } from '../../../support/processes'
import { startSmtpSink, type SmtpSink } from '../../../support/smtpSink'
import type { Person } from '../support'
import { makeAdded, startScene, type NotificationScene } from './support'

let sink: SmtpSink
let scene: NotificationScene
beforeAll(async () => {
  sink = await startSmtpSink()
  scene = await startScene({
    publicUrl: 'https://api.example.org/',
    mailDelivery: { kind: 'smtp', url: sink.url, from: 'agora@agora.example', appUrl: 'https://app.example' },
  })
})
afterAll(async () => {
  await scene.close()
  await sink.stop()
})

/** Signs up a person whose address is verified. */
async function signUpVerified(): Promise<Person> {
  const person = await scene.users.signUp()
  const stored = scene.users.connection.collection<{ _id: string }>('users')
  await stored.updateOne({ _id: person.id }, { $set: { emailVerifiedAt: new Date() } })
  return person
}

const announceRole = (person: Person) =>
  scene.publish(
    'users',
    makeEvent('user.roleChanged', person.id, 9, { moderatorId: null, role: 'MODERATOR' }),
  )

/** Returns the keys of the mails about the notifications of a person. The first administrator receives a mail, too. */
async function listMailKeys(person: Person): Promise<string[]> {
  const keys = new Set((await scene.readInbox(person)).map(({ id }) => `ntf/${id}`))
  return (await scene.users.readCollection('mails'))
    .map(({ _id }) => String(_id))
    .filter((key) => keys.has(key))
}

it('mails some types at once, and no more after one click on the link of a mail', async () => {
  const person = await signUpVerified()
  await announceRole(person)
  const [notification] = await scene.readInbox(person)
  expect(await listMailKeys(person)).toEqual([`ntf/${notification?.id}`])
  const mail = await sink.waitForMail(person.email, /Your role is now moderator/)
  expect(mail.headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  const link = /^<(https:\/\/api\.example\.org\/unsubscribe\?token=\S+)>$/.exec(
    mail.headers.get('list-unsubscribe') ?? '',
  )?.[1]
  if (link === undefined) throw new Error('The mail has no link.')

  const { search } = new URL(link)
  const request = (method: string, query: string) =>
    fetch(`${new URL(scene.users.url).origin}/unsubscribe${query}`, { method })
  expect((await request('GET', search)).status).toBe(405)
  expect((await request('POST', search.slice(0, -2))).status).toBe(400)
  expect((await request('POST', search.replace('ROLE_CHANGED', 'REPLY'))).status).toBe(400)
  await announceRole(person)
  expect(await listMailKeys(person)).toHaveLength(2)
  expect((await request('POST', search)).status).toBe(200)
  expect((await request('POST', search)).status).toBe(200)
  await announceRole(person)
  expect(await listMailKeys(person)).toHaveLength(2)
  expect(await scene.readInbox(person)).toHaveLength(3)
})

it('names the event in the subject of an announcement, whose message is in the text', async () => {
  const [organizer, guest] = [await scene.users.signUp(), await signUpVerified()]
  const eventId = await scene.events.makeEvent({ title: 'Meeting' }, organizer.viewer)
  await scene.events.register(eventId, guest.viewer)
  const data = { announcementId: 'a1', message: 'Bring a pen.', actorId: organizer.id }
  await scene.publish('events', makeEvent('event.announced', eventId, 2, data))
  const { headers, source } = await sink.waitForMail(guest.email, /Message_about_=E2=80=9CMeeting=E2=80=9D/)
  expect(headers.get('subject')).not.toContain('pen')
  expect(source).toContain('“Meeting”: Bring a pen.')
})

it('does not mail types that are not mailed by default', async () => {
  const person = await signUpVerified()
  const postId = await scene.seedPost(person.id)
  await scene.publish('comments', makeAdded(postId, (await scene.users.signUp()).id))
  expect(await scene.readInbox(person)).toHaveLength(1)
  expect(await listMailKeys(person)).toEqual([])
})

it.each([
  ['the inbox and mail', ['INBOX', 'EMAIL']],
  ['mail alone', ['EMAIL']],
])(
  'does not mail a notification that was retracted while its mail was waiting, with %s',
  async (_, channels) => {
    const [organizer, guest] = [await scene.users.signUp(), await signUpVerified()]
    const settings = [{ type: 'WAITLIST_PROMOTED', channels }]
    await scene.users.query(
      'mutation ($input: UpdateNotificationSettingsInput!) { updateNotificationSettings(input: $input) { userErrors { code } } }',
      { input: { settings } },
      guest.viewer,
    )
    const eventId = await scene.events.makeEvent({ title: 'Meeting' }, organizer.viewer)
    const registrationId = newId('Registration')
    await sink.stop()
    await scene.publish(
      'events',
      makeEvent('registration.promoted', eventId, 2, { registrationId, userId: guest.id }),
    )
    const isToGuest = ({ _id, recipient }: Record<string, unknown>) =>
      String(_id).startsWith('ntf/') && (recipient as { userId?: string } | undefined)?.userId === guest.id
    const key = (await scene.users.readCollection('mails')).find(isToGuest)?.['_id']
    expect(key).toBeDefined()
    const findMail = async () => (await scene.users.readCollection('mails')).find(({ _id }) => _id === key)
    await waitUntil('an attempt has failed', async () => (await findMail())?.['error'] !== undefined)
    await scene.publish(
      'events',
      makeEvent('registration.cancelled', eventId, 3, { registrationId, userId: guest.id }),
    )
    expect(await scene.readInbox(guest)).toEqual([])
    await sink.restart()
    await waitUntil('the mail is dropped', async () => (await findMail())?.['outcome'] === 'dropped')
    // The mail that verifies the address may have been sent before it was verified.
    const sent = sink.mails.map(({ headers }) => headers.get('message-id'))
    expect(sent).not.toContain(`<${String(key)}@agora.example>`)
  },
)
