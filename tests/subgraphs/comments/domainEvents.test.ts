import type { Delivery } from '../../../packages/event-log/eventLog'
import { newId } from '../../../schema/ids'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { makePost, startPosts, type TestPosts } from '../posts/support'
import { startComments, type TestComments } from './support'

const writtenAt = new Date('2026-04-04T04:04:04.404Z')
let posts: TestPosts
let comments: TestComments
beforeAll(async () => {
  posts = await startPosts()
  comments = await startComments({ postsUrl: posts.url, now: () => writtenAt })
})
afterAll(async () => {
  await comments.close()
  await posts.close()
})

const author = createViewer()
const moderator = createViewer('MODERATOR')
const change = (name: string, commentId: string, viewer = moderator, more = '') =>
  comments.send(
    `mutation { ${name}(input: { commentId: "${commentId}"${more} }) { userErrors { code } } }`,
    {},
    viewer,
  )

/** Returns the first `count` events that are published from the beginning of `work`. */
async function collectEvents(count: number, work: () => Promise<void>) {
  const stop = new AbortController()
  const deliveries = await comments.eventLog.subscribe('comments', { signal: stop.signal })
  const taken = takeDeliveries(deliveries, count)
  await work()
  const events = await taken
  stop.abort()
  return events.map(({ event: { type, entity, sequence, data, at } }) => ({
    type,
    entity,
    sequence,
    data,
    at,
  }))
}

async function takeDeliveries(deliveries: AsyncIterable<Delivery>, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of deliveries) {
    if (taken.push(delivery) === count) break
  }
  return taken
}

it('publishes every change of a comment in order, and empties the outbox', async () => {
  const post = makePost()
  await posts.seed([post])
  let id = ''
  const events = await collectEvents(5, async () => {
    const add = `mutation { addComment(input: { postId: "${post.id}", body: "Said" }) { comment { id } } }`
    id = (await comments.query(add, {}, author)).addComment.comment.id
    await change('editComment', id, author, ', body: "Said better"')
    await change('hideComment', id)
    await change('unhideComment', id)
    await change('deleteComment', id)
  })
  const data = { postId: post.id, authorId: author.id }
  const event = { entity: id, at: writtenAt.toISOString() }
  const moderatorId = moderator.id
  expect(events).toEqual([
    { ...event, type: 'comment.added', sequence: 1, data },
    { ...event, type: 'comment.edited', sequence: 2, data },
    { ...event, type: 'comment.hidden', sequence: 3, data: { ...data, moderatorId } },
    { ...event, type: 'comment.unhidden', sequence: 4, data: { ...data, moderatorId } },
    {
      ...event,
      type: 'comment.deleted',
      sequence: 5,
      data: { ...data, removedBy: 'MODERATOR', moderatorId },
    },
  ])
  await waitUntil(
    'the outbox is empty',
    async () => (await comments.findStored(id))?.['pendingEvents'] === undefined,
  )
  expect(await comments.findStored(id)).toMatchObject({ eventSequence: 5, status: 'DELETED' })
})

it('publishes the mentions that an edit adds and removes', async () => {
  const post = makePost()
  await posts.seed([post])
  let id = ''
  const events = await collectEvents(4, async () => {
    const add = `mutation { addComment(input: { postId: "${post.id}", body: "@ada" }) { comment { id } } }`
    id = (await comments.query(add, {}, author)).addComment.comment.id
    await change('editComment', id, author, ', body: "@ada and @grace"')
    await change('editComment', id, author, ', body: "`@alan`, @ADA, @grace!"')
    await change('editComment', id, author, ', body: "@alan"')
  })
  expect(events.map(({ data }) => data['mentions'])).toEqual([['ada'], ['grace'], undefined, ['alan']])
  expect(events.map(({ data }) => data['removedMentions'])).toEqual([
    undefined,
    undefined,
    undefined,
    ['ada', 'grace'],
  ])
})

it('publishes the parent, its author and the mentions of a new comment', async () => {
  const post = makePost()
  await posts.seed([post])
  const [parent] = await comments.seed({ postId: post.id })
  const body = 'Thanks @Ada, and `@code`'
  const add = `mutation { addComment(input: { postId: "${post.id}", parentId: "${parent?.id}", body: "${body}" }) { comment { id } } }`
  const [event] = await collectEvents(1, () => comments.query(add, {}, author).then(() => undefined))
  expect(event?.data).toEqual({
    postId: post.id,
    authorId: author.id,
    parentId: parent?.id,
    parentAuthorId: parent?.authorId,
    mentions: ['ada'],
  })
})

it('publishes nothing when nothing changes, and numbers the events of imported comments from 1', async () => {
  const stored = await comments.seed(
    { authorId: author.id },
    { status: 'HIDDEN', authorId: author.id },
    { status: 'DELETED', authorId: null, body: null },
    { authorId: author.id },
  )
  const [visible = '', hidden = '', deleted = '', last = ''] = stored.map(({ id }) => id)
  const events = await collectEvents(1, async () => {
    await change('unhideComment', visible)
    await change('editComment', visible, author, ', body: ""')
    await change('editComment', visible, createViewer(), ', body: "Not mine"')
    await change('hideComment', hidden)
    await change('deleteComment', deleted)
    for (const name of ['hideComment', 'unhideComment']) await change(name, deleted)
    await change('editComment', deleted, author, ', body: "Again"')
    await change('deleteComment', newId('Comment'))
    await change('deleteComment', last, author)
  })
  expect(events).toMatchObject([{ type: 'comment.deleted', entity: last, sequence: 1 }])
  for (const id of [visible, hidden, deleted]) {
    expect(await comments.findStored(id)).not.toHaveProperty('eventSequence')
  }
})
