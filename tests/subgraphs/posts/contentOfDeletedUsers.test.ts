import { randomUUID } from 'node:crypto'

import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { newId } from '../../../schema/ids'
import { createViewer, dropDatabase, testDatabaseName } from '../../support/subgraph'
import { waitUntil } from '../../support/processes'
import { publishEvent } from './peers'
import {
  emptyPeer,
  makeDraft,
  makePost,
  mutate,
  startPosts,
  waitUntilConsuming,
  type TestPosts,
} from './support'

const dayMs = 24 * 60 * 60 * 1000
const start = new Date('2030-06-01T00:00:00Z')
let clock = start
let posts: TestPosts
beforeAll(async () => {
  posts = await startPosts({ now: () => clock, comments: emptyPeer, events: emptyPeer, users: emptyPeer })
  await waitUntilConsuming(posts)
})
afterAll(() => posts.close())

const moderatorId = newId('User')
const stored = () => posts.connection.collection('posts')
const removed = { status: 'DELETED', 'removal.by': 'MODERATOR' }

it('removes the published posts of a user for a moderator, in pages, and keeps drafts and later posts', async () => {
  const author = createViewer()
  const createdAt = new Date('2020-01-01')
  const made = Array.from({ length: 1100 }, () => makePost({ authorId: author.id, createdAt }))
  const ownDeletion = makePost({ authorId: author.id, createdAt })
  const draft = makeDraft(author.id)
  const later = makePost({ authorId: author.id, createdAt: new Date('2099-01-01') })
  await posts.seed([...made, ownDeletion, draft, later])
  await mutate(posts, 'deletePost', { postId: ownDeletion.id }, author)
  await publishEvent(posts, 'user.contentRemovalRequested', author.id, {
    moderatorId,
    reason: 'Spam',
    userId: author.id,
  })
  const filter = { authorId: author.id, ...removed }
  await waitUntil('all are removed', async () => (await stored().countDocuments(filter)) === 1101)
  const others = await stored()
    .find({ authorId: author.id, status: { $ne: 'DELETED' } })
    .toArray()
  expect(others.map(({ _id }) => String(_id)).sort()).toEqual([draft.id, later.id].sort())
  expect(await stored().countDocuments({ ...filter, eventSequence: 1 })).toBe(1100)
})

it('keeps the key of a deleted account for 90 days, by which a moderator removes its posts', async () => {
  const author = createViewer()
  const contentKey = 'key-of-the-content'
  const [kept, deleted] = [makePost({ authorId: author.id }), makePost({ authorId: author.id })]
  const deletedDraft = makeDraft(author.id)
  await posts.seed([kept, deleted, deletedDraft])
  for (const { id } of [deleted, deletedDraft]) await mutate(posts, 'deletePost', { postId: id }, author)
  const requestedAt = start.toISOString()
  await publishEvent(posts, 'user.deleted', author.id, { requestedAt, contentKey })
  await waitUntil(
    'both have the key',
    async () => (await stored().countDocuments({ contentKey, authorId: null })) === 2,
  )
  expect(await stored().findOne({ _id: deletedDraft.id as never })).not.toHaveProperty('title')
  const query = `{ postContentKey(id: "${kept.id}") }`
  expect(await posts.query(query, {}, { kind: 'service', name: 'users' })).toEqual({
    postContentKey: contentKey,
  })
  expect((await posts.send(query, {}, createViewer('ADMIN'))).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ])

  clock = new Date(start.getTime() + 90 * dayMs)
  try {
    const next = await startPosts({ database: posts.connection.name, now: () => clock })
    await waitUntil('the key is gone', async () => (await stored().countDocuments({ contentKey })) === 0)
    await next.close()
  } finally {
    clock = start
  }
})

const makeUserEvent = (type: string, entity: string, data: DomainEvent['data']): DomainEvent => ({
  id: randomUUID(),
  type,
  entity,
  sequence: 1,
  at: start.toISOString(),
  data,
})
const makeDeletion = (userId: string, contentKey: string) =>
  makeUserEvent('user.deleted', userId, { requestedAt: start.toISOString(), contentKey })
const makeRemoval = (owner: { userId: string } | { contentKey: string }) =>
  makeUserEvent('user.contentRemovalRequested', moderatorId, { moderatorId, reason: 'Spam', ...owner })

it('removes the posts of accounts that are deleted before or after the request, in any order of the events', async () => {
  const users = ['before', 'after', 'race'].map((key) => ({
    id: newId('User'),
    contentKey: `${key}-removal`,
  }))
  const [before, after, race] = users as [(typeof users)[0], (typeof users)[0], (typeof users)[0]]
  const createdAt = new Date('2020-01-01')
  const made = users.flatMap(({ id }) =>
    Array.from({ length: 3 }, () => makePost({ authorId: id, createdAt })),
  )
  const kept = makePost({ createdAt })
  await posts.seed([...made, kept])
  await posts.eventLog.publish('users', [
    makeDeletion(before.id, before.contentKey),
    makeRemoval({ contentKey: before.contentKey }),
    makeRemoval({ userId: after.id }),
    makeDeletion(after.id, after.contentKey),
    makeDeletion(race.id, race.contentKey),
    makeRemoval({ userId: race.id }),
  ])
  const ids = made.map(({ id }) => id)
  const isRemoved = { _id: { $in: ids as never[] }, authorId: null, ...removed }
  await waitUntil('all are removed', async () => (await stored().countDocuments(isRemoved)) === ids.length)
  expect(await stored().findOne({ _id: kept.id as never })).toMatchObject({ status: 'PUBLISHED' })
})

it('continues the removal at the next start when it is interrupted', async () => {
  const database = testDatabaseName('posts')
  const peers = { comments: emptyPeer, events: emptyPeer, users: emptyPeer }
  const first = await startPosts({ database, ...peers })
  await waitUntilConsuming(first)
  const [author, contentKey, createdAt] = [newId('User'), 'key-of-the-interrupted', new Date('2020-01-01')]
  await first.seed(Array.from({ length: 1100 }, () => makePost({ authorId: author, createdAt })))
  await first.eventLog.publish('users', [makeDeletion(author, contentKey), makeRemoval({ contentKey })])
  await waitUntil('the deletion is applied to a part', async () => {
    return (await first.connection.collection('posts').countDocuments({ contentKey })) > 0
  })
  await first.close()

  const second = await startPosts({ database, ...peers })
  await waitUntil(
    'all are removed',
    async () =>
      (await second.connection.collection('posts').countDocuments({ contentKey, ...removed })) === 1100,
  )
  await second.close()
  await dropDatabase(database)
  await dropDatabase(`${database}_feed`)
})
