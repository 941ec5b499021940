import { newId } from '../../../../schema/ids'
import { makeEvent } from '../../comments/peers'
import type { Person } from '../support'
import { makeAdded, startScene, type NotificationScene } from './support'

let scene: NotificationScene
let [ada, grace, alan]: Person[] = []
const getPeople = () => {
  if (!ada || !grace || !alan) throw new Error('There are no people.')
  return { ada, grace, alan }
}
beforeAll(async () => {
  scene = await startScene()
})
beforeEach(async () => {
  ada = await scene.users.signUp({ displayName: 'Ada' })
  grace = await scene.users.signUp({ displayName: 'Grace' })
  alan = await scene.users.signUp({ displayName: 'Alan' })
})
afterAll(() => scene.close())

const listTexts = async (person: Person) =>
  (await scene.readInbox(person)).map(({ type, text }) => [type, text])

it('notifies the author of the parent, mentioned people and the author of the post, with the most specific reason', async () => {
  const { ada, grace, alan } = getPeople()
  const postId = await scene.seedPost(ada.id)
  const added = makeAdded(postId, alan.id, {
    parentAuthorId: grace.id,
    mentions: [grace.handle, alan.handle, 'nobody_here'],
  })
  await scene.publish('comments', added)
  expect(await scene.readInbox(grace)).toEqual([
    {
      id: expect.stringMatching(/^ntf_[0-9a-f]{32}$/),
      type: 'REPLY',
      text: 'Alan replied to your comment on “On engines”.',
      readAt: null,
      actor: { id: alan.id },
      subject: { id: added.entity },
    },
  ])
  expect(await listTexts(ada)).toEqual([['COMMENT_ON_POST', 'Alan commented on “On engines”.']])
  expect(await listTexts(alan)).toEqual([])
})

it('notifies the author of a post of a mention in a comment once', async () => {
  const { ada, grace } = getPeople()
  const postId = await scene.seedPost(ada.id)
  await scene.publish('comments', makeAdded(postId, grace.id, { mentions: [ada.handle] }))
  expect(await listTexts(ada)).toEqual([['MENTION', 'Grace mentioned you in a comment on “On engines”.']])
})

it('notifies the people whom an edit mentions, unless the text concerned them before', async () => {
  const { ada, grace, alan } = getPeople()
  const postId = await scene.seedPost(ada.id)
  const added = makeAdded(postId, alan.id, { parentAuthorId: grace.id })
  const [ofPost, ofComment] = [
    { status: 'PUBLISHED', authorId: ada.id, mentions: [grace.handle] },
    { postId, authorId: alan.id, mentions: [grace.handle, ada.handle] },
  ]
  await scene.publish('comments', added)
  for (const sequence of [2, 3]) {
    await scene.publish('comments', makeEvent('comment.edited', added.entity, sequence, ofComment))
    await scene.publish('posts', makeEvent('post.edited', postId, sequence, ofPost))
  }
  expect(await listTexts(grace)).toEqual([
    ['MENTION', 'Ada mentioned you in “On engines”.'],
    ['REPLY', 'Alan replied to your comment on “On engines”.'],
  ])
  expect(await listTexts(ada)).toEqual([['COMMENT_ON_POST', 'Alan commented on “On engines”.']])
  const [of, other] = [makeAdded(postId, alan.id, { parentAuthorId: alan.id }), await scene.users.signUp()]
  await scene.publish('comments', of)
  const edited = { ...ofComment, mentions: [other.handle] }
  await scene.publish('comments', makeEvent('comment.edited', of.entity, 2, edited))
  expect(await listTexts(other)).toEqual([['MENTION', 'Alan mentioned you in a comment on “On engines”.']])
})

