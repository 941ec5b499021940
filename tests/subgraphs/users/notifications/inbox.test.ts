import { newId } from '../../../../schema/ids'
import type { DomainEvent } from '../../../../packages/event-log/eventLog'
import { anonymous, type Viewer } from '../../../../packages/auth/viewer'
import { waitUntil } from '../../../support/processes'
import {
  openSubscription,
  readLastPosition,
  readResults,
  waitForPosition,
  waitForResults,
  type ReceivedStream,
} from '../../../packages/subgraph-kit/subscriptions/support'
import { createClock, listUserErrors, startUsers, type Person } from '../support'
import { inboxFields, makeAdded, startScene, type NotificationScene } from './support'

let scene: NotificationScene
const clock = createClock()
const streams: ReceivedStream[] = []
beforeAll(async () => {
  scene = await startScene({ now: clock.now, publicUrl: 'https://api.example.org' })
})
afterEach(() => streams.splice(0).forEach((stream) => stream.stop()))
afterAll(() => scene.close())

const makeEvents = (count: number, postId: string, authorId: string): DomainEvent[] =>
  Array.from({ length: count }, () => makeAdded(postId, authorId))

/** Signs up an author and notifies them of comments by others. */
async function signUpNotified(count: number, writers = 1): Promise<{ author: Person; postId: string }> {
  const author = await scene.users.signUp()
  const postId = await scene.seedPost(author.id)
  for (let writer = 0; writer < writers; writer++) {
    const { id } = await scene.users.signUp({ displayName: `Writer ${writer}` })
    // The order of notifications of one moment is arbitrary.
    clock.advance(1)
    await scene.publish('comments', ...makeEvents(count / writers, postId, id))
  }
  return { author, postId }
}

