import { randomUUID } from 'node:crypto'

import { newId } from '../../../../schema/ids'
import { waitUntil } from '../../../support/processes'
import { documents, startUsers, type Person, type TestUsers } from '../support'
import { createPerson, moderation, readOutcome } from './support'

let users: TestUsers
let admin: Person
beforeAll(async () => {
  users = await startUsers()
  admin = await users.administrator()
  // Consumers begin with the events after their first start.
  await waitUntil('the consumers have started', async () => {
    const positions = await users.readCollection('feed_positions')
    return positions.filter(({ _id }) => String(_id).includes('/users.moderation')).length === 4
  })
})
afterAll(() => users.close())

async function readLog(variables: object) {
  const { moderationLog } = await users.query(moderation.moderationLog, variables, admin.viewer)
  return moderationLog
}

/** Waits until the log has this number of entries on a subject. */
async function waitForLog(subjectId: string, count: number) {
  await waitUntil('the acts are in the log', async () => (await readLog({ subjectId })).nodes.length >= count)
  return (await readLog({ subjectId })).nodes
}

it('contains the acts on accounts, newest first, in pages, by subject and by moderator', async () => {
  const moderator = await createPerson(users, 'MODERATOR')
  const { id: userId } = await users.signUp()
  const until = '2100-01-01T00:00:00.000Z'
  const act = async (document: string, input: object, by = admin) =>
    expect(await readOutcome(users, document, { userId, ...input }, by.viewer)).toBe('yes')
  await act(moderation.suspendUser, { reason: 'Spam', until }, moderator)
  await act(moderation.unsuspendUser, {}, moderator)
  await act(documents.setUserRole, { role: 'MODERATOR' })
  const removal = { subjectId: userId, reason: 'All of it' }
  expect(await readOutcome(users, moderation.removeContentOf, removal, admin.viewer)).toBe('yes')
  const expected = [
    { type: 'REMOVE_CONTENT', reason: 'All of it', moderator: { id: admin.id }, subject: { id: userId } },
    { type: 'SET_ROLE', reason: null, role: 'MODERATOR', moderator: { id: admin.id } },
    { type: 'UNSUSPEND_USER', reason: null, moderator: { id: moderator.id } },
    { type: 'SUSPEND_USER', reason: 'Spam', role: null, until, moderator: { id: moderator.id } },
  ]
  expect(await waitForLog(userId, 4)).toMatchObject(expected)
  const first = await readLog({ subjectId: userId, first: 3 })
  expect(first).toMatchObject({ nodes: expected.slice(0, 3), totalCount: 4, pageInfo: { hasNextPage: true } })
  const second = await readLog({ subjectId: userId, first: 3, after: first.pageInfo.endCursor })
  expect(second).toMatchObject({ nodes: expected.slice(3), pageInfo: { hasNextPage: false } })
  expect(await readLog({ moderatorId: moderator.id })).toMatchObject({
    nodes: expected.slice(2),
    totalCount: 2,
  })
  expect(await readLog({ subjectId: userId, moderatorId: admin.id })).toMatchObject({ totalCount: 2 })
})

it('contains each act on content once, although its event is delivered twice, and survives a rebuild', async () => {
  const [moderatorId, at, reason] = [admin.id, new Date().toISOString(), 'Spam']
  const acts: [topic: string, type: string, data: Record<string, string>, action: string | undefined][] = [
    ['comments', 'comment.hidden', { moderatorId, reason }, 'HIDE_COMMENT'],
    ['comments', 'comment.unhidden', { moderatorId }, 'UNHIDE_COMMENT'],
    ['comments', 'comment.deleted', { moderatorId, removedBy: 'MODERATOR', reason }, 'REMOVE_COMMENT'],
    ['comments', 'comment.deleted', { removedBy: 'AUTHOR' }, undefined],
    ['comments', 'comment.edited', { moderatorId }, undefined],
    ['posts', 'post.deleted', { moderatorId, removedBy: 'MODERATOR', reason }, 'REMOVE_POST'],
    ['posts', 'post.restored', { moderatorId }, 'RESTORE_POST'],
    ['posts', 'post.deleted', { removedBy: 'AUTHOR' }, undefined],
    ['events', 'event.deleted', { moderatorId, reason }, 'REMOVE_EVENT'],
    ['events', 'event.deleted', {}, undefined],
  ]
  const subjectTypes = { comments: 'Comment', posts: 'Post', events: 'Event' } as const
  const published = []
  for (const [topic, type, data, action] of acts) {
    const subjectId = newId(subjectTypes[topic as keyof typeof subjectTypes])
    const event = { id: randomUUID(), type, entity: subjectId, sequence: 1, at, data }
    const again = { ...event, id: randomUUID(), type: 'feed.rebuild', data: {} }
    await users.eventLog.publish(topic, [event])
    await users.eventLog.publish(topic, [again, event])
    published.push({ subjectId, action })
  }
  for (const { subjectId, action } of published)
    if (action !== undefined)
      expect(await waitForLog(subjectId, 1)).toMatchObject([{ type: action, moderator: { id: admin.id } }])
  for (const { subjectId, action } of published)
    expect(await readLog({ subjectId })).toMatchObject({ totalCount: action === undefined ? 0 : 1 })
})

it('rejects a filter with an ID of another type', async () => {
  for (const variables of [{ subjectId: newId('Report') }, { moderatorId: newId('Post') }]) {
    const { errors } = await users.send(moderation.moderationLog, variables, admin.viewer)
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: Object.keys(variables) } },
    ])
  }
})