it('notifies mentioned people when a post is published, and only then', async () => {
  const { ada, grace } = getPeople()
  const mentions = [grace.handle]
  const postId = await scene.seedPost(ada.id)
  await scene.publish(
    'posts',
    makeEvent('post.created', postId, 1, { status: 'DRAFT', authorId: ada.id, mentions }),
  )
  expect(await listTexts(grace)).toEqual([])
  const data = { status: 'PUBLISHED', authorId: ada.id, mentions }
  await scene.publish('posts', makeEvent('post.published', postId, 2, data))
  expect(await listTexts(grace)).toEqual([['MENTION', 'Ada mentioned you in “On engines”.']])
})

it('creates one notification for a cause, however often its event is delivered', async () => {
  const { ada, grace } = getPeople()
  const postId = await scene.seedPost(ada.id)
  const added = makeAdded(postId, grace.id)
  for (const id of [added.id, `${added.id}-2`, `${added.id}-3`])
    await scene.publish('comments', { ...added, id })
  expect(await listTexts(ada)).toHaveLength(1)
})

it('does not notify people of comments and mentions under a draft that they cannot see', async () => {
  const { ada, grace, alan } = getPeople()
  const administrator = await scene.users.administrator()
  const postId = await scene.seedPost(ada.id, { status: 'DRAFT', publishedAt: null })
  await scene.publish(
    'comments',
    makeAdded(postId, alan.id, { mentions: [grace.handle, administrator.handle] }),
  )
  expect(await listTexts(grace)).toEqual([])
  // The administrator may have been notified of the role already.
  const types = (await listTexts(administrator)).map(([type]) => type)
  expect(types.filter((type) => type !== 'ROLE_CHANGED')).toEqual([])
  expect(await listTexts(ada)).toEqual([['COMMENT_ON_POST', 'Alan commented on your post.']])
})

it('notifies suspended users of removals, but not of discussions, and no unknown users', async () => {
  const { ada, grace, alan } = getPeople()
  const administrator = await scene.users.administrator()
  const suspend = (userId: string) =>
    scene.users.query(
      `mutation { suspendUser(input: { userId: "${userId}", reason: "Spam" }) { userErrors { code } } }`,
      {},
      administrator.viewer,
    )
  await suspend(grace.id)
  const postId = await scene.seedPost(ada.id)
  await scene.publish(
    'comments',
    makeAdded(postId, alan.id, { parentAuthorId: newId('User'), mentions: [grace.handle] }),
    makeAdded(postId, alan.id, { parentAuthorId: grace.id }),
  )
  await scene.publish('comments', makeAdded(await scene.seedPost(grace.id), alan.id))
  const suspended = await scene.users.signIn(grace)
  expect(await listTexts(suspended)).toEqual([])

  const removal = { removedBy: 'MODERATOR', authorId: grace.id, moderatorId: ada.id }
  await scene.publish('posts', makeEvent('post.deleted', newId('Post'), 2, removal))
  expect(await listTexts(suspended)).toEqual([['CONTENT_REMOVED', 'A moderator has removed your post.']])
})