const mutate = async (name: string, input: object, { viewer }: Person) => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) {
    user { unreadNotificationCount notificationSettings { type channels } } userErrors { code field } } }`
  return (await scene.users.query(document, { input }, viewer))[name]
}

const readPage = async (args: string, viewer: Viewer) => {
  const document = `{ viewer { unreadNotificationCount notifications(${args}) {
    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
  return (await scene.users.query(document, {}, viewer)).viewer
}

describe('the inbox', () => {
  it('costs three database commands, with its actors, texts and the number of unread notifications', async () => {
    const { author } = await signUpNotified(24, 4)
    const document = `{ viewer { unreadNotificationCount notifications(first: 20) {
      nodes { ${inboxFields} createdAt actor { handle displayName } } pageInfo { hasNextPage } } } }`
    let viewer: { unreadNotificationCount: number; notifications: { nodes: { actor: object }[] } } | undefined
    const commands = await scene.users.recordCommands(async () => {
      viewer = (await scene.users.query(document, {}, author.viewer)).viewer
    })
    expect(commands).toEqual(['find', 'find', 'aggregate'])
    expect(viewer?.unreadNotificationCount).toBe(24)
    expect(viewer?.notifications.nodes).toHaveLength(20)
    for (const { actor } of viewer?.notifications.nodes ?? [])
      expect(actor).toMatchObject({ displayName: expect.stringMatching(/^Writer \d$/) })
  })

  it('has pages in both directions, the newest first', async () => {
    const { author } = await signUpNotified(7)
    const all = (await scene.readInbox(author)).map(({ id }) => id)
    expect(all).toHaveLength(7)
    const listIds = ({ notifications }: { notifications: { nodes: { id: string }[] } }) =>
      notifications.nodes.map(({ id }) => id)
    const first = await readPage('first: 3', author.viewer)
    expect(first.notifications).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true } })
    const second = await readPage(
      `first: 3, after: "${first.notifications.pageInfo.endCursor}"`,
      author.viewer,
    )
    const last = await readPage('last: 1', author.viewer)
    expect([...listIds(first), ...listIds(second), ...listIds(last)]).toEqual(all)
    const back = await readPage(
      `last: 3, before: "${second.notifications.pageInfo.startCursor}"`,
      author.viewer,
    )
    expect(listIds(back)).toEqual(all.slice(0, 3))
  })

  it('is null for anyone else, also for administrators', async () => {
    const { author } = await signUpNotified(1)
    const administrator = await scene.users.administrator()
    const document = `{ user(id: "${author.id}") {
      notifications { nodes { id } } unreadNotificationCount notificationSettings { type } } }`
    for (const viewer of [anonymous, administrator.viewer]) {
      const { user } = await scene.users.query(document, {}, viewer)
      expect(user).toEqual({ notifications: null, unreadNotificationCount: null, notificationSettings: null })
    }
    const [notification] = await scene.readInbox(author)
    const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Notification { id } } }`
    const of = [{ __typename: 'Notification', id: notification?.id }]
    expect((await scene.users.query(entities, { of }, administrator.viewer))._entities).toEqual([null])
    expect((await scene.users.query(entities, { of }, author.viewer))._entities).toEqual([
      { id: notification?.id },
    ])
  })

  it('forgets notifications after 90 days', async () => {
    const { author } = await signUpNotified(2)
    const day = 24 * 60 * 60 * 1000
    const count = () =>
      scene.users.connection.collection('notifications').countDocuments({ recipientId: author.id })
    const startLater = (days: number) => {
      const now = () => new Date(clock.now().getTime() + days * day)
      return startUsers({ database: scene.users.connection.name, now })
    }
    await (await startLater(89)).close()
    expect(await count()).toBe(2)
    // Sweeps in the background.
    const later = await startLater(91)
    await waitUntil('they are removed', async () => (await count()) === 0)
    await later.close()
  })
})

describe('markNotificationsRead', () => {
  it('marks single notifications, and one with all older ones', async () => {
    const { author } = await signUpNotified(5)
    const ids = (await scene.readInbox(author)).map(({ id }) => id)
    expect(
      (await mutate('markNotificationsRead', { ids: [ids[0], ids[0], newId('Notification')] }, author)).user,
    ).toMatchObject({ unreadNotificationCount: 4 })
    expect(
      (await mutate('markNotificationsRead', { upTo: ids[2] }, author)).user.unreadNotificationCount,
    ).toBe(1)
    const inbox = await scene.readInbox(author)
    expect(inbox.map(({ readAt }) => readAt !== null)).toEqual([true, false, true, true, true])
    const unread = await readPage('first: 10, unreadOnly: true', author.viewer)
    expect(unread.notifications).toMatchObject({ totalCount: 1, nodes: [{ id: ids[1] }] })
  })

  it('rejects input without notifications, of others, and of another type', async () => {
    const { author } = await signUpNotified(1)
    const other = await scene.users.signUp()
    const [notification] = await scene.readInbox(author)
    expect(listUserErrors(await mutate('markNotificationsRead', {}, author))).toEqual([['REQUIRED', 'upTo']])
    const ofOther = await mutate('markNotificationsRead', { upTo: notification?.id }, other)
    expect(listUserErrors(ofOther)).toEqual([['NOT_FOUND', 'upTo']])
    await mutate('markNotificationsRead', { ids: [notification?.id] }, other)
    expect((await readPage('first: 1', author.viewer)).unreadNotificationCount).toBe(1)
    const tooMany = Array.from({ length: 101 }, () => newId('Notification'))
    expect(listUserErrors(await mutate('markNotificationsRead', { ids: tooMany }, author))).toEqual([
      ['TOO_LONG', 'ids'],
    ])
    const document = `mutation { markNotificationsRead(input: { ids: ["${author.id}"] }) { userErrors { code } } }`
    const { errors } = await scene.users.send(document, {}, author.viewer)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: ['input', 'ids', '0'] })
  })
})

describe('the settings', () => {
  it('have defaults, and decide by which channels notifications arrive', async () => {
    const { author, postId } = await signUpNotified(1)
    const writer = await scene.users.signUp()
    const settings = [{ type: 'COMMENT_ON_POST', channels: [] }]
    const { user } = await mutate('updateNotificationSettings', { settings }, author)
    expect(user.notificationSettings).toHaveLength(11)
    expect(user.notificationSettings).toContainEqual({ type: 'COMMENT_ON_POST', channels: [] })
    expect(user.notificationSettings).toContainEqual({ type: 'REPLY', channels: ['INBOX'] })
    expect(user.notificationSettings).toContainEqual({
      type: 'EVENT_CANCELLED',
      channels: ['INBOX', 'EMAIL'],
    })
    await scene.publish('comments', makeAdded(postId, writer.id))
    expect(await scene.readInbox(author)).toHaveLength(1)
    clock.advance(1)
    await scene.publish('comments', makeAdded(postId, writer.id, { mentions: [author.handle] }))
    // Both have the time of the made events, so that their order is not defined.
    const types = (await scene.readInbox(author)).map(({ type }) => type)
    expect(types.sort()).toEqual(['COMMENT_ON_POST', 'MENTION'])
  })

  it('are not changed by a type that is given twice', async () => {
    const author = await scene.users.signUp()
    const document = `mutation { updateNotificationSettings(input: { settings: [
      { type: REPLY, channels: [] }, { type: REPLY, channels: [INBOX] }] }) { userErrors { code } } }`
    const { errors } = await scene.users.send(document, {}, author.viewer)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})

describe('notificationAdded', () => {
  const document = `subscription { notificationAdded { notification { ${inboxFields} } viewer { unreadNotificationCount } } }`

  async function subscribe({ viewer }: Person, after?: string): Promise<ReceivedStream> {
    const stream = await openSubscription(scene.users, document, {
      viewer,
      ...(after !== undefined && { after }),
    })
    streams.push(stream)
    await waitForPosition(stream)
    return stream
  }

  it('sends the own notifications alone, and continues after a position', async () => {
    const { author, postId } = await signUpNotified(0)
    const writer = await scene.users.signUp({ displayName: 'Grace' })
    const [own, others] = [await subscribe(author), await subscribe(writer)]
    await scene.publish('comments', makeAdded(postId, writer.id))
    await waitForResults(own, 1)
    const [received] = readResults(own)
    expect(received?.result).toMatchObject({
      data: {
        notificationAdded: {
          notification: {
            type: 'COMMENT_ON_POST',
            text: 'Grace commented on “On engines”.',
            actor: { id: writer.id },
          },
          viewer: { unreadNotificationCount: 1 },
        },
      },
    })
    const position = readLastPosition(own)
    own.stop()
    await scene.publish('comments', makeAdded(postId, writer.id))
    const resumed = await subscribe(author, position)
    await waitForResults(resumed, 1)
    expect(readResults(resumed)).toHaveLength(1)
    expect(readResults(others)).toEqual([])
  })

  it('requires a signed-in viewer', async () => {
    const stream = await openSubscription(scene.users, document, { viewer: anonymous })
    streams.push(stream)
    await waitForResults(stream, 1)
    expect(readResults(stream)[0]?.result).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })
})
