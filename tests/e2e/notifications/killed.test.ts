import { createTestWorkspace, waitUntil } from '../../support/processes'
import { startSmtpSink, type SmtpSink } from '../../support/smtpSink'
import { processNames, startTestSystem, type ProcessName, type TestSystem } from '../feed/system'
import { findNotificationProblems } from './audit'
import { createCommunity, describeNotification, type Community, type Member } from './community'

const isFull = process.env['FULL'] === '1'
const rounds = isFull ? 4 : 1
const sizes = isFull
  ? { guests: 1500, seats: 100, waiting: 100, comments: 40 }
  : { guests: 300, seats: 20, waiting: 20, comments: 8 }

const workspace = createTestWorkspace()
let sink: SmtpSink
beforeAll(async () => {
  sink = await startSmtpSink()
})
afterAll(async () => {
  await workspace.cleanUp()
  await sink.stop()
})

const expected = { descriptions: new Set<string>(), mailsByAddress: new Map<string, number>() }

function expectMailed(guests: readonly { id: string; email: string }[], type: string, subjectId: string) {
  for (const { id, email } of guests) {
    expected.descriptions.add(describeNotification(id, type, subjectId))
    expected.mailsByAddress.set(email, (expected.mailsByAddress.get(email) ?? 0) + 1)
  }
}

/** Adds comments that reply to the first member and mention the next one, and expects their notifications. */
async function discuss(
  community: Community,
  organizer: Member,
  members: readonly [Member, ...Member[]],
  count: number,
): Promise<void> {
  const postId = await community.createPost(organizer)
  const [first] = members
  const parentId = await community.addComment(first, { postId, body: 'Who is there?' })
  expected.descriptions.add(describeNotification(organizer.id, 'COMMENT_ON_POST', parentId))
  await Promise.all(
    members.map(async (author, index) => {
      for (let number = 1; number <= count; number++) {
        const mentioned = members[(index + 1) % members.length] ?? first
        const body = `I am, @${mentioned.handle}, I am @${author.handle}.`
        const id = await community.addComment(author, { postId, body, parentId })
        if (number === count) {
          await community.act('deleteComment', { commentId: id }, 'comment { id }', author)
          continue
        }
        expected.descriptions.add(describeNotification(organizer.id, 'COMMENT_ON_POST', id))
        if (author !== first) expected.descriptions.add(describeNotification(first.id, 'REPLY', id))
        if (mentioned !== first) expected.descriptions.add(describeNotification(mentioned.id, 'MENTION', id))
      }
    }),
  )
}

const fanOutProcesses = ['users', 'events', 'comments'] as const

/** Kills the processes of a fan-out when the first person is notified; in full rounds also at other moments. */
async function killDuring(system: TestSystem, community: Community, eventId: string): Promise<void> {
  const notifications = community.connections.users.collection('notifications')
  const mailed = sink.mails.length
  const kill = (...parts: readonly ProcessName[]) =>
    Promise.all(parts.map((part) => system.killProcess(part)))
  if (isFull) await kill(...fanOutProcesses)
  await waitUntil(
    'the first person is notified',
    async () => (await notifications.countDocuments({ subjectId: eventId })) > 0,
  )
  await kill(...fanOutProcesses)
  if (!isFull) return
  await waitUntil('the first mail is received', () => sink.mails.length > mailed)
  await kill('users')
  for (let count = 0; count < 3; count++) await kill(pickProcess())
}

const pickProcess = (): ProcessName =>
  processNames[Math.floor(Math.random() * processNames.length)] ?? 'users'

it(
  `notifies each person once of each cause while processes are killed during the fan-out, ${rounds} times`,
  async () => {
    const system = await startTestSystem(workspace, {
      SMTP_URL: sink.url,
      MAIL_FROM: 'Agora <agora@agora.example>',
      APP_URL: 'https://app.example',
    })
    const community = await createCommunity(workspace, system)
    const [organizer, ada, grace, alan] = await Promise.all([
      community.signUp(),
      community.signUp(),
      community.signUp(),
      community.signUp(),
    ])
    const members = [ada, grace, alan] as const
    const waitUntilNotified = async (): Promise<void> => {
      let problems: string[] = []
      await waitUntil(
        'everyone is notified',
        async () => (problems = await findNotificationProblems(community, sink.mails, expected)).length === 0,
        180_000,
      ).catch(() => undefined)
      expect(problems).toEqual([])
    }

    for (let round = 1; round <= rounds; round++) {
      const cancelledId = await community.createEvent(organizer)
      const guests = await community.registerGuests(cancelledId, sizes.guests)
      const promotedId = await community.createEvent(organizer, sizes.seats)
      const waitlist = await community.registerGuests(promotedId, sizes.seats + sizes.waiting)
      const cancelling = community.act('cancelEvent', { eventId: cancelledId }, 'event { id }', organizer)
      const capacity = sizes.seats + sizes.waiting
      const promoting = community.act(
        'updateEvent',
        { eventId: promotedId, capacity },
        'event { id }',
        organizer,
      )
      expectMailed(guests, 'EVENT_CANCELLED', cancelledId)
      expectMailed(waitlist.slice(sizes.seats), 'WAITLIST_PROMOTED', promotedId)
      const discussing = discuss(community, organizer, members, sizes.comments)
      await Promise.all([cancelling, promoting, discussing, killDuring(system, community, cancelledId)])
      await waitUntilNotified()

      // Consumers handle these after everything before: a late repetition would be found.
      const announced = { eventId: promotedId, message: 'That was all.' }
      await community.attempt('announceEvent', announced, 'recipientCount', organizer)
      expectMailed(waitlist, 'EVENT_ANNOUNCEMENT', promotedId)
      await discuss(community, organizer, members, 1)
      await waitUntilNotified()
    }

    for (const member of [organizer, ...members]) {
      const descriptions = [...expected.descriptions].filter((each) => each.startsWith(member.id))
      expect(await community.countUnread(member)).toBe(descriptions.length)
    }
  },
  rounds * 600_000,
)