describe('a notification disappears', () => {
  async function notifyOf(commentId: string, postId: string, by: Person): Promise<void> {
    await scene.publish('comments', makeAdded(postId, by.id, { id: commentId }))
  }

  it.each(['comment.deleted', 'comment.hidden'])(
    'when it is unread and %s is published, and stays gone',
    async (type) => {
      const { ada, grace } = getPeople()
      const [postId, id] = [await scene.seedPost(ada.id), newId('Comment')]
      await notifyOf(id, postId, grace)
      expect(await listTexts(ada)).toHaveLength(1)
      await scene.publish('comments', makeEvent(type, id, 2, { postId }))
      expect(await listTexts(ada)).toEqual([])
      await notifyOf(id, postId, grace)
      expect(await listTexts(ada)).toEqual([])
    },
  )

  it.each(['post.deleted', 'post.purged'])(
    'when %s is published, also if the comment is handled after it',
    async (type) => {
      const { ada, grace } = getPeople()
      const postId = await scene.seedPost(ada.id)
      await notifyOf(newId('Comment'), postId, grace)
      expect(await listTexts(ada)).toHaveLength(1)
      await scene.publish('posts', makeEvent(type, postId, 2, {}))
      await notifyOf(newId('Comment'), postId, grace)
      expect(await listTexts(ada)).toEqual([])
    },
  )

  it('when an edit removes the mention, unless the comment concerns its recipient otherwise', async () => {
    const { ada, grace, alan } = getPeople()
    const postId = await scene.seedPost(ada.id)
    const added = makeAdded(postId, alan.id, { mentions: [grace.handle, ada.handle] })
    const ofPost = { status: 'PUBLISHED', authorId: ada.id }
    const published = makeEvent('post.published', postId, 2, { ...ofPost, mentions: [alan.handle] })
    await scene.publish('comments', added)
    await scene.publish('posts', published)
    for (const person of [grace, ada, alan]) expect(await listTexts(person)).toHaveLength(1)

    const removedMentions = [grace.handle, ada.handle]
    const edited = makeEvent('comment.edited', added.entity, 2, {
      postId,
      authorId: alan.id,
      removedMentions,
    })
    const ofEdit = { ...ofPost, removedMentions: [alan.handle] }
    const editedPost = makeEvent('post.edited', postId, 3, ofEdit)
    // Delivered again after a crash.
    for (const round of ['', '-2']) {
      await scene.publish(
        'comments',
        { ...added, id: added.id + round },
        { ...edited, id: edited.id + round },
      )
      await scene.publish(
        'posts',
        { ...published, id: published.id + round },
        { ...editedPost, id: editedPost.id + round },
      )
      expect(await listTexts(grace)).toEqual([])
      expect(await listTexts(alan)).toEqual([])
      expect((await listTexts(ada)).map(([type]) => type)).toEqual(['MENTION'])
    }
  })

  it('but not if it was read', async () => {
    const { ada, grace } = getPeople()
    const [postId, id] = [await scene.seedPost(ada.id), newId('Comment')]
    await notifyOf(id, postId, grace)
    const [notification] = await scene.readInbox(ada)
    await scene.users.query(
      `mutation { markNotificationsRead(input: { upTo: "${notification?.id}" }) { userErrors { code } } }`,
      {},
      ada.viewer,
    )
    await scene.publish('comments', makeEvent('comment.deleted', id, 2, { postId }))
    expect(await listTexts(ada)).toHaveLength(1)
  })
})

describe('a removal by a moderator', () => {
  it.each([
    ['comments', 'comment.hidden', 'A moderator has hidden your comment. Reason: Rude'],
    ['comments', 'comment.deleted', 'A moderator has removed your comment. Reason: Rude'],
    ['posts', 'post.deleted', 'A moderator has removed your post. Reason: Rude'],
  ])('of %s notifies the author, without the name of the moderator', async (topic, type, text) => {
    const { ada, grace } = getPeople()
    const data = { removedBy: 'MODERATOR', authorId: ada.id, moderatorId: grace.id, reason: 'Rude' }
    const id = newId(topic === 'posts' ? 'Post' : 'Comment')
    await scene.publish(topic, makeEvent(type, id, 2, data))
    expect(await scene.readInbox(ada)).toMatchObject([
      { type: 'CONTENT_REMOVED', text, actor: null, subject: { id } },
    ])
    const own = makeEvent('post.deleted', newId('Post'), 2, { removedBy: 'AUTHOR', authorId: grace.id })
    await scene.publish('posts', own)
    expect(await listTexts(grace)).toEqual([])
  })

  it('disappears when it is undone', async () => {
    const { ada, grace } = getPeople()
    const id = newId('Comment')
    const data = { authorId: ada.id, moderatorId: grace.id }
    await scene.publish(
      'comments',
      makeEvent('comment.hidden', id, 2, data),
      makeEvent('comment.unhidden', id, 3, data),
    )
    expect(await listTexts(ada)).toEqual([])
  })
})
