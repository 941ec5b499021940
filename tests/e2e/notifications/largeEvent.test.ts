import { createTestWorkspace, waitUntil } from '../../support/processes'
import { startSmtpSink } from '../../support/smtpSink'
import { startTestSystem } from '../feed/system'
import { findNotificationProblems } from './audit'
import { createCommunity, describeNotification } from './community'

const itIfFull = process.env['FULL'] === '1' ? it : it.skip

const workspace = createTestWorkspace()
afterAll(workspace.cleanUp)

itIfFull(
  'notifies 10,000 registered people once each of a cancellation, in the inbox and by one mail',
  async () => {
    const sink = await startSmtpSink()
    workspace.later(() => sink.stop())
    const system = await startTestSystem(workspace, {
      SMTP_URL: sink.url,
      MAIL_FROM: 'agora@agora.example',
      APP_URL: 'https://app.example',
    })
    const community = await createCommunity(workspace, system)
    const organizer = await community.signUp()
    const eventId = await community.createEvent(organizer)
    const guests = await community.registerGuests(eventId, 10_000)
    const cancelledAtMs = performance.now()
    await community.act('cancelEvent', { eventId }, 'event { id }', organizer)

    const expected = {
      descriptions: new Set(guests.map(({ id }) => describeNotification(id, 'EVENT_CANCELLED', eventId))),
      mailsByAddress: new Map(guests.map(({ email }) => [email, 1])),
    }
    const addresses = new Set(expected.mailsByAddress.keys())
    const countMails = () =>
      sink.mails.filter(({ to }) => to.some((address) => addresses.has(address))).length
    await waitUntil('all mails are received', () => countMails() >= guests.length, 500_000)
    // Not asserted, because it depends on the machine.
    const seconds = ((performance.now() - cancelledAtMs) / 1000).toFixed(1)
    console.log(`The last of ${guests.length} mails was received ${seconds} s after the cancellation.`)
    let problems: string[] = []
    await waitUntil(
      'everything is recorded',
      async () => (problems = await findNotificationProblems(community, sink.mails, expected)).length === 0,
      30_000,
    ).catch(() => undefined)
    expect(problems).toEqual([])
    expect(countMails()).toBe(guests.length)
  },
  600_000,
)
